/* A program in C that loads two libraries, each with a table of its own. */
#include <dlfcn.h>
#include <stdio.h>

static int call(const char *path, const char *name) {
    void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    void (*function)(void) = (void (*)(void))dlsym(library, name);
    if (!function) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    function();
    return 0;
}

int main(int argc, char **argv) {
    return argc != 3 || call(argv[1], "left") || call(argv[2], "right");
}

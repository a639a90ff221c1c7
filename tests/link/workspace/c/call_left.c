/* A program in C, with the library linked into it. */
void left(void);

int main(void) {
    left();
    return 0;
}

# Entry point of QEMU's -kernel, in 32-bit mode without paging. Switches to 64-bit mode,
# with an identity mapping of the first gigabyte of memory.

# The note with the entry point: PVH's XEN_ELFNOTE_PHYS32_ENTRY.
.section .note.Xen, "a", @note
.balign 4
.long 4, 8, 18
.asciz "Xen"
.quad boot

.section .text.boot, "ax"
.global boot
.code32
boot:
    cli
    cld

    # One page table of each level; the last has 512 pages of 2 MiB.
    mov eax, offset page_directory_pointers + 3
    mov [page_map], eax
    mov eax, offset page_directory + 3
    mov [page_directory_pointers], eax
    xor ecx, ecx
2:
    mov eax, ecx
    shl eax, 21
    or eax, 0x83
    mov [page_directory + 8 * ecx], eax
    inc ecx
    cmp ecx, 512
    jne 2b
    mov eax, offset page_map
    mov cr3, eax

    # Physical address extension, long mode, paging.
    mov eax, cr4
    or eax, 1 << 5
    mov cr4, eax
    mov ecx, 0xc0000080
    rdmsr
    or eax, 1 << 8
    wrmsr
    mov eax, cr0
    or eax, 1 << 31
    mov cr0, eax

    # A far jump into the code segment of 64 bits.
    lgdt [gdt_pointer]
    .byte 0xea
    .long boot64
    .word 8

.code64
boot64:
    xor eax, eax
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov esp, offset stack_end
    call kernel_start
    ud2

.section .rodata.boot, "a"
.balign 8
gdt:
    .quad 0
    .quad 0x00209a0000000000
gdt_pointer:
    .word . - gdt - 1
    .long gdt

.section .bss.boot, "aw", @nobits
.balign 4096
page_map: .skip 4096
page_directory_pointers: .skip 4096
page_directory: .skip 4096
stack: .skip 65536
stack_end:

# The trap entries of the 16 interrupt lines, 16 bytes each. They leave a `Frame`
# on the stack, and call `trap` with its address.

.section .text.trap, "ax"
.global trap_entries
.balign 16
trap_entries:
.set line, 0
.rept 16
    .balign 16
    push line
    jmp trap_common
    .set line, line + 1
.endr

trap_common:
    push rax
    push rbx
    push rcx
    push rdx
    push rsi
    push rdi
    push rbp
    push r8
    push r9
    push r10
    push r11
    push r12
    push r13
    push r14
    push r15
    cld
    mov rdi, rsp
    # The stack was aligned before the processor pushed 5 words. With those, the line and
    # 15 registers, it is off by 8 bytes.
    sub rsp, 8
    call trap
    add rsp, 8
    pop r15
    pop r14
    pop r13
    pop r12
    pop r11
    pop r10
    pop r9
    pop r8
    pop rbp
    pop rdi
    pop rsi
    pop rdx
    pop rcx
    pop rbx
    pop rax
    add rsp, 8
    iretq

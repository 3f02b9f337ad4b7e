#include "base/embed.h"

/* The build says where the files are (EMBED_FOLDER). A zero byte follows each, which its length does not count. */
#define EMBED(name, file)                                                    \
    __asm__(".section .rodata\n"                                             \
            ".balign 16\n"                                                   \
            "embed_" #name "_start:\n"                                       \
            ".incbin \"" EMBED_FOLDER "/" file "\"\n"                        \
            "embed_" #name "_end:\n"                                         \
            ".byte 0\n"                                                      \
            ".text\n");                                                      \
    extern const unsigned char embed_##name##_start[], embed_##name##_end[]; \
    const unsigned char *embed_##name(size_t *ret_len)                       \
    {                                                                        \
        *ret_len = (size_t)(embed_##name##_end - embed_##name##_start);      \
        return embed_##name##_start;                                         \
    }

EMBED(tzdata, "tzdata.bin")
EMBED(ca_roots, "ca.bin")
EMBED(licenses, "licenses.txt")

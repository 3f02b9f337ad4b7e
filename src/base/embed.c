#include "base/embed.h"

/* The build says where the files are (EMBED_FOLDER, EMBED_GENERATED). A zero byte follows each, which its length does not count. */
#define EMBED(name, path)                                                    \
    __asm__(".section .rodata\n"                                             \
            ".balign 16\n"                                                   \
            "embed_" #name "_start:\n"                                       \
            ".incbin \"" path "\"\n"                                         \
            "embed_" #name "_end:\n"                                         \
            ".byte 0\n"                                                      \
            ".text\n");                                                      \
    extern const unsigned char embed_##name##_start[], embed_##name##_end[]; \
    const unsigned char *embed_##name(size_t *ret_len)                       \
    {                                                                        \
        *ret_len = (size_t)(embed_##name##_end - embed_##name##_start);      \
        return embed_##name##_start;                                         \
    }

EMBED(tzdata, EMBED_FOLDER "/tzdata.bin")
EMBED(ca_roots, EMBED_FOLDER "/ca.bin")
EMBED(licenses, EMBED_GENERATED "/licenses.txt")

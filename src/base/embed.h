/* embed.h - data built into the binary. Every function returns a pointer that is good for ever. Any thread. */
#ifndef EDGECRON_BASE_EMBED_H
#define EDGECRON_BASE_EMBED_H

#include <stddef.h>

/* The time zone archive; format and version in third_party/tzdata/pack.c. */
const unsigned char *embed_tzdata(size_t *ret_len);

/* Mozilla's root certificates: length (32 bits, big endian), DER, and so on (third_party/ca/pack). */
const unsigned char *embed_ca_roots(size_t *ret_len);

/* Notices of the works of others in this binary. Text; not terminated. */
const unsigned char *embed_licenses(size_t *ret_len);

/* A file of the admin page. `path` starts with "/"; `etag` is quoted, as in the header field. */
struct embed_file {
    const char *path, *content_type, *etag;
    const unsigned char *data;
    size_t len;
};

/* All files of the admin page, sorted by path (strcmp). There may be none. */
const struct embed_file *embed_web(size_t *ret_count);

#endif

/* embed.h - data built into the binary. Every function returns a pointer that is good for ever. Any thread. */
#ifndef EDGECRON_BASE_EMBED_H
#define EDGECRON_BASE_EMBED_H

#include <stdbool.h>
#include <stddef.h>

/* The time zone archive; format and version in third_party/tzdata/pack.c. */
const unsigned char *embed_tzdata(size_t *ret_len);

/* Mozilla's root certificates: length (32 bits, big endian), DER, and so on (third_party/ca/pack). */
const unsigned char *embed_ca_roots(size_t *ret_len);

/* Notices of the works of others in this binary. Text; not terminated. */
const unsigned char *embed_licenses(size_t *ret_len);

/* A file of the admin page. `path` starts with "/"; `etag` is quoted, as in the header field, and changes with `data`. */
struct embed_file {
    const char *path, *content_type, *etag;
    const unsigned char *data;
    size_t len;
    bool gzip;    /* the data is compressed (RFC 1952), and is there in no other form */
    bool lasting; /* a hash of the content is part of the path */
};

/* All files of the admin page, in no order to rely on. */
const struct embed_file *embed_web(size_t *ret_count);

#endif

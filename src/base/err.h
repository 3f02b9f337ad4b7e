/* err.h - what went wrong, said once, in words a user can act on.
 *
 * Convention of the whole tree: a function that can fail for a reason a user may meet returns `int`
 * (0, or a negative `enum err_code`) or a pointer (NULL on failure) and takes `struct err *e` last.
 * `e` may be NULL when the caller does not care. The error is set where it is found, wrapped at most
 * once per module on its way up, and logged or printed once, at the top.
 *
 * Text: lower case, no full stop, the subject in single quotes, what would be right; never a secret.
 * Thread: a `struct err` belongs to its caller; no global state. */
#ifndef EDGECRON_BASE_ERR_H
#define EDGECRON_BASE_ERR_H

/* The one table: name, stable code (problem+json "code"), HTTP status, exit status. */
#define ERR_TABLE(X)                                    \
    X(ERR_INTERNAL, "internal", 500, 1)                 \
    X(ERR_IO, "io", 500, 1)                             \
    X(ERR_STORE, "store", 500, 1)                       \
    X(ERR_DISK_FULL, "disk_full", 503, 1)               \
    X(ERR_BUSY, "busy", 503, 1)                         \
    X(ERR_SEALED, "sealed", 503, 4)                     \
    X(ERR_USAGE, "usage", 400, 2)                       \
    X(ERR_NOT_FOUND, "not_found", 404, 3)               \
    X(ERR_INVALID, "invalid", 422, 4)                   \
    X(ERR_MALFORMED, "malformed", 400, 4)               \
    X(ERR_CONFLICT, "conflict", 409, 4)                 \
    X(ERR_PRECONDITION, "precondition_failed", 412, 4)  \
    X(ERR_MEDIA_TYPE, "unsupported_media_type", 415, 4) \
    X(ERR_TOO_LARGE, "too_large", 413, 4)               \
    X(ERR_UNAUTHENTICATED, "unauthenticated", 401, 4)   \
    X(ERR_FORBIDDEN, "forbidden", 403, 4)               \
    X(ERR_TOO_MANY, "too_many_requests", 429, 4)        \
    X(ERR_METHOD, "method_not_allowed", 405, 4)         \
    X(ERR_UNAVAILABLE, "unavailable", 503, 1)           \
    X(ERR_HEAD_TOO_LARGE, "head_too_large", 431, 4)     \
    X(ERR_SLOW, "request_timeout", 408, 4)              \
    X(ERR_CODING, "not_implemented", 501, 4)            \
    X(ERR_VERSION, "version_not_supported", 505, 4)     \
    X(ERR_NOT_ACCEPTABLE, "not_acceptable", 406, 4)

/* clang-format off */
enum err_code {
    ERR_NONE = 0,
#define X(name, code, http, exit_status) name,
    ERR_TABLE(X)
#undef X
    ERR_CODE_COUNT
};
/* clang-format on */

struct err {
    enum err_code code;
    char pointer[160]; /* RFC 6901 pointer of the field at fault, or "" */
    char text[512];    /* truncated with "..." when longer */
};

const char *err_code_name(enum err_code code); /* "not_found" */
int err_http_status(enum err_code code);
int err_exit_status(enum err_code code);

/* Sets *e and returns -code, so that `return err_set(e, ERR_INVALID, "...")` is the idiom. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same for a field: `pointer` is an RFC 6901 JSON pointer such as "/retry/max_attempts". */
int err_at(struct err *e, enum err_code code, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "PREFIX: " before the text, keeps code and pointer; returns -code. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts a parent in front of the pointer: ("/jobs/3") turns "/name" into "/jobs/3/name". Returns -code. */
int err_under(struct err *e, const char *parent_fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

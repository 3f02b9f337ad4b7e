/* reply.h - the answer to a request, until it is written out. */
#ifndef EDGECRON_API_REPLY_H
#define EDGECRON_API_REPLY_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"

#include <stdbool.h>

enum reply_policy {
    REPLY_API,    /* never cached, nothing in it may be run or framed */
    REPLY_PAGE,   /* the page: its own scripts and styles, this host alone; cached, but asked for each time */
    REPLY_LASTING /* a file of the page whose name changes with its content: cached for good */
};

struct reply {
    int status;
    const char *content_type; /* NULL: no body */
    enum reply_policy policy;
    struct buf fields; /* further header fields, "Name: value\r\n" */
    const void *data;  /* borrowed, unless it is in `text` */
    size_t len;
    char *text;  /* owned */
    bool secret; /* the text holds a secret: it is wiped before its memory is given back */

    /* Instead of data: the file's bytes from its start, `file_len` of them; the descriptor is the reply's. -1: none. */
    int file;
    int64_t file_len;
    /* Instead of a body of known length: called once the head is out, with a descriptor, which it owns (one of a pair of sockets, non-blocking,
     * SOCK_STREAM; the gate passes on what is written there). From then on it writes to it whenever it likes, and closes it; the peer sees
     * the end of the body then, as the connection closes. The other end is closed when the peer leaves, or reads nothing for long. -1
     * instead of a descriptor when there is nobody to write to: to HEAD, or when the system has no more of them. */
    void (*attach)(void *ctx, int fd);
    void *attach_ctx;
};

#define REPLY_INIT ((struct reply){ .fields = BUF_INIT(4096), .file = -1 })
void reply_free(struct reply *p);

void reply_field(struct reply *p, const char *name, const char *value); /* value: no CR or LF, else it is left out */
void reply_revision(struct reply *p, int64_t revision);                 /* the ETag of a job or target */
void reply_json(struct reply *p, int status, struct json *v);           /* takes ownership of v */
/* The same with one more member, whose value is a secret; `v` holds none. */
void reply_json_secret(struct reply *p, int status, struct json *v, const char *key, const char *value, size_t len);
void reply_problem(struct reply *p, const struct err *e); /* replaces what was there; RFC 9457 */

/* The head to send, with Content-Length (but for attach) and the security fields. `keep` says whether the connection is kept. */
void reply_head(const struct reply *p, struct wall now, bool keep, struct buf *out);

#endif

#include "api/handover.h"

#include <string.h>
#include <unistd.h>

struct handover *handover_new(void)
{
    struct handover *h = mem_alloc(sizeof *h);
    h->reply = REPLY_INIT;
    h->stream = -1;
    return h;
}

void handover_free(struct handover *h)
{
    buf_wipe(&h->head);
    buf_wipe(&h->body);
    buf_free(&h->answer);
    reply_free(&h->reply);
    arena_free(h->arena);
    if (h->stream >= 0)
        close(h->stream);
    mem_free(h);
}

/* civetweb knows some methods, and has its own mind about bodies: it is shown none of either. */
void handover_take(struct handover *h, struct http1_intake *in, struct buf *body)
{
    h->head = BUF_SECRET(2 * HTTP1_INTAKE_HEAD_MAX);
    buf_reserve(&h->head, in->target.len + in->fields.len + 32);
    buf_str_add(&h->head, "GET ");
    buf_add(&h->head, in->target.data, in->target.len);
    buf_str_add(&h->head, " HTTP/1.1\r\n");
    buf_add(&h->head, buf_str(&in->fields), in->fields.len);
    buf_str_add(&h->head, "\r\n");
    memcpy(h->method, in->method, sizeof h->method);
    h->body = *body;
    *body = BUF_SECRET(body->max);
    h->keep = in->keep_alive;
}

size_t handover_size(const struct handover *h)
{
    return h->answer.cap + (h->reply.text ? h->reply.len : 0) + (h->arena ? arena_size(h->arena) : 0);
}

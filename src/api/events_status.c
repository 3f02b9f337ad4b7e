#include "api/events_status.h"

#include "api/events_text.h"

#include <string.h>

void events_status_init(struct events_status *s)
{
    *s = (struct events_status){ .text = { BUF_INIT(EVENTS_TEXT_MAX), BUF_INIT(EVENTS_TEXT_MAX) } };
}

void events_status_free(struct events_status *s)
{
    buf_free(&s->text[0]);
    buf_free(&s->text[1]);
}

void events_status_look(struct events_status *s, struct engine *g, bool stopping, struct mono now)
{
    struct engine_status status;
    buf_auto struct buf fresh = BUF_INIT(EVENTS_TEXT_MAX);
    engine_status(g, &status);
    status.draining = status.draining || stopping;
    events_text_status(&fresh, &status, false);
    s->at = now;
    if (s->number && !strcmp(buf_str(&fresh), buf_str(&s->text[0])))
        return;
    s->number++;
    for (int i = 0; i < 2; i++) {
        buf_clear(&s->text[i]);
        events_text_status(&s->text[i], &status, i);
    }
}

void events_status_tell(const struct events_status *s, struct listener *l)
{
    const struct buf *text = &s->text[l->want.n_tags > 0];
    if (!listener_wants_status(l) || l->status == s->number || !listener_room(l))
        return;
    l->status = s->number;
    buf_add(&l->out, text->data, text->len);
}

/* channel_fields.h - what channel.c and its parts share; nobody else needs it. */
#ifndef EDGECRON_CORE_CHANNEL_FIELDS_H
#define EDGECRON_CORE_CHANNEL_FIELDS_H

#include "core/channel.h"
#include "core/field.h"

/* A row: which members a kind has, how fast its service takes messages, and how one is written. */
struct channel_traits {
    bool url, method_body, headers, email;
    bool alerts; /* {{alert.NAME}} may stand in its templates */
    struct rate rate;
    const char *url_like; /* for messages */
    /* Fills headers and body of ret (a copy of c->request) for `n`; true: the body is no template. NULL: e-mail. */
    bool (*request)(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret);
};
const struct channel_traits *channel_traits(enum channel_kind k);

extern const struct field CHANNEL_MAIL_FIELDS[]; /* struct channel_mail */
/* The member `email`, and what must hold in it. r stands at it. */
int channel_read_mail(struct field_reader *r, const struct json *v, struct channel_mail *ret);
void channel_add_mail(struct json *o, const struct channel_mail *m);

/* Renderers of the ready-made ones: channel_chat.c, channel_push.c. */
bool channel_webhook(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret);
bool channel_slack(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret);
bool channel_discord(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret);
bool channel_teams(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret);
bool channel_ntfy(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret);

#endif

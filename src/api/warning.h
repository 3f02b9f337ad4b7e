/* warning.h - what is accepted and told of: the `warnings` of an answer, {"code", "pointer", "detail"} each. */
#ifndef EDGECRON_API_WARNING_H
#define EDGECRON_API_WARNING_H

#include "base/json.h"
#include "core/alert.h"
#include "core/channel.h"
#include "core/document.h"
#include "store/store.h"

/* secret_not_set: a template names a secret that is not there; literal_credential: a header that carries one by its name holds a plain value.
 * `t` is the job's target, or NULL. */
void warning_add_job(struct json *list, struct store *s, const struct job *j, const struct target *t);
void warning_add_target(struct json *list, struct store *s, const struct target *t);
/* The same of a channel; pasted_key: its URL is a key by itself, or has one in it, in plain. channel_disabled: a rule names one that is. no_channel: a rule that
 * would tell nobody, as no channel is enabled. */
void warning_add_channel(struct json *list, struct store *s, const struct channel *c);
void warning_add_alert(struct json *list, struct store *s, const struct alert_rule *r);
/* Of all in an apply file, each secret once; pointers are into the file. */
void warning_add_document(struct json *list, struct store *s, const struct document *d);
/* What can be said against a secret's value (core/strength.h); never a part of it. */
void warning_add_value(struct json *list, const char *name, const char *value, size_t len);

#endif

/* channel_letter.h - the e-mail that tells a notice over a channel of kind email. Pure. */
#ifndef EDGECRON_CORE_CHANNEL_LETTER_H
#define EDGECRON_CORE_CHANNEL_LETTER_H

#include "core/channel.h"
#include "core/mail.h"

/* Subject and text in the channel's language; messages of one trouble (rule and subject) have one thread; urgent when it began. `run_id` is the run's that carries it, `host`
 * what stands right of the '@' in message ids. All that *ret points to is in `a`, or the caller's. */
void channel_message(const struct channel *c, const struct notice *n, const char *run_id, const char *host,
                     struct wall now, struct arena *a, struct mail_message *ret);

/* What to tell for an attempt of that call that failed, as verdict_explain does for others: "could not connect to smtp.example.com:587: connection refused: check
 * 'email.host' ...". `detail`: smtp_call's. Adds to `message`. */
void channel_letter_explain(const struct channel *c, enum outcome o, const char *detail, struct buf *message);

#endif

/* channel_letter.h - the e-mail that tells a notice over a channel of kind email. Pure. */
#ifndef EDGECRON_CORE_CHANNEL_LETTER_H
#define EDGECRON_CORE_CHANNEL_LETTER_H

#include "core/channel.h"
#include "core/mail.h"

/* Subject and text in the channel's language; messages of one trouble (rule and subject) have one thread; urgent when it began. `run_id` is the run's that carries it, `host`
 * what stands right of the '@' in message ids. All that *ret points to is in `a`, or the caller's. */
void channel_message(const struct channel *c, const struct notice *n, const char *run_id, const char *host,
                     struct wall now, struct arena *a, struct mail_message *ret);

/* What to tell of an attempt that failed: "could not connect to smtp.example.com:587: connection refused: check 'email.host' ...". `detail`: smtp_call's. Adds
 * to `message`. False: nothing is particular to e-mail in that. */
bool channel_letter_explain(enum outcome o, const struct channel *c, const char *detail, struct buf *message);

#endif

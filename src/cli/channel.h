/* channel.h - what several commands do with channels. Thread: main. */
#ifndef EDGECRON_CLI_CHANNEL_H
#define EDGECRON_CLI_CHANNEL_H

#include "cli/data.h"
#include "store/alerts.h"

/* A text that should be a secret, and holds none: what is there is the key itself. */
bool channel_is_plain(const char *text);
/* The same of the address of a ready-made service, which whoever knows it can write to. */
bool channel_url_is_key(const struct channel *c);
/* Where it sends, for people: its URL, or who gets the mail; of an address that is a key no more than the host. Returns the text in out. */
const char *channel_where(const struct channel *c, struct buf *out);
/* Its form as the API has it, or for people. */
int channel_print(struct data *d, const char *name, struct err *e);

#endif

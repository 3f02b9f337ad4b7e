/* pgcron_secret.h - which texts are keys, and what the secrets are called that they become. Part of pgcron.h.
 *
 * Each gives a placeholder, "secret.NAME", of an import's arena. The same origin, or the same value, is the same secret. */
#ifndef EDGECRON_CORE_PGCRON_SECRET_H
#define EDGECRON_CORE_PGCRON_SECRET_H

#include "core/pgcron_state.h"

const char *pgcron_secret_of_setting(struct pgcron *p, const char *setting,
                                     struct pgcron_place at); /* app.cron_internal_key */
const char *pgcron_secret_of_vault(struct pgcron *p, const char *name, struct pgcron_place at);
const char *pgcron_secret_of_function(struct pgcron *p, const char *name,
                                      struct pgcron_place at); /* in none of the files */
/* Whose value nothing is known of but where it goes: a header's name. `what`: its origin. */
const char *pgcron_secret_of_place(struct pgcron *p, const char *name, const char *what, struct pgcron_place at);
/* Of a value that stands in the SQL. `name`: what it is likely to be called. */
const char *pgcron_secret_pasted(struct pgcron *p, const char *value, size_t len, const char *name,
                                 struct pgcron_place at);
/* A call holds it. address: at the beginning of a URL. */
void pgcron_secret_used(struct pgcron *p, const char *name, bool address);
void pgcron_secrets_wipe(struct pgcron *p); /* the values by which they are known again */

bool pgcron_looks_like_key(const char *s, size_t len);             /* one word */
size_t pgcron_key_find(const char *s, size_t len, size_t *ret_at); /* the first in a text; 0: none */
bool pgcron_has_key(const char *s, size_t len);
bool pgcron_stands_for_key(const char *s); /* "<YOUR_KEY>" */
bool pgcron_header_is_secret(const char *name);
bool pgcron_member_is_secret(const char *name);   /* of a body or a query */
bool pgcron_function_names_key(const char *name); /* get_cron_internal_key */

#endif

/* conceal.h - a document that may hold pasted keys, made fit for being kept and shown: what could be one becomes "***". Pure.
 *
 * Placeholders stay, as "Bearer {{secret.KEY}}" tells nothing. Covered are all of a value whose name says that it is a credential (a header
 * "X-Api-Key", a member "password", a query parameter "token"), and anywhere else words as long and mixed as keys are. Rather too much is
 * covered than too little. */
#ifndef EDGECRON_CORE_CONCEAL_H
#define EDGECRON_CORE_CONCEAL_H

#include "base/json.h"

#define CONCEAL_COVER "***"
#define CONCEAL_TEXT_MAX 500 /* bytes that are kept of a string */

bool conceal_covers(const char *pointer, const char *text); /* would anything of it be covered, standing there? */
bool conceal_name(const char *name);                        /* does it say that it is a credential? */
/* A copy with keys covered and long strings cut. `pointer` (RFC 6901) is where `v` stood: its names count too; "" for a whole document. */
struct json *conceal(const char *pointer, const struct json *v);

#endif

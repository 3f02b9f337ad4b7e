/* keyring.h - the secrets' values, as the engine holds them, and the redactor made of them. Internal to src/engine. */
#ifndef EDGECRON_ENGINE_KEYRING_H
#define EDGECRON_ENGINE_KEYRING_H

#include "engine/state.h"

int keyring_refresh(struct engine *g,
                    struct err *e);    /* decrypts all again when a name or version is not what was held */
void keyring_forget(struct engine *g); /* wipes */
/* A secret's value, or NULL and why (for people). */
const char *keyring_value(struct engine *g, const char *name, const char **why);

#endif

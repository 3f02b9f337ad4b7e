#include "store/rekey.h"

#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/key_input.h"
#include "cli/output.h"

#include <stdio.h>

static int report(const struct data *d, const char *key_file, const struct rekey *how)
{
    if (config_on(d->config, FLAG_JSON)) {
        struct json *v = json_new_object();
        json_add_string(v, "result", "changed");
        json_add_string(v, "master_key_file", key_file);
        json_add_bool(v, "replaced", how->replaced);
        json_add_bool(v, "data_key", how->data_key);
        json_add_int(v, "resealed", how->resealed);
        return output_json(v);
    }
    if (how->data_key)
        printf("master key and data key changed; %d values of secrets are sealed anew\n", how->resealed);
    else
        puts("master key changed");
    if (how->replaced)
        output_note(
            "edgecron: the new key is in '%s': keep a copy of it elsewhere; backups of the store from before now "
            "need the old key",
            key_file);
    else
        output_note("edgecron: put '%s' where '%s' comes from before the next start, else the server starts sealed; a "
                    "running one goes on",
                    config_text(d->config, FLAG_NEW_KEY_FILE), key_file);
    return 0;
}

static int change(struct data *d, struct rekey *how, struct err *e)
{
    mem_auto char *key_file = config_master_key_file(d->config, d->dir);
    int r = vault_rekey(d->store, key_file, how, clock_wall(), e);
    if (r < 0)
        return r;
    data_changed(d, NULL);
    return report(d, key_file, how);
}

int rekey_run(struct call *call, struct err *e)
{
    struct data d = { 0 };
    uint8_t key[CRYPTO_KEY_SIZE];
    bool given = config_is_set(&call->config, FLAG_NEW_KEY_FILE);
    struct rekey how = { .key = given ? key : NULL, .data_key = config_on(&call->config, FLAG_DATA_KEY) };
    data_conceal();
    int r = given ? key_input(&call->config, FLAG_NEW_KEY_FILE, key, e) : 0;
    if (r == 0)
        r = data_open_existing(&d, &call->config, e);
    if (r == 0)
        r = change(&d, &how, e);
    mem_wipe(key, sizeof key);
    data_close(&d);
    return r;
}

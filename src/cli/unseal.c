#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/key_input.h"
#include "cli/output.h"
#include "store/rekey.h"

#include <stdio.h>

static int report(const struct data *d, const char *key_file, const struct unsealed *u)
{
    if (config_on(d->config, FLAG_JSON)) {
        struct json *v = json_new_object();
        json_add_string(v, "result", u->had ? "unchanged" : "unsealed");
        json_add_string(v, "master_key_file", key_file);
        json_add_string(v, "kept", u->kept);
        return output_json(v);
    }
    if (u->had) {
        printf("nothing to do: '%s' holds this key already\n", key_file);
        return 0;
    }
    printf("unsealed: the master key is in '%s'\n", key_file);
    if (u->kept)
        output_note("edgecron: what was there is kept as '%s'", u->kept);
    long pid = (long)store_server_pid(d->dir);
    if (pid)
        output_note(
            "edgecron: the running server begins its work within a second ('edgecron healthcheck' tells); should "
            "it not, it reads its key from another place, which its log names");
    return 0;
}

static int unseal(struct data *d, const uint8_t key[CRYPTO_KEY_SIZE], struct err *e)
{
    struct unsealed u;
    mem_auto char *key_file = config_master_key_file(d->config, d->dir);
    int r = vault_unseal(d->store, key_file, key, clock_wall(), &u, e);
    if (r == 0) {
        data_changed(d, NULL);
        r = report(d, key_file, &u);
    }
    mem_free(u.kept);
    return r;
}

int unseal_run(struct call *call, struct err *e)
{
    struct data d = { 0 };
    uint8_t key[CRYPTO_KEY_SIZE];
    data_conceal();
    int r = key_input(&call->config, FLAG_KEY_FILE, key, e);
    if (r == 0)
        r = data_open_existing(&d, &call->config, e);
    if (r == 0)
        r = unseal(&d, key, e);
    mem_wipe(key, sizeof key);
    data_close(&d);
    return r;
}

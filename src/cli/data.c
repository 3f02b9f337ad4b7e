#include "cli/data.h"

#include "base/confine.h"
#include "base/mem.h"
#include "cli/output.h"
#include "core/template.h"
#include "store/audit.h"
#include "store/secrets.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Changes are the user's. */
static void act(struct data *d)
{
    struct audit_actor me = { .kind = AUDIT_CLI };
    const struct passwd *user = getpwuid(getuid());
    if (user)
        snprintf(me.name, sizeof me.name, "%s", user->pw_name);
    else
        snprintf(me.name, sizeof me.name, "uid %ld", (long)getuid());
    store_actor_set(d->store, &me);
}

/* A plain reader makes the files of the WAL where there are none, and cannot remove them. Where they are, somebody works
 * on the store (or did, and crashed): then a reader leaves nothing that was not there, and sees what others commit. */
static enum store_mode reading_mode(const char *dir)
{
    mem_auto char *wal = mem_printf("%s/edgecron.db-wal", dir);
    return access(wal, F_OK) && !store_server_pid(dir) ? STORE_LOOK : STORE_READ;
}

int data_open(struct data *d, const struct config *c, enum store_mode mode, struct err *e)
{
    d->config = c;
    d->dir = config_text(c, FLAG_DATA);
    umask(077);
    if (mode == STORE_READ)
        mode = reading_mode(d->dir);
    int r = store_open(&d->store, d->dir, mode, e);
    if (r < 0 || mode != STORE_WRITE)
        return r;
    act(d);
    secrets_expire(d->store, clock_wall(), NULL, NULL); /* no server may be running; should it fail, the next does it */
    return 0;
}

int data_open_existing(struct data *d, const struct config *c, struct err *e)
{
    struct store *s;
    struct err why = { 0 };
    if (store_open(&s, config_text(c, FLAG_DATA), STORE_READ, &why) == 0) {
        store_close(s);
    } else if (why.code == ERR_NOT_FOUND) {
        *e = why;
        return -(int)ERR_NOT_FOUND;
    }
    return data_open(d, c, STORE_WRITE, e);
}

/* Secrets are in memory from here on: nobody may have it dumped or traced. */
void data_conceal(void)
{
    confine_dumps();
}

int data_vault(struct data *d, struct err *e)
{
    data_conceal();
    mem_auto char *file = config_master_key_file(d->config, d->dir);
    return vault_open(&d->vault, d->store, file, true, e);
}

struct zones *data_zones(struct data *d)
{
    if (!d->zones)
        d->zones = zones_open();
    return d->zones;
}

void data_close(struct data *d)
{
    size_t pos = 0;
    for (char *name; (name = map_each(&d->unset, &pos));)
        mem_free(name);
    map_free(&d->unset);
    if (d->zones)
        zones_close(d->zones);
    if (d->vault)
        vault_close(d->vault);
    store_close(d->store);
    *d = (struct data){ 0 };
}

const char *data_hint(const struct data *d, char *out, size_t size)
{
    const char *source = d->config->values[FLAG_DATA].source;
    if (source && source[0] == '-')
        snprintf(out, size, " --data '%s'", d->dir);
    else
        out[0] = '\0';
    return out;
}

void data_changed(const struct data *d, const char *waits)
{
    char hint[400];
    store_announce(d->dir);
    if (waits && !store_server_pid(d->dir))
        output_note("edgecron: no server is running on '%s': %s; start one with: edgecron serve%s", d->dir, waits,
                    data_hint(d, hint, sizeof hint));
}

void data_note_secret(void *data, const char *name)
{
    struct data *d = data;
    if (secrets_have(d->store, name) || map_get(&d->unset, name))
        return;
    char *copy = mem_strdup(name);
    map_put(&d->unset, copy, copy);
}

void data_note_secrets(struct data *d, const struct job *j, const struct target *t)
{
    if (j)
        template_job_secrets(j, t, data_note_secret, d);
    for (int i = 0; t && i < t->n_headers; i++)
        template_secrets(t->headers[i].value, data_note_secret, d);
}

void data_warn_secrets(const struct data *d)
{
    size_t pos = 0;
    char hint[400];
    for (const char *name; (name = map_each(&d->unset, &pos));)
        output_note("edgecron: secret '%s' is not set yet, and calls that need it will fail; set it with: "
                    "edgecron secret set %s%s",
                    name, name, data_hint(d, hint, sizeof hint));
}

void data_unset_add(const struct data *d, struct json *array)
{
    size_t pos = 0;
    for (const char *name; (name = map_each(&d->unset, &pos));)
        json_add_string(array, NULL, name);
}

int data_report(const struct data *d, const char *kind, const char *name, const char *what)
{
    if (!config_on(d->config, FLAG_JSON)) {
        printf("%s '%s' %s\n", kind, name, what);
        return 0;
    }
    struct json *v = json_new_object();
    json_add_string(v, kind, name);
    json_add_string(v, "result", what);
    return output_json(v);
}

const char *data_put_text(enum put_result result)
{
    static const char *const names[] = {
        [PUT_UNCHANGED] = "unchanged", [PUT_CREATED] = "created", [PUT_UPDATED] = "updated"
    };
    return names[result];
}

#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "store/backup.h"
#include "store/restore.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

static int report(const struct call *call, const char *path, int64_t bytes, bool verified)
{
    if (config_on(&call->config, FLAG_JSON)) {
        struct json *v = json_new_object();
        json_add_string(v, "file", path);
        json_add_int(v, "bytes", bytes);
        json_add_bool(v, "verified", verified);
        return output_json(v);
    }
    printf("backup '%s' written (%lld KiB%s)\n", path, (long long)(bytes + 1023) / 1024, verified ? ", verified" : "");
    output_note("the master key is not in it: without a copy of that elsewhere, no secret in it can be read");
    return 0;
}

int backup_run(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int64_t bytes = 0;
    struct backup_options options = { .verify = config_on(&call->config, FLAG_VERIFY) };
    int r = data_open(&d, &call->config, STORE_READ, e);
    options.gentle = r == 0 && store_server_pid(d.dir);
    if (r == 0)
        r = store_backup(d.store, call->words[0], &options, &bytes, e);
    data_close(&d);
    return r < 0 ? r : report(call, call->words[0], bytes, options.verify);
}

/* --- what is in one ---------------------------------------------------------------------------------------------- */

static const char *const key_words[] = {
    [BACKUP_KEY_NONE] = "not_needed", [BACKUP_KEY_UNKNOWN] = "not_tried", [BACKUP_KEY_FITS] = "fits"
};
static const char *const key_texts[] = {
    [BACKUP_KEY_NONE] = "not needed: there are no secrets in it",
    [BACKUP_KEY_UNKNOWN] = "not tried (--master-key-file names it)",
    [BACKUP_KEY_FITS] = "fits: every secret can be read",
};

static int facts_json(const struct backup_facts *f, const char *file, const char *dir)
{
    struct json *v = json_new_object();
    char at[WALL_TEXT_SIZE];
    json_add_string(v, "file", file);
    if (dir)
        json_add_string(v, "data", dir);
    json_add_int(v, "bytes", f->bytes);
    json_add_int(v, "format", f->format);
    json_add_string(v, "made_at", wall_format(f->made_at, at));
    json_add_int(v, "jobs", f->jobs);
    json_add_int(v, "targets", f->targets);
    json_add_int(v, "secrets", f->secrets);
    json_add_int(v, "runs", f->runs);
    json_add_string(v, "newest_run_at", wall_is_none(f->newest_run) ? NULL : wall_format(f->newest_run, at));
    json_add_string(v, "master_key", key_words[f->key]);
    return output_json(v);
}

static int facts_table(const struct backup_facts *f)
{
    char text[80], at[WALL_TEXT_SIZE];
    struct table *t = table_new(NULL, 2);
    table_pair(t, "made at", wall_format(f->made_at, at));
    snprintf(text, sizeof text, "%" PRId64 " KiB, format %" PRId64, (f->bytes + 1023) / 1024, f->format);
    table_pair(t, "size", text);
    snprintf(text, sizeof text, "%" PRId64 " jobs, %" PRId64 " targets, %" PRId64 " secrets", f->jobs, f->targets,
             f->secrets);
    table_pair(t, "holds", text);
    snprintf(text, sizeof text, "%" PRId64 "%s%s", f->runs, wall_is_none(f->newest_run) ? "" : ", the newest of ",
             wall_is_none(f->newest_run) ? "" : wall_format(f->newest_run, at));
    table_pair(t, "runs", text);
    table_pair(t, "master key", key_texts[f->key]);
    return output_pairs(t);
}

int backup_check(struct call *call, struct err *e)
{
    struct backup_facts f;
    const char *file = call->words[0];
    mem_auto char *key = config_master_key_file(&call->config, config_text(&call->config, FLAG_DATA));
    data_conceal();
    int r = backup_file_check(file, key, &f, e);
    if (r < 0)
        return r;
    if (config_on(&call->config, FLAG_JSON))
        return facts_json(&f, file, NULL);
    printf("'%s' is whole\n", file);
    return facts_table(&f);
}

static void say_next(const struct backup_facts *f, const char *dir, const char *key)
{
    output_note(
        "everything is paused, so that this store does not call beside the server it comes from; when that one is "
        "stopped for good: edgecron settings set --paused false --data '%s'",
        dir);
    if (f->key == BACKUP_KEY_UNKNOWN)
        output_note(
            "the master key is not in a backup, and '%s' was not tried: put the one of that server there (0600), or "
            "name it with --master-key-file; without it a server starts sealed, and 'edgecron unseal' takes it then",
            key);
}

int restore_run(struct call *call, struct err *e)
{
    struct backup_facts f;
    const char *dir = config_text(&call->config, FLAG_DATA);
    mem_auto char *key = config_master_key_file(&call->config, dir);
    umask(077);
    data_conceal();
    int r = store_restore(call->words[0], dir, key, &f, e);
    if (r < 0)
        return r;
    if (config_on(&call->config, FLAG_JSON)) {
        r = facts_json(&f, call->words[0], dir);
    } else {
        printf("'%s' is the store in '%s' now\n", call->words[0], dir);
        r = facts_table(&f);
    }
    say_next(&f, dir, key);
    return r;
}

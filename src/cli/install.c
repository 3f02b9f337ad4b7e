#include "cli/install.h"

#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "cli/scratch.h"
#include "store/audit.h"
#include "store/tokens.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN_NAME "install"

void install_note(struct install *i, const char *path, enum install_change change)
{
    static const char *const words[] = { "unchanged", "created", "updated", "removed", "kept" };
    struct json *f = json_add_object(i->files, NULL);
    json_add_string(f, "path", path);
    json_add_string(f, "change", words[change]);
    if (!config_on(i->config, FLAG_JSON))
        printf("%-9s %s%s\n", words[change], *path == '/' ? i->root : "", path);
}

/* --- what is to be installed -------------------------------------------------------------------------------------- */

static bool any_given(const struct config *c)
{
    bool any = config_is_set(c, FLAG_INSTALL_DATA);
    for (int n = 0; n < install_flag_count; n++)
        any = any || config_is_set(c, install_flags[n]);
    return any;
}

/* Of the unit that is there. ERR_CONFLICT for one of others. */
static int read_before(struct install *i, struct buf *text, struct err *e)
{
    i->n_before = -1;
    if (install_read(i, INSTALL_UNIT_FILE, text) < 0)
        return 0;
    if (text->data)
        i->n_before = install_unit_flags(text->data, i->before, INSTALL_FLAGS_MAX);
    if (i->n_before >= 0)
        return 0;
    return err_set(e, ERR_CONFLICT,
                   "'%s" INSTALL_UNIT_FILE
                   "' was not written by 'edgecron install': move it away first, so that nothing in it is lost",
                   i->root);
}

/* Without flags of the service, an install is an upgrade: the service keeps those that it has. */
static int take_flags(struct install *i, struct config *kept, const struct command *command, struct err *e)
{
    if (i->n_before < 0 || any_given(i->config))
        return 0;
    const struct flags flags = command_flags(command);
    int r = config_scan(kept, i->n_before, i->before, e);
    if (r == 0)
        r = config_bind(kept, &flags, "install", e);
    kept->values[FLAG_JSON] = i->config->values[FLAG_JSON];
    kept->values[FLAG_PURGE] = i->config->values[FLAG_PURGE];
    i->config = kept;
    return r < 0 ? err_wrap(e, "the flags in '" INSTALL_UNIT_FILE "'") : 0;
}

static void tell_dropped(const struct install *i, const char *unit)
{
    buf_auto struct buf gone = BUF_INIT(INSTALL_TEXT_MAX);
    for (int k = 0; k < i->n_before; k++) {
        mem_auto char *line = mem_printf("\nFlag=%s\n", i->before[k]);
        if (!strstr(unit, line))
            buf_printf(&gone, " %s", i->before[k]);
    }
    if (gone.len)
        output_note("edgecron: the service had%s: flags take the place of those before, so this is gone",
                    buf_str(&gone));
}

/* --- install ------------------------------------------------------------------------------------------------------ */

/* The first token, with a new store: whoever has one knows how to make more. Empty when there was a store. */
static int first_token(struct install *i, char ret[TOKEN_TEXT_SIZE], struct err *e)
{
    struct store *s;
    const struct audit_actor me = { .kind = AUDIT_CLI, .name = "root" };
    mem_auto char *dir = install_path(i, i->data);
    mem_auto char *file = mem_printf("%s/edgecron.db", dir);
    ret[0] = '\0';
    if (access(file, F_OK) == 0)
        return 0;
    umask(077);
    int r = store_open(&s, dir, STORE_WRITE, e);
    if (r < 0)
        return r;
    store_actor_set(s, &me);
    r = tokens_create(s, TOKEN_NAME, SCOPE_ADMIN, clock_wall(), ret, e);
    store_close(s);
    return r;
}

static int put_files(struct install *i, char token[TOKEN_TEXT_SIZE], struct err *e)
{
    enum install_change change;
    buf_auto struct buf unit = BUF_INIT(INSTALL_TEXT_MAX);
    int r = install_unit(i, &unit, e);
    if (r == 0)
        r = install_data(i, &change, e);
    if (r < 0)
        return r;
    install_note(i, i->data, change);
    if ((r = install_program(i, &change, e)) < 0)
        return r;
    install_note(i, INSTALL_PROGRAM, change);
    i->changed = change != INSTALL_UNCHANGED;
    if ((r = install_user(i, &change, e)) < 0)
        return r;
    install_note(i, "user " INSTALL_USER, change);
    if ((r = first_token(i, token, e)) < 0 || (r = install_own(i, i->data, i->uid, i->gid, e)) < 0 ||
        (r = install_write(i, INSTALL_UNIT_FILE, buf_str(&unit), &change, e)) < 0)
        return r;
    install_note(i, INSTALL_UNIT_FILE, change);
    tell_dropped(i, buf_str(&unit));
    i->changed = i->changed || change != INSTALL_UNCHANGED;
    return 0;
}

static int start_service(const struct install *i, struct err *e)
{
    static const char *const active[] = { "systemctl", "is-active", "--quiet", INSTALL_UNIT, NULL };
    static const char *const reload[] = { "systemctl", "daemon-reload", NULL };
    static const char *const enable[] = { "systemctl", "enable", "--quiet", INSTALL_UNIT, NULL };
    const char *const start[] = { "systemctl", install_call(active, e) == 0 && i->changed ? "restart" : "start",
                                  INSTALL_UNIT, NULL };
    *e = (struct err){ 0 };
    int r = install_call(reload, e);
    if (r == 0)
        r = install_call(enable, e);
    if (r == 0)
        r = install_call(start, e);
    return r < 0
               ? err_wrap(
                     e, "all is in its place, and the service does not start ('journalctl -u edgecron -n 20' says why)")
               : 0;
}

/* What the operator does next. */
static void add_next(const struct install *i, bool started, struct json *list)
{
    const char *dir = i->data;
    if (*i->root) {
        mem_auto char *enable = mem_printf("systemctl --root=%s enable " INSTALL_UNIT, i->root);
        json_add_string(list, NULL, enable);
        return;
    }
    if (!started) {
        json_add_string(list, NULL, "systemctl daemon-reload");
        json_add_string(list, NULL, "systemctl enable --now " INSTALL_UNIT);
    }
    const char *key = config_text(i->config, FLAG_MASTER_KEY_FILE);
    mem_auto char *doctor =
        mem_printf("edgecron doctor --data %s%s%s", dir, key ? " --master-key-file " : "", key ? key : "");
    mem_auto char *link = mem_printf("edgecron admin setup-link --data %s", dir);
    json_add_string(list, NULL, doctor);
    json_add_string(list, NULL, link);
    json_add_string(list, NULL, "journalctl -u edgecron -f");
}

static int report(struct install *i, const char *token, bool started)
{
    struct json *v = json_new_object();
    json_add_string(v, "result", started ? "started" : "installed");
    json_add_string(v, "data", i->data);
    if (*token)
        json_add_string(v, "token", token);
    struct json *next = json_add_array(v, "next");
    add_next(i, started, next);
    if (config_on(i->config, FLAG_JSON)) {
        json_add(v, "files", i->files);
        i->files = NULL;
        return output_json(v);
    }
    if (*token)
        printf("\n%s\nThis is the token '" TOKEN_NAME "' of the REST API, which may do all, shown this once.\n", token);
    printf("\n%s. Next:\n", started ? "The service runs" : "All is in its place");
    for (const struct json *n = json_first(next); n; n = json_next(n))
        printf("  %s\n", json_string(n));
    json_free(v);
    return 0;
}

static int install(struct install *i, struct err *e)
{
    char token[TOKEN_TEXT_SIZE] = "";
    bool booted = install_booted(i);
    int r = put_files(i, token, e);
    if (r == 0 && booted && (r = start_service(i, e)) < 0)
        output_note("edgecron: %s",
                    *token ? "the first token was made and not shown: 'edgecron token create' makes another"
                           : "nothing was taken back");
    if (r == 0)
        r = report(i, token, booted);
    mem_wipe(token, sizeof token);
    return r;
}

/* --- uninstall ---------------------------------------------------------------------------------------------------- */

/* Users of the machine that come later may get the number of the one that goes (`ours`): what stays is root's. */
static int leave_data(struct install *i, bool ours, struct err *e)
{
    mem_auto char *dir = install_path(i, i->data);
    if (access(dir, F_OK))
        return 0;
    if (!config_on(i->config, FLAG_PURGE)) {
        install_note(i, i->data, INSTALL_KEPT);
        return ours ? install_own(i, i->data, 0, 0, e) : 0;
    }
    mem_auto char *store = mem_printf("%s/edgecron.db", dir);
    pid_t pid = store_server_pid(dir);
    if (pid)
        return err_set(e, ERR_CONFLICT, "a server (pid %ld) runs on '%s': stop it first", (long)pid, dir);
    if (access(store, F_OK))
        return err_set(e, ERR_CONFLICT, "'%s' holds no edgecron.db: remove it by hand, if it is to go", dir);
    scratch_remove(dir);
    install_note(i, i->data, access(dir, F_OK) ? INSTALL_REMOVED : INSTALL_KEPT);
    return 0;
}

static int uninstall(struct install *i, struct err *e)
{
    static const char *const disable[] = { "systemctl", "disable", "--now", "--quiet", INSTALL_UNIT, NULL };
    static const char *const reload[] = { "systemctl", "daemon-reload", NULL };
    mem_auto char *unit = install_path(i, INSTALL_UNIT_FILE);
    bool there = access(unit, F_OK) == 0,
         ours = there || install_user_ours(i); /* else program and user came otherwise */
    int r = there && install_booted(i) ? install_call(disable, e) : 0;
    if (r == 0)
        r = install_remove(i, INSTALL_UNIT_FILE, e);
    if (r == 0 && there && install_booted(i))
        r = install_call(reload, e);
    if (r == 0)
        r = leave_data(i, ours, e);
    if (r == 0 && ours)
        r = install_user_remove(i, e);
    if (r == 0 && ours)
        r = install_remove(i, INSTALL_PROGRAM, e);
    if (r == 0 && ours)
        r = install_remove(i, INSTALL_USER_FILE, e); /* last: by it one that was cut short is known */
    if (r < 0 || !config_on(i->config, FLAG_JSON))
        return r;
    struct json *v = json_new_object();
    json_add_string(v, "result", "removed");
    json_add(v, "files", i->files);
    i->files = NULL;
    return output_json(v);
}

/* --- the command -------------------------------------------------------------------------------------------------- */

static int print_unit(struct install *i, struct err *e)
{
    buf_auto struct buf unit = BUF_INIT(INSTALL_TEXT_MAX);
    int r = install_unit(i, &unit, e);
    return r < 0 ? r : output_text(buf_str(&unit));
}

static int check_call(const struct install *i, const struct config *c, struct err *e)
{
    if (config_on(c, FLAG_PURGE) && !config_on(c, FLAG_UNINSTALL))
        return err_set(e, ERR_USAGE, "--purge removes the data, which --uninstall leaves: it goes with that alone");
    if (!i->is_root && !*i->root && !config_on(c, FLAG_PRINT))
        return err_set(e, ERR_FORBIDDEN,
                       "a service is root's to install: run 'sudo %s install', or look at what it would be with "
                       "'edgecron install --print'",
                       program_invocation_name);
    return 0;
}

static int check_within(const struct install *i, struct err *e)
{
    const char *const paths[] = { INSTALL_PROGRAM, INSTALL_UNIT_FILE, INSTALL_USER_FILE, i->data };
    int r = 0;
    for (size_t n = 0; r == 0 && n < MEM_COUNT(paths); n++)
        r = install_within(i, paths[n], e);
    return r;
}

static int run(struct install *i, const struct config *c, struct err *e)
{
    i->data = config_text(i->config, FLAG_INSTALL_DATA);
    int r = install_check_data(i->data, e);
    if (r == 0)
        r = check_within(i, e);
    if (r < 0)
        return r;
    return config_on(c, FLAG_PRINT) ? print_unit(i, e) : config_on(c, FLAG_UNINSTALL) ? uninstall(i, e) : install(i, e);
}

int install_run(struct call *call, struct err *e)
{
    const struct config *c = &call->config;
    struct config kept = { 0 };
    buf_auto struct buf text = BUF_INIT(INSTALL_TEXT_MAX);
    struct install i = { .config = &call->config, .root = "", .is_root = geteuid() == 0, .files = json_new_array() };
    const char *root = config_text(c, FLAG_ROOT);
    mem_auto char *bare = root ? mem_printf("%.*s", (int)(strlen(root) - (root[strlen(root) - 1] == '/')), root) : NULL;
    if (bare)
        i.root = bare;
    int r = check_call(&i, c, e);
    if (r == 0)
        r = read_before(&i, &text, e);
    if (r == 0)
        r = take_flags(&i, &kept, call->command, e);
    if (r == 0)
        r = run(&i, c, e);
    json_free(i.files);
    config_free(&kept);
    return r;
}

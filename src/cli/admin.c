#include "store/admin.h"

#include "api/view.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/admin.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/input.h"
#include "cli/listing.h"
#include "core/password.h"
#include "store/sessions.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int admin_read(const struct config *c, struct buf *out, struct err *e)
{
    const char *file = config_text(c, FLAG_ADMIN_PASSWORD_FILE);
    if (!file)
        return 0;
    buf_reserve(out, out->max); /* all room at once: growing would leave copies behind */
    int r = input_read(file, "the password", out, e);
    if (r == 0) {
        input_drop_line_break(out);
        r = password_check(buf_str(out), out->len, e);
    }
    if (r == 0)
        return 0;
    buf_wipe(out);
    return err_wrap(e, "the administrator's password in '%s'", file);
}

static int set_if_other(struct store *s, const struct buf *password, struct err *e)
{
    struct admin_password p;
    bool is_set;
    int r = admin_get(s, &is_set, &p, e);
    if (r < 0 || (is_set && admin_fits(&p, buf_str(password), password->len)))
        return r;
    admin_make(buf_str(password), password->len, &p);
    r = admin_set(s, &p, NULL, "file", clock_wall(), e);
    if (r == 0)
        log_info("the administrator's password was set", L_STR("from", "file"));
    mem_wipe(&p, sizeof p);
    return r;
}

/* Where a browser finds it: an address that stands for all of them is none. */
static char *link_text(const char *url, const char *token)
{
    static const char *const all[] = { "://0.0.0.0:", "://[::]:", "://:" };
    char host[256] = "localhost";
    for (size_t i = 0; i < MEM_COUNT(all); i++) {
        const char *at = strstr(url, all[i]);
        if (!at)
            continue;
        gethostname(host, sizeof host - 1);
        return mem_printf("%.*s://%s:%s/#setup=%s", (int)(at - url), url, host, at + strlen(all[i]), token);
    }
    return mem_printf("%s/#setup=%s", url, token);
}

static int offer_link(struct store *s, const char *url, struct err *e)
{
    struct admin_password p;
    char token[CREDENTIAL_SIZE], until[WALL_TEXT_SIZE];
    bool is_set;
    struct wall now = clock_wall();
    int r = admin_get(s, &is_set, &p, e);
    if (r < 0 || is_set)
        return r;
    r = setup_make(s, now, token, e);
    if (r < 0)
        return r;
    mem_auto char *link = link_text(url, token);
    log_info("no password is set yet: open this link to set one", L_STR("link", link),
             L_STR("valid_until", wall_format((struct wall){ now.ms + SETUP_VALID_MS }, until)));
    return 0;
}

void admin_prepare(const char *dir, const char *url, struct buf *password)
{
    struct store *s;
    struct err e = { 0 };
    int r = store_open(&s, dir, STORE_WRITE, &e);
    if (r == 0) {
        r = password->len ? set_if_other(s, password, &e) : offer_link(s, url, &e);
        store_close(s);
    }
    if (r < 0)
        log_error("the administrator's password cannot be prepared: 'edgecron admin set-password' sets one",
                  L_STR("error", e.text));
    buf_wipe(password);
}

static int report_set(struct data *d, const struct buf *password, struct err *e)
{
    struct admin_password p;
    admin_make(buf_str(password), password->len, &p);
    int r = admin_set(d->store, &p, NULL, "command", clock_wall(), e);
    mem_wipe(&p, sizeof p);
    return r ? r : data_report(d, "admin", "password", "set");
}

int admin_set_password(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct buf password = BUF_SECRET(ADMIN_INPUT_MAX);
    data_conceal();
    int r = input_secret(&call->config, "the administrator's password", &password, e);
    if (r == 0)
        r = password_check(buf_str(&password), password.len, e);
    if (r == 0)
        r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = report_set(&d, &password, e);
    buf_wipe(&password);
    data_close(&d);
    return r;
}

static int print_link(const struct data *d, const char *token, struct wall until)
{
    char time[WALL_TEXT_SIZE], shown[OUTPUT_TIME_SIZE];
    mem_auto char *url = mem_printf("%s://%s", config_text(d->config, FLAG_TLS_CERT) ? "https" : "http",
                                    config_text(d->config, FLAG_LISTEN));
    mem_auto char *link = link_text(url, token);
    if (config_on(d->config, FLAG_JSON)) {
        struct json *v = json_new_object();
        json_add_string(v, "link", link);
        json_add_string(v, "expires_at", wall_format(until, time));
        return output_json(v);
    }
    puts(link);
    output_note("edgecron: good until %s, and once; links from before are void", output_when(until, shown));
    if (!store_server_pid(d->dir))
        output_note("edgecron: no server runs on '%s': start one to open it", d->dir);
    return 0;
}

int admin_setup_link(struct call *call, struct err *e)
{
    struct data d = { 0 };
    char token[CREDENTIAL_SIZE];
    struct wall now = clock_wall();
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = setup_make(d.store, now, token, e);
    if (r == 0)
        r = print_link(&d, token, (struct wall){ now.ms + SETUP_VALID_MS });
    data_close(&d);
    return r;
}

static void count_one(void *ctx, const struct session_info *i)
{
    (void)i;
    ++*(int *)ctx;
}

static int print_state(const struct data *d, bool is_set, struct wall updated_at, int sessions)
{
    char text[OUTPUT_TIME_SIZE], number[16];
    if (config_on(d->config, FLAG_JSON)) {
        struct json *v = json_new_object();
        json_add_bool(v, "password_set", is_set);
        view_add_time(v, "password_updated_at", is_set ? updated_at : WALL_NONE);
        json_add_int(v, "sessions", sessions);
        return output_json(v);
    }
    struct table *t = table_new(NULL, 2);
    snprintf(number, sizeof number, "%d", sessions);
    table_pair(t, "password", is_set ? "set" : "not set: 'edgecron admin setup-link' or 'edgecron admin set-password'");
    table_pair(t, "since", is_set ? output_when(updated_at, text) : NULL);
    table_pair(t, "sessions", number);
    return output_pairs(t);
}

int admin_show(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct admin_password p;
    bool is_set = false;
    int sessions = 0;
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = admin_get(d.store, &is_set, &p, e);
    if (r == 0)
        r = sessions_each(d.store, clock_wall(), count_one, &sessions, e);
    if (r == 0)
        r = print_state(&d, is_set, p.updated_at, sessions);
    data_close(&d);
    return r;
}

static void list_one(void *ctx, const struct session_info *i)
{
    struct listing *l = ctx;
    char text[OUTPUT_TIME_SIZE];
    if (l->items) {
        json_add(l->items, NULL, view_session(i));
        return;
    }
    table_cell(l->table, i->address);
    table_cell(l->table, output_when(i->created_at, text));
    table_cell(l->table, output_when(i->last_seen_at, text));
    table_cell(l->table, output_when(i->expires_at, text));
    table_cell(l->table, i->user_agent);
}

int admin_sessions(struct call *call, struct err *e)
{
    static const char *const heads[] = { "FROM", "LOGGED IN", "LAST SEEN", "ENDS", "BROWSER" };
    struct data d = { 0 };
    struct listing l = listing_begin(&call->config, heads, MEM_COUNT(heads));
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = sessions_each(d.store, clock_wall(), list_one, &l, e);
    r = listing_end(&l, r, NULL, "nobody is logged in");
    data_close(&d);
    return r;
}

int admin_revoke_sessions(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int64_t n = 0;
    char what[40];
    int r = data_open_existing(&d, &call->config, e);
    if (r == 0)
        r = sessions_end_others(d.store, NULL, clock_wall(), &n, e);
    snprintf(what, sizeof what, "ended: %lld", (long long)n);
    if (r == 0)
        r = data_report(&d, "admin", "sessions", what);
    data_close(&d);
    return r;
}

/* doctor.c - `doctor`: api/doctor.h looks, here it is opened, told to people, and summed up. */
#include "api/doctor.h"

#include "base/log.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>

static void show_step(void *ctx, const char *what)
{
    progress_step(ctx, what);
}

/* " --data DIR" when that was given on the command line, else "". */
static const char *hint_of(struct doctor *d, const struct config *c, enum flag f)
{
    const char *source = c->values[f].source;
    return source && *source == '-' ? doctor_text(d, " %s %s", source, doctor_quoted(d, config_text(c, f))) : "";
}

static void print_line(const char *head, const char *label, const char *text)
{
    buf_auto struct buf clean = BUF_INIT(16384);
    output_clean(&clean, text, false);
    printf("  %-9s%s%s\n", head, label, buf_str(&clean));
}

static void print_finding(const struct finding *f, const struct finding *before)
{
    int group = (int)strcspn(f->check, ".");
    if (!before || strncmp(before->check, f->check, (size_t)group + 1) != 0)
        printf("%s%.*s\n", before ? "\n" : "", group, f->check);
    print_line(doctor_severities[f->severity], "", f->what);
    if (f->severity > DOCTOR_OK && f->why)
        print_line("", "", f->why);
    if (f->fix)
        print_line("", "mend it: ", f->fix);
}

static int print_json(const struct doctor *d)
{
    return output_json(doctor_view(d));
}

static void print_sum(const struct doctor *d)
{
    const char *sep = "";
    putchar('\n');
    for (int i = DOCTOR_PROBLEM; i > DOCTOR_OK; i--) {
        int n = doctor_count(d, (enum severity)i);
        if (n > 0) {
            printf("%s%d %s%s", sep, n, doctor_severities[i], n == 1 ? "" : "s");
            sep = ", ";
        }
    }
    printf("%s%d in order\n", *sep ? "; " : "all is well: ", doctor_count(d, DOCTOR_OK));
}

static void print_all(const struct doctor *d)
{
    for (int i = 0; i < d->n; i++)
        print_finding(&d->findings[i], i ? &d->findings[i - 1] : NULL);
    print_sum(d);
}

static void examine(struct doctor *d, const struct config *c)
{
    struct cidr ranges[CONFIG_CIDRS_MAX];
    struct progress progress = progress_begin(c);
    d->step = show_step;
    d->ctx = &progress;
    d->offline = config_on(c, FLAG_OFFLINE);
    d->timeout_ms = config_number(c, FLAG_CHECK_TIMEOUT);
    d->allowed = ranges;
    d->allowed_known = config_is_set(c, FLAG_ALLOW_PRIVATE);
    if (d->allowed_known)
        d->n_allowed = config_cidrs(config_text(c, FLAG_ALLOW_PRIVATE), ranges, CONFIG_CIDRS_MAX);
    doctor_begin(d);
    d->hint = hint_of(d, c, FLAG_DATA);
    d->key_hint = doctor_text(d, "%s%s", d->hint, hint_of(d, c, FLAG_MASTER_KEY_FILE));
    doctor_places(d);
    doctor_call(d);
    doctor_examine(d);
    progress_end(&progress);
}

int doctor_run(struct call *call, struct err *e)
{
    const struct config *c = &call->config;
    struct data data = { .config = c, .dir = config_text(c, FLAG_DATA) };
    struct doctor d = { .dir = data.dir, .server = store_server_pid(data.dir) };
    mem_auto char *key_file = config_master_key_file(c, data.dir);
    (void)e; /* what is wrong is a finding */
    d.key_file = key_file;
    log_setup(LOG_NONE, LOG_LOGFMT); /* what the store would log is told as a finding */
    data_conceal();
    if (data_open(&data, c, d.server ? STORE_READ : STORE_LOOK, &d.closed) < 0)
        data.store = NULL;
    d.store = data.store;
    d.zones = data_zones(&data);
    examine(&d, c);
    int problems = doctor_count(&d, DOCTOR_PROBLEM);
    if (config_on(c, FLAG_JSON))
        print_json(&d);
    else
        print_all(&d);
    doctor_end(&d);
    data_close(&data);
    return problems > 0 ? 1 : 0;
}

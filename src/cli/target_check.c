/* target_check.c - `target check`: can it be reached, and how long does each step take? */
#include "api/view_check.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "engine/check.h"

#include <inttypes.h>
#include <stdio.h>

static void pair_of_phase(struct table *t, const char *name, int64_t ms)
{
    char text[OUTPUT_TIME_SIZE];
    if (ms >= 0)
        table_pair(t, name, output_span(ms, text));
}

static int print_check(const struct target *t, const struct target_check *k)
{
    char text[OUTPUT_TIME_SIZE * 2], when[OUTPUT_TIME_SIZE];
    struct table *pairs = table_new(NULL, 2);
    table_pair(pairs, "target", t->name);
    table_pair(pairs, "base url", t->base_url);
    snprintf(text, sizeof text, k->http_status ? "reached, HTTP %d" : "reached", k->http_status);
    table_pair(pairs, "result", k->reached ? text : outcome_name(k->outcome));
    table_pair(pairs, " ", k->message);
    table_pair(pairs, "connected to", k->remote_address);
    if (k->tls) {
        snprintf(text, sizeof text, "%s, certificate good until %s", k->peer.version == NET_TLS_1_3 ? "1.3" : "1.2",
                 output_when(k->peer.expires_at, when));
        table_pair(pairs, "tls", text);
    }
    pair_of_phase(pairs, "name", k->timing.dns_ms);
    pair_of_phase(pairs, "connect", k->timing.connect_ms);
    pair_of_phase(pairs, "handshake", k->timing.tls_ms);
    pair_of_phase(pairs, "first byte", k->timing.first_byte_ms);
    pair_of_phase(pairs, "total", k->timing.total_ms);
    return output_pairs(pairs);
}

static int check(struct data *d, const struct target *t, struct err *e)
{
    const struct config *c = d->config;
    struct cidr ranges[CONFIG_CIDRS_MAX];
    struct target_check k;
    int n = config_is_set(c, FLAG_ALLOW_PRIVATE)
                ? config_cidrs(config_text(c, FLAG_ALLOW_PRIVATE), ranges, CONFIG_CIDRS_MAX)
                : 0;
    int r = target_check(t, ranges, n, config_number(c, FLAG_CHECK_TIMEOUT), &k, e);
    if (r < 0)
        return r;
    if (config_on(c, FLAG_JSON))
        output_json(view_check(t, &k));
    else
        print_check(t, &k);
    return k.reached ? 0 : 1;
}

int target_check_run(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct target_record *record = NULL;
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = targets_get(d.store, call->words[0], &record, e);
    if (r == 0)
        r = check(&d, &record->target, e);
    if (record)
        target_record_free(record);
    data_close(&d);
    return r;
}

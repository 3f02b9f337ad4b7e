#include "api/view_check.h"

#include "api/view.h"
#include "base/mem.h"

static void add_phase(struct json *o, const char *name, int64_t ms)
{
    if (ms < 0)
        json_add_null(o, name);
    else
        json_add_int(o, name, ms);
}

struct json *view_check(const struct target *t, const struct target_check *k)
{
    struct json *v = json_new_object();
    json_add_string(v, "target", t->name);
    mem_auto char *url = mem_printf("%s%s", t->base_url, t->health_path ? t->health_path : "");
    json_add_string(v, "url", url);
    json_add_bool(v, "reached", k->reached);
    json_add_string(v, "outcome", outcome_name(k->outcome));
    if (k->http_status)
        json_add_int(v, "http_status", k->http_status);
    else
        json_add_null(v, "http_status");
    json_add_string(v, "message", k->message);
    json_add_string(v, "remote_address", *k->remote_address ? k->remote_address : NULL);
    json_add_string(v, "tls_version", !k->tls ? NULL : k->peer.version == NET_TLS_1_3 ? "1.3" : "1.2");
    view_add_time(v, "certificate_expires_at", k->tls ? k->peer.expires_at : WALL_NONE);
    struct json *timing = json_add_object(v, "timing");
    add_phase(timing, "dns_ms", k->timing.dns_ms);
    add_phase(timing, "connect_ms", k->timing.connect_ms);
    add_phase(timing, "tls_ms", k->timing.tls_ms);
    add_phase(timing, "first_byte_ms", k->timing.first_byte_ms);
    add_phase(timing, "total_ms", k->timing.total_ms);
    return v;
}

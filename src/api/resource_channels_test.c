/* resource_channels_test.c - a message to a channel, to see that it arrives: a run like those of alerts, with another cause. */
#include "api/resource.h"

#include "store/alerts.h"
#include "store/settings.h"

#include <unistd.h>

/* The facts of a message that has none. */
static int notice_of(struct store *s, const struct request *q, const char *channel, char **ret, struct err *e)
{
    char host[256] = "";
    struct settings settings;
    int rc = settings_get(s, &settings, e);
    if (rc)
        return rc;
    gethostname(host, sizeof host - 1);
    struct notice n = { .kind = NOTICE_TEST,
                        .at = q->now,
                        .host = host,
                        .page = *settings.page_url ? settings.page_url : NULL,
                        .channel = channel };
    json_auto struct json *facts = notice_to_json(&n);
    *ret = json_print(facts);
    return 0;
}

static int exec_test(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    char id[ID_TEXT_SIZE];
    mem_auto char *notice = NULL;
    const char *name = q->captures[0];
    struct channel_record *r;
    (void)ctx;
    int rc = channels_get(s, name, &r, e);
    if (rc)
        return rc;
    if (!r->channel.enabled)
        rc = err_set(e, ERR_CONFLICT, "channel '%s' is disabled, and nothing is sent to it: enable it first", name);
    channel_record_free(r);
    if (!rc)
        rc = notice_of(s, q, name, &notice, e);
    if (!rc)
        rc = alert_request(s, name, notice, api_trigger(q), q->now, id, e);
    return rc ? rc : api_runs_accepted(s, q, p, id, e);
}

int api_channels_test(struct request *q, struct reply *p, struct err *e)
{
    int rc = request_no_body(q, e);
    return rc ? rc : api_runs_ask(q, p, exec_test, NULL, e);
}

#include "cli/demo_jobs.h"

#include "base/mem.h"
#include "core/document.h"
#include "store/jobs.h"
#include "store/vault.h"

#include <string.h>

/* clang-format off */
/* The users' jobs, at a pace that can be watched. %d is the port of the sample functions. */
static const char document_text[] =
    "{ 'version': 1,"
    "  'targets': [ { 'name': 'demo', 'base_url': 'http://127.0.0.1:%d/functions/v1',"
    "                 'allow_private': ['127.0.0.0/8'] } ],"
    "  'jobs': ["
    "    { 'name': '" DEMO_FIRST_JOB "', 'description': 'the key in X-Internal-Key; numbers of the answer are kept',"
    "      'schedule': '@every 3s', 'target': 'demo', 'catch_up': { 'policy': 'none' },"
    "      'request': { 'url': '/followup-processor',"
    "                   'headers': { 'X-Internal-Key': '{{secret.CRON_INTERNAL_KEY}}' },"
    "                   'body': { 'time_slot': '07:00', 'source': 'cron', 'timestamp': '{{now}}' } },"
    "      'success': { 'json': [ { 'pointer': '/ok', 'equals': true } ] },"
    "      'metrics': { 'emails_analyzed': '/emails_analyzed', 'followups_sent': '/followups_sent',"
    "                   'followups_failed': '/followups_failed' } },"
    "    { 'name': 'process-reminders', 'description': 'the key as a bearer token',"
    "      'schedule': '*/5 * * * * *', 'target': 'demo', 'catch_up': { 'policy': 'none' },"
    "      'request': { 'url': '/process-reminders',"
    "                   'headers': { 'Authorization': 'Bearer {{secret.SUPABASE_SERVICE_ROLE_KEY}}' }, 'body': {} },"
    "      'metrics': { 'notifications_created': '/notifications_created', 'emails_sent': '/emails_sent' } },"
    "    { 'name': 'appointment-status-updater', 'description': 'two times in a quarter of a minute',"
    "      'schedule': '4,12,19,27,34,42,49,57 * * * * *', 'target': 'demo', 'catch_up': { 'policy': 'none' },"
    "      'request': { 'url': '/appointment-status-updater',"
    "                   'headers': { 'Authorization': 'Bearer {{secret.SUPABASE_SERVICE_ROLE_KEY}}' }, 'body': {} },"
    "      'metrics': { 'appointments_updated': '/appointments_updated' } },"
    "    { 'name': '" DEMO_WRONG_JOB "', 'description': 'fails on purpose: its secret has a wrong value',"
    "      'schedule': '@every 10s', 'target': 'demo', 'catch_up': { 'policy': 'none' },"
    "      'request': { 'url': '/followup-processor', 'headers': { 'X-Internal-Key': '{{secret.WRONG_KEY}}' },"
    "                   'body': { 'time_slot': '07:00', 'source': 'cron' } } } ] }";
/* clang-format on */

static int put_document(struct store *s, int port, struct err *e)
{
    mem_auto char *text = mem_printf(document_text, port);
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_auto struct json *v = json_parse(text, strlen(text), e);
    if (!v)
        return -(int)e->code;
    struct arena *a = arena_new(0);
    struct document doc = { 0 };
    struct apply_result applied = { 0 };
    int r = document_parse(v, NULL, NULL, a, &doc, e);
    if (r == 0)
        r = apply_document(s, &doc, clock_wall(), &(struct apply_options){ .prune = false }, &applied, e);
    apply_result_free(&applied);
    arena_free(a);
    return r;
}

static int put_secrets(struct store *s, const char *key_file, const char *key, struct err *e)
{
    const char *const secrets[][2] = { { "CRON_INTERNAL_KEY", key },
                                       { "SUPABASE_SERVICE_ROLE_KEY", key },
                                       { "WRONG_KEY", "a-key-that-the-function-does-not-know" } };
    struct vault *v;
    int64_t version;
    int r = vault_open(&v, s, key_file, true, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < MEM_COUNT(secrets) && r == 0; i++)
        r = vault_set(v, s, secrets[i][0], secrets[i][1], strlen(secrets[i][1]), clock_wall(), &version, e);
    vault_close(v);
    return r;
}

int demo_fill(const struct config *c, const char *dir, int functions_port, const char *key,
              char ret_token[TOKEN_TEXT_SIZE], struct err *e)
{
    struct store *s;
    mem_auto char *key_file = config_master_key_file(c, dir);
    int r = store_open(&s, dir, STORE_WRITE, e);
    if (r < 0)
        return r;
    r = put_document(s, functions_port, e);
    if (r == 0)
        r = put_secrets(s, key_file, key, e);
    tokens_revoke(s, "demo", NULL); /* of an earlier demo with --data */
    if (r == 0)
        r = tokens_create(s, "demo", SCOPE_ADMIN, clock_wall(), ret_token, e);
    store_close(s);
    return r;
}

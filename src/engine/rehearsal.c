#include "engine/rehearsal.h"

#include "base/guarded.h"
#include "core/binding.h"
#include "core/outgoing.h"
#include "core/redact.h"
#include "core/verdict.h"
#include "engine/call.h"
#include "store/secrets.h"

#include <string.h>

#define REDACTED_MAX (4 * JOB_BODY_MAX)
#define PROBLEM_MAX 2000

/* What the texts are made with. */
struct stage {
    struct engine *engine;
    struct store *store;
    const struct job *job;
    const struct target *target;
    struct arena *arena;
    struct rehearsal *ret;
    struct outgoing out;
    struct buf problem;
};

/* --- secrets ----------------------------------------------------------------------------------------------------- */

/* A template_secret: what is shown is the placeholder, so that no value is needed. */
static const char *stand_in(void *ctx, const char *name, const char **why)
{
    struct stage *g = ctx;
    struct rehearsal *r = g->ret;
    (void)why;
    for (int i = 0; i < r->n_secrets; i++)
        if (strcmp(r->secrets[i].name, name) == 0)
            return "x";
    r->secrets = mem_resize(r->secrets, (size_t)(r->n_secrets + 1) * sizeof *r->secrets);
    r->secrets[r->n_secrets++] =
        (struct rehearsal_secret){ arena_strdup(g->arena, name), secrets_version(g->store, name) };
    return "x";
}

/* All values, for a redactor. */
struct values {
    struct redact_value *list;
    size_t n;
};

static void take_value(void *ctx, const struct secret_version *x)
{
    struct values *v = ctx;
    if (!x->value)
        return;
    v->list = mem_resize(v->list, (v->n + 1) * sizeof *v->list);
    v->list[v->n++] =
        (struct redact_value){ mem_strdup(x->name), guarded_strndup(x->value->value, x->value->len), x->value->len };
}

/* Of every secret there is, as a value may stand in a job where its placeholder should. NULL without the vault: history, too, is made by a
 * server that has its key. */
static struct redactor *redactor_of(struct engine *g, struct store *s)
{
    struct vault *vault;
    struct values v = { 0 };
    struct redactor *r = NULL;
    if (!g || engine_vault(g, &vault, NULL))
        return NULL;
    if (vault_each(vault, s, take_value, &v, NULL) == 0)
        r = redactor_new(v.list, v.n);
    for (size_t i = 0; i < v.n; i++) {
        guarded_free((char *)v.list[i].value);
        mem_free((char *)v.list[i].name);
    }
    mem_free(v.list);
    vault_close(vault);
    return r;
}

/* --- what would prevent it --------------------------------------------------------------------------------------- */

static void explain(struct stage *g, enum outcome outcome, const char *detail)
{
    if (g->problem.len == 0)
        verdict_explain(outcome, g->job, buf_str(&g->out.masked_url), detail, &g->problem);
}

static void see_seal(struct stage *g)
{
    struct engine_status status;
    if (!g->engine)
        return;
    engine_status(g->engine, &status);
    if (status.sealed)
        buf_printf(&g->problem, "the server is sealed, and %s", status.seal_error);
}

static void see_missing(struct stage *g)
{
    for (int i = 0; i < g->ret->n_secrets; i++)
        if (g->ret->secrets[i].version == 0) {
            mem_auto char *why = mem_printf("secret '%s' is not set", g->ret->secrets[i].name);
            explain(g, OUTCOME_SECRET, why);
            return;
        }
}

static int see_bindings(struct stage *g, struct err *e)
{
    for (int i = 0; i < g->ret->n_secrets; i++) {
        const char *name = g->ret->secrets[i].name;
        struct binding b;
        struct err why = { 0 };
        int rc = secrets_binding(g->store, name, g->arena, &b, e);
        if (rc)
            return rc;
        if (binding_allows(&b, g->out.by_path, &g->out.to))
            continue;
        binding_refuse(&b, name, ERR_SEALED, g->out.by_path, &g->out.to, &why);
        explain(g, OUTCOME_SECRET, why.text);
        return 0;
    }
    return 0;
}

static bool allowed(const struct stage *g, const struct address *a, enum egress *ret_rule)
{
    const struct cidr *all = NULL;
    int n = g->engine ? engine_allowed(g->engine, &all) : 0;
    *ret_rule = egress_check(a, all, n);
    for (int i = 0; *ret_rule == EGRESS_PRIVATE && g->target && i < g->target->n_allow_private; i++) {
        struct cidr own;
        if (cidr_parse(g->target->allow_private[i], &own))
            *ret_rule = egress_check(a, &own, 1);
    }
    return *ret_rule == EGRESS_OK;
}

/* As the dialler judges: one address that may be called is enough. */
static void see_address(struct stage *g)
{
    struct address known[ADDRESSES_KNOWN_MAX];
    char text[EGRESS_TEXT_SIZE] = "";
    int n = address_known(g->out.to.host, known);
    for (int i = 0; i < n; i++) {
        enum egress rule;
        if (allowed(g, &known[i], &rule))
            return;
        if (!*text)
            egress_explain(&known[i], rule, text);
    }
    if (*text)
        explain(g, OUTCOME_BLOCKED, text);
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static void show(const struct redactor *r, const struct buf *masked, struct buf *out)
{
    *out = BUF_INIT(REDACTED_MAX);
    redact(r, buf_str(masked), masked->len, out);
}

static int render(struct stage *g, enum trigger trigger, struct err *e)
{
    struct wall now = clock_wall();
    const struct outgoing_spec s = {
        .job = g->job,
        .request = &g->job->request,
        .target = g->target,
        .values = { .now = now,
                    .run_id = REHEARSAL_RUN_ID,
                    .scheduled_for = now,
                    .trigger = trigger_name(trigger),
                    .attempt = 1,
                    .job_name = g->job->name,
                    .secret = stand_in,
                    .ctx = g },
        .user_agent = CALL_USER_AGENT,
        .span = "0000000000000000",
    };
    return outgoing_render(&g->out, &s, e);
}

static int see_all(struct stage *g, enum trigger trigger, struct err *e)
{
    struct err why = { 0 };
    see_seal(g);
    int rc = render(g, trigger, &why);
    if (rc) {
        explain(g, call_refusal(rc), why.text);
        return 0;
    }
    see_missing(g);
    see_address(g);
    return see_bindings(g, e);
}

int rehearse(struct engine *g, struct store *s, const struct job *j, const struct target *t, enum trigger trigger,
             struct arena *a, struct rehearsal *ret, struct err *e)
{
    struct stage stage = { .engine = g, .store = s, .job = j, .target = t, .arena = a, .ret = ret };
    *ret =
        (struct rehearsal){ .method = method_name(j->request.method), .has_body = j->request.body_kind != BODY_NONE };
    stage.problem = BUF_INIT(PROBLEM_MAX);
    outgoing_init(&stage.out);
    int rc = see_all(&stage, trigger, e);
    struct redactor *r = rc ? NULL : redactor_of(g, s);
    show(r, &stage.out.masked_url, &ret->url);
    show(r, &stage.out.masked_headers, &ret->headers);
    show(r, &stage.out.masked_body, &ret->body);
    show(r, &stage.problem, &ret->problem);
    redactor_free(r);
    outgoing_free(&stage.out);
    buf_free(&stage.problem);
    if (rc)
        rehearsal_free(ret);
    return rc;
}

void rehearsal_free(struct rehearsal *r)
{
    buf_free(&r->url);
    buf_free(&r->headers);
    buf_free(&r->body);
    buf_free(&r->problem);
    mem_free(r->secrets);
}

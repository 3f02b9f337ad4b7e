#include "core/job_body.h"

#include "core/job_fields.h"
#include "core/template.h"

#include <string.h>

static const struct field RUN_FIELDS[] = {
    { "body", job_read_body, .offset = 0 },
    { .name = NULL },
};

static const char *keep(const struct request_spec *q, struct arena *a)
{
    if (q->body_kind == BODY_JSON)
        return q->body;
    buf_auto struct buf quoted = BUF_INIT(8 * JOB_BODY_MAX); /* a character may be escaped with six */
    buf_char(&quoted, '"');
    json_escape(&quoted, q->body, strlen(q->body));
    buf_char(&quoted, '"');
    return arena_strndup(a, quoted.data, quoted.len);
}

int job_body_read(const struct json *doc, const struct job *j, struct arena *a, const char **ret, struct err *e)
{
    struct field_reader r = { .arena = a, .e = e, .subject = "run", .top = RUN_FIELDS };
    const struct field whole = { .fields = RUN_FIELDS };
    struct request_spec q = { .body_kind = BODY_NONE };
    enum method m = j->request.method;
    *ret = NULL;
    int rc = field_object(&r, &whole, doc, &q);
    if (rc || q.body_kind == BODY_NONE)
        return rc;
    if (m == METHOD_GET || m == METHOD_HEAD) {
        field_enter(&r, "body");
        return field_refuse(&r, "has no meaning with method %s, which job '%s' has; expected null, or no body at all",
                            method_name(m), j->name);
    }
    *ret = keep(&q, a);
    return 0;
}

int job_body_use(const char *kept, struct request_spec *into, struct arena *a, struct err *e)
{
    into->body_kind = *kept == '"' ? BODY_TEXT : BODY_JSON;
    into->body = kept;
    if (into->body_kind == BODY_JSON)
        return 0;
    json_auto struct json *v = json_parse(kept, strlen(kept), e);
    if (!json_string(v))
        return err_set(e, ERR_INVALID, "the body that was kept with the run cannot be read");
    into->body = arena_strdup(a, json_string(v));
    return 0;
}

/* Looking for one that is not among the job's own. */
struct search {
    const char *name;
    bool found;
    const struct job *job;
    const struct target *target;
    struct arena *a;
    const char *strange;
};

static void compare(void *ctx, const char *name)
{
    struct search *s = ctx;
    s->found = s->found || strcmp(s->name, name) == 0;
}

static void look_up(void *ctx, const char *name)
{
    struct search *s = ctx;
    if (s->strange)
        return;
    s->name = name;
    s->found = false;
    template_job_secrets(s->job, s->target, compare, s);
    if (!s->found)
        s->strange = arena_strdup(s->a, name);
}

const char *job_body_strange_secret(const char *kept, const struct job *j, const struct target *t, struct arena *a)
{
    bool by_path =
        *j->request.url == '/'; /* an absolute URL may lead elsewhere, where the target's headers do not go */
    struct search s = { .job = j, .target = by_path ? t : NULL, .a = a };
    template_secrets(kept, look_up, &s);
    return s.strange;
}

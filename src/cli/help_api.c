#include "cli/help_api.h"

#include "api/failures.h"
#include "api/openapi_operation.h"
#include "api/openapi_schema.h"
#include "base/mem.h"
#include "cli/command.h"

#include <ctype.h>
#include <string.h>

#define SERVER "http://127.0.0.1:8427"
#define EXAMPLE_MAX 300 /* bytes of a body that an example shows; a longer one is a file's */
#define INDENT 4

static const char *const scopes[] = { "anyone", "read", "operate", "admin" };

static bool has_routes(const struct tag *t)
{
    for (size_t i = 0; i < route_count; i++)
        if (openapi_tag(&route_table[i]) == t)
            return true;
    return false;
}

static void add_lines(struct buf *out, const struct tag *t)
{
    buf_printf(out, "\n%s: %s\n", t->name, t->description);
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &route_table[i];
        if (openapi_tag(r) == t)
            buf_printf(out, "  %-6s %-36s %-8s %s\n", r->method, r->path, scopes[r->access], r->summary);
    }
}

static void help_overview(struct buf *out)
{
    buf_str_add(out, "The REST API: all that commands and page can do. A token shows who asks:\n\n"
                     "  edgecron token create NAME --scope read|operate|admin\n"
                     "  curl -H \"Authorization: Bearer $TOKEN\" " SERVER "/api/v1/jobs\n\n"
                     "The third column is the scope that an operation needs; each includes those before it.\n");
    for (size_t t = 0; t < openapi_tag_count; t++)
        if (has_routes(&openapi_tags[t]))
            add_lines(out, &openapi_tags[t]);
    buf_str_add(out,
                "\n'edgecron help api RESOURCE' tells parameters, forms, errors and an example of each operation of\n"
                "a resource, such as jobs; 'edgecron help api errors' all codes of errors. The same for programs\n"
                "(OpenAPI 3.1): 'edgecron help api --json', or /api/openapi.json of a server.\n");
}

static void help_errors(struct buf *out)
{
    buf_str_add(out, "Errors are problems (RFC 9457), application/problem+json: { type, title, status, code, detail,\n"
                     "pointer? }. Codes do not change between versions:\n\n");
    for (int c = 1; c < ERR_CODE_COUNT; c++) {
        buf_printf(out, "  %d  %-23s ", err_http_status((enum err_code)c), err_code_name((enum err_code)c));
        help_wrapped(out, failure_meaning((enum err_code)c), 31);
    }
}

static void add_query_limits(struct buf *text, const struct route_query *k)
{
    if (k->type == QUERY_INTEGER)
        buf_printf(text, " (%lld to %lld; default: %lld)", (long long)k->min, (long long)k->max, (long long)k->initial);
    for (int i = 0; k->choices && k->choices[i]; i++)
        buf_printf(text, "%s%s", i ? ", " : ": ", k->choices[i]);
    if (k->required)
        buf_str_add(text, "; needed");
}

static void add_query(struct buf *out, const struct route_query *k)
{
    buf_auto struct buf text = BUF_INIT(2000);
    buf_printf(out, "%*s?%-14s ", INDENT, "", k->name);
    buf_str_add(&text, k->description);
    add_query_limits(&text, k);
    help_wrapped(out, buf_str(&text), INDENT + 16);
}

static void add_captures(struct buf *out, const struct route *r)
{
    for (const char *open = strchr(r->path, '{'); open; open = strchr(open + 1, '{')) {
        size_t len = strcspn(open + 1, "}");
        const struct capture *c = openapi_capture(r, open + 1, len);
        if (c)
            buf_printf(out, "%*s{%.*s}%*s %s\n", INDENT, "", (int)len, open + 1, len < 13 ? (int)(13 - len) : 0, "",
                       c->description);
    }
}

static void add_failures(struct buf *out, const struct route *r)
{
    buf_auto struct buf text = BUF_INIT(1000);
    uint32_t set = failures_of(r);
    for (int c = 1; c < ERR_CODE_COUNT; c++)
        if (set & ROUTE_FAILS(c))
            buf_printf(&text, "%s%s", text.len ? ", " : "", err_code_name((enum err_code)c));
    buf_printf(out, "%*s%-15s ", INDENT, "", "errors");
    help_wrapped(out, buf_str(&text), INDENT + 16);
}

static void add_forms(struct buf *out, const struct route *r)
{
    if (r->body_schema)
        buf_printf(out, "%*s%-15s %s%s\n", INDENT, "", "body", r->body_schema,
                   r->traits & ROUTE_BODY ? "" : " (may be left out)");
    buf_printf(out, "%*s%-15s %d %s\n", INDENT, "", "answer", r->status,
               r->schema          ? r->schema
               : r->content_type  ? r->content_type
               : r->status == 204 ? ""
                                  : "JSON");
}

static void add_path(struct buf *out, const struct route *r)
{
    for (const char *p = r->path; *p;) {
        size_t len = strcspn(p, "{");
        buf_add(out, p, len);
        p += len;
        if (!*p)
            return;
        size_t name = strcspn(p + 1, "}");
        const struct capture *c = openapi_capture(r, p + 1, name);
        buf_str_add(out, c ? c->example : "x");
        p += name + 2;
    }
}

/* A body that fits in a line or two stands there; another is a file. */
static void add_body(struct buf *out, const struct route *r)
{
    json_auto struct json *v = openapi_example(r->body_schema, strlen(r->body_schema));
    mem_auto char *text = json_print(v);
    bool shown = strlen(text) <= EXAMPLE_MAX && !strchr(text, '\'');
    buf_printf(out, " \\\n%*s-H 'Content-Type: application/%s' -d %s%s%s", INDENT + 4, "",
               r->traits & ROUTE_MERGE ? "merge-patch+json" : "json", shown ? "'" : "", shown ? text : "@body.json",
               shown ? "'" : "");
}

static void add_example(struct buf *out, const struct route *r)
{
    buf_printf(out, "\n%*scurl ", INDENT, "");
    if (strcmp(r->method, "GET"))
        buf_printf(out, "-X %s ", r->method);
    if (r->access != ACCESS_ANYONE)
        buf_str_add(out, "-H \"Authorization: Bearer $TOKEN\" ");
    buf_str_add(out, SERVER);
    add_path(out, r);
    if (r->body_schema)
        add_body(out, r);
    buf_str_add(out, "\n");
}

static void add_operation(struct buf *out, const struct route *r)
{
    buf_printf(out, "\n%s %s (%s): %s\n%*s", r->method, r->path, scopes[r->access], r->summary, INDENT, "");
    help_wrapped(out, r->description, INDENT);
    add_captures(out, r);
    for (const struct route_query *k = r->query; k && k->name; k++)
        add_query(out, k);
    add_forms(out, r);
    add_failures(out, r);
    add_example(out, r);
}

/* The schemas that a resource's forms are made of, each once: positions of their first rows. */
struct forms {
    const struct schema_field *first[100];
    size_t n;
};

static void collect(struct forms *forms, const char *name, size_t len)
{
    size_t base;
    const struct schema_field *f;
    if (len > 4 && !memcmp(name + len - 4, "List", 4) && !schema_first(name, len))
        len -= 4;
    schema_form_of(name, len, &base);
    f = schema_first(name, base);
    for (size_t i = 0; i < forms->n; i++)
        if (forms->first[i] == f)
            return;
    if (!f || forms->n == MEM_COUNT(forms->first))
        return;
    forms->first[forms->n++] = f;
    for (const struct schema_field *m = f; m; m = schema_member_after(m))
        if (isupper((unsigned char)*m->type))
            collect(forms, m->type, strcspn(m->type, "[{"));
}

static void add_limits(struct buf *text, const struct schema_field *f)
{
    if (f->max > f->min && f->max == SCHEMA_NO_MAX)
        buf_printf(text, "; at least %lld", (long long)f->min);
    else if (f->max > f->min)
        buf_printf(text, "; %lld to %lld", (long long)f->min, (long long)f->max);
    if (f->nullable)
        buf_str_add(text, "; or null");
    if (f->initial)
        buf_printf(text, "; default: %s", f->initial);
    else if (f->traits & SCHEMA_INPUT)
        buf_str_add(text, "; needed");
    if (f->example && strcmp(f->example, "null") && (!f->initial || strcmp(f->example, f->initial)))
        buf_printf(text, "; such as %s", f->example);
}

static void add_schema(struct buf *out, const struct schema_field *first)
{
    buf_printf(out, "\n%s\n", first->schema);
    for (const struct schema_field *f = first; f; f = schema_member_after(f)) {
        buf_auto struct buf text = BUF_INIT(4000);
        buf_printf(out, "  %-20s %-12s ", f->name, f->type);
        buf_str_add(&text, f->description);
        add_limits(&text, f);
        help_wrapped(out, buf_str(&text), 36);
    }
}

static void help_resource(struct buf *out, const struct tag *t)
{
    struct forms forms = { .n = 0 };
    buf_printf(out, "%s: %s\n", t->name, t->description);
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &route_table[i];
        if (openapi_tag(r) != t)
            continue;
        add_operation(out, r);
        if (r->body_schema)
            collect(&forms, r->body_schema, strlen(r->body_schema));
        if (r->schema)
            collect(&forms, r->schema, strlen(r->schema));
    }
    if (forms.n)
        buf_str_add(
            out,
            "\nThe forms. With Input the same, of which only what is needed must be there; with Patch the same, of\n"
            "which nothing must be there, and null takes a value away; with List a page of them, { items, next_cursor "
            "}.\n");
    for (size_t i = 0; i < forms.n; i++)
        add_schema(out, forms.first[i]);
}

int help_api(struct buf *out, const char *resource, struct err *e)
{
    buf_auto struct buf names = BUF_INIT(1000);
    if (!resource)
        return help_overview(out), 0;
    if (!strcmp(resource, "errors"))
        return help_errors(out), 0;
    for (size_t t = 0; t < openapi_tag_count; t++) {
        if (!has_routes(&openapi_tags[t]))
            continue;
        if (!strcmp(openapi_tags[t].name, resource))
            return help_resource(out, &openapi_tags[t]), 0;
        buf_printf(&names, "%s, ", openapi_tags[t].name);
    }
    return err_set(e, ERR_USAGE, "the API has no resource '%.40s'; those that it has: %serrors", resource,
                   buf_str(&names));
}

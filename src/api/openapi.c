#include "api/openapi.h"

#include "api/failures.h"
#include "api/openapi_operation.h"
#include "api/openapi_schema.h"
#include "api/resource.h"
#include "versions.h"

#include <ctype.h>
#include <pthread.h>
#include <string.h>

static const char about[] =
    "edgecron calls edge functions on schedule and tells the truth about what happened. All that its page and its "
    "commands do can be done here.\n\n"
    "Times are RFC 3339; answers have them in UTC, with milliseconds. Ids of runs are UUIDv7. Lists are `{\"items\": "
    "[...], \"next_cursor\": ...}`: give `next_cursor` as `cursor` to have the next page. Bodies are JSON, at most 1 "
    "MiB "
    "and 32 levels deep, each member once, in UTF-8; members and parameters that are not known are refused.\n\n"
    "Errors are problems (RFC 9457), `application/problem+json`, with a `code` that does not change between versions. "
    "All codes:\n";

static void add_info(struct json *doc)
{
    struct json *info = json_add_object(doc, "info");
    buf_auto struct buf text = BUF_INIT(16384);
    buf_str_add(&text, about);
    for (int c = 1; c < ERR_CODE_COUNT; c++)
        buf_printf(&text, "\n- `%s` (%d): %s", err_code_name((enum err_code)c), err_http_status((enum err_code)c),
                   failure_meaning((enum err_code)c));
    json_add_string(info, "title", "edgecron");
    json_add_string(info, "version", EDGECRON_VERSION);
    json_add_string(info, "summary", "Edge functions on schedule");
    json_add_string(info, "description", buf_str(&text));
    json_add_string(json_add_object(info, "contact"), "name", "edgecron");
    struct json *license = json_add_object(info, "license");
    json_add_string(license, "name", "MIT");
    json_add_string(license, "identifier", "MIT");
}

/* Only those that an operation has: the table knows resources that come later. */
static void add_tags(struct json *doc)
{
    struct json *list = json_add_array(doc, "tags");
    for (size_t t = 0; t < openapi_tag_count; t++) {
        size_t i = 0;
        while (i < route_count && openapi_tag(&route_table[i]) != &openapi_tags[t])
            i++;
        if (i == route_count)
            continue;
        struct json *v = json_add(list, NULL, json_new_object());
        json_add_string(v, "name", openapi_tags[t].name);
        json_add_string(v, "description", openapi_tags[t].description);
    }
}

static void add_security_schemes(struct json *components)
{
    struct json *schemes = json_add_object(components, "securitySchemes");
    struct json *token = json_add_object(schemes, "token");
    json_add_string(token, "type", "http");
    json_add_string(token, "scheme", "bearer");
    json_add_string(
        token, "description",
        "A token of 'edgecron token create'. Its scope is read, operate or admin, each of which includes the "
        "ones before; `x-scope` says which one an operation needs.");
    struct json *session = json_add_object(schemes, "session");
    json_add_string(session, "type", "apiKey");
    json_add_string(session, "in", "cookie");
    json_add_string(session, "name", "edgecron_session");
    json_add_string(session, "description",
                    "What logging in with the administrator's password sets. Requests that change something also need "
                    "X-CSRF-Token.");
}

static void add_paths(struct json *paths, struct json *components)
{
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &route_table[i];
        struct json *path = (struct json *)(uintptr_t)json_get(paths, r->path);
        mem_auto char *method = mem_strdup(r->method);
        for (char *p = method; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        openapi_operation(components, json_add_object(path ? path : json_add_object(paths, r->path), method), r);
    }
}

struct json *openapi_document(void)
{
    struct json *doc = json_new_object();
    json_add_string(doc, "openapi", "3.1.0");
    add_info(doc);
    json_add_string(json_add(json_add_array(doc, "servers"), NULL, json_new_object()), "url", "/");
    add_tags(doc);
    struct json *paths = json_add_object(doc, "paths"), *components = json_add_object(doc, "components");
    add_security_schemes(components);
    json_add_object(components, "responses");
    json_add_object(components, "schemas");
    add_paths(paths, components);
    return doc;
}

static char *text;

static void make_text(void)
{
    struct json *doc = openapi_document();
    text = json_print(doc);
    json_free(doc);
}

const char *openapi_text(size_t *ret_len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_text);
    *ret_len = strlen(text);
    return text;
}

int api_openapi(struct request *q, struct reply *p, struct err *e)
{
    (void)q, (void)e;
    p->status = 200;
    p->content_type = "application/json";
    p->policy = REPLY_API;
    p->data = openapi_text(&p->len);
    return 0;
}

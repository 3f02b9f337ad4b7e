#include "api/reply.h"

#include "api/view.h"
#include "base/mem.h"

#include <string.h>
#include <unistd.h>

static void drop_file(struct reply *p)
{
    if (p->file >= 0)
        close(p->file);
    p->file = -1;
    p->file_len = 0;
}

static void drop_text(struct reply *p)
{
    if (p->secret && p->text)
        mem_wipe(p->text, p->len);
    mem_free(p->text);
    p->text = NULL;
    p->data = NULL;
    p->secret = false;
}

void reply_free(struct reply *p)
{
    drop_file(p);
    buf_free(&p->fields);
    drop_text(p);
}

void reply_field(struct reply *p, const char *name, const char *value)
{
    if (!strpbrk(value, "\r\n"))
        buf_printf(&p->fields, "%s: %s\r\n", name, value);
}

void reply_revision(struct reply *p, int64_t revision)
{
    buf_printf(&p->fields, "ETag: \"%lld\"\r\n", (long long)revision);
}

static void set_text(struct reply *p, int status, const char *content_type, char *text)
{
    drop_text(p);
    drop_file(p);
    p->attach = NULL;
    p->status = status;
    p->policy = REPLY_API;
    p->content_type = content_type;
    p->data = p->text = text;
    p->len = strlen(text);
}

void reply_json(struct reply *p, int status, struct json *v)
{
    set_text(p, status, "application/json", json_print(v));
    json_free(v);
}

void reply_json_secret(struct reply *p, int status, struct json *v, const char *key, const char *value, size_t len)
{
    mem_auto char *plain = json_print(v);
    struct buf text = BUF_SECRET(strlen(plain) + strlen(key) + 6 * len + 16); /* an escape has at most six letters */
    buf_add(&text, plain, strlen(plain) - 1);
    buf_printf(&text, "%s\"%s\":\"", json_first(v) ? "," : "", key);
    json_escape(&text, value, len);
    buf_str_add(&text, "\"}");
    json_free(v);
    set_text(p, status, "application/json", buf_take(&text));
    p->secret = true;
}

void reply_problem(struct reply *p, const struct err *e)
{
    struct json *v = view_problem(e);
    set_text(p, err_http_status(e->code), "application/problem+json", json_print(v));
    json_free(v);
}

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 304, "Not Modified" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
    { 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < MEM_COUNT(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

/* IMF-fixdate (RFC 9110, section 5.6.7). */
static void add_date(struct buf *out, struct wall now)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    struct civil c = civil_from_ms(now.ms);
    int weekday = civil_weekday(civil_to_days(c.year, c.month, c.day));
    buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[weekday], c.day, months[c.month - 1], c.year,
               c.hour, c.minute, c.second);
}

/* The page: nothing of another host, nothing inline, no markup made of text (trusted types without a policy: the sinks that take HTML
 * are closed). data: is for the ticks and arrows in the style sheet of Pico CSS, and for images alone. Forms are sent by the script. */
#define PAGE_POLICY                                                                                          \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " \
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "                    \
    "require-trusted-types-for 'script'; trusted-types 'none'\r\n"

static const char *const policy_fields[] = {
    [REPLY_API] = "Cache-Control: no-store\r\n"
                  "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
                  "form-action 'none'; sandbox\r\n",
    [REPLY_PAGE] = "Cache-Control: no-cache\r\n" PAGE_POLICY,
    [REPLY_LASTING] = "Cache-Control: public, max-age=31536000, immutable\r\n" PAGE_POLICY,
};
static const char common_fields[] = "X-Content-Type-Options: nosniff\r\n"
                                    "X-Frame-Options: DENY\r\n"
                                    "Referrer-Policy: no-referrer\r\n"
                                    "Cross-Origin-Resource-Policy: same-origin\r\n"
                                    "Cross-Origin-Opener-Policy: same-origin\r\n"
                                    "Permissions-Policy: camera=(), display-capture=(), geolocation=(), microphone=(), "
                                    "payment=(), usb=()\r\n";

void reply_head(const struct reply *p, struct wall now, bool keep, struct buf *out)
{
    buf_printf(out, "HTTP/1.1 %d %s\r\n", p->status, reason_of(p->status));
    add_date(out, now);
    if (p->content_type)
        buf_printf(out, "Content-Type: %s\r\n", p->content_type);
    if (p->status != 204 && p->status != 304 && !p->attach)
        buf_printf(out, "Content-Length: %lld\r\n", p->file >= 0 ? (long long)p->file_len : (long long)p->len);
    buf_printf(out, "Connection: %s\r\n", keep ? "keep-alive" : "close");
    buf_str_add(out, policy_fields[p->policy]);
    buf_str_add(out, common_fields);
    buf_str_add(out, buf_str(&p->fields));
    buf_str_add(out, "\r\n");
}

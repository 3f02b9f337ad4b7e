/* channel_mail.c - the member `email` of a channel: server, credentials, mailboxes. */
#include "core/channel_fields.h"
#include "core/http1.h"
#include "core/job_fields.h"
#include "core/mail.h"
#include "core/url.h"

#include <string.h>

#define HOST_MAX 253
#define USERNAME_MAX 254
#define PASSWORD_MAX 1024
#define MAILBOX_MAX 500 /* with its display name */

static const char *const SECURITY_NAMES[] = { "starttls", "tls", "none", NULL };
static const int SECURITY_PORTS[] = { [MAIL_STARTTLS] = 587, [MAIL_TLS] = 465, [MAIL_PLAIN] = 25 };

_Static_assert(sizeof(enum mail_security) == sizeof(int), "field_choice writes an int");

/* As the host of a URL, but an IPv6 address needs no brackets. */
static int read_host(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct address address;
    struct url u;
    const char *host = NULL;
    int rc = field_text(r, f, v, &host);
    if (rc)
        return rc;
    mem_auto char *url = mem_printf("http://%s", host);
    if (!address_parse(host, &address) && (strpbrk(host, ":/?#@{[") || url_parse(url, &u, NULL)))
        return field_wrong(r, v,
                           "the name or address of a mail server such as \"smtp.example.com\", its port in 'port'");
    *(const char **)into = host;
    return 0;
}

/* null: none. Nothing of the value is told: somebody may have put a password there. */
static int read_line(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const char *s = NULL;
    if (json_type(v) == JSON_NULL)
        return *(const char **)into = NULL, 0;
    int rc = field_secret(r, f, v, &s);
    if (rc)
        return rc;
    if ((int64_t)strlen(s) > f->max)
        return field_refuse(r, "is %zu bytes long; expected at most %lld", strlen(s), (long long)f->max);
    if (!http1_value_valid(s, strlen(s)) || strchr(s, '\t'))
        return field_refuse(r, "holds a line break or another control character; expected one line of text");
    *(const char **)into = arena_strdup(r->arena, s);
    return 0;
}

static int read_password(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    int rc = read_line(r, f, v, into);
    const char *s = *(const char **)into;
    return rc || !s ? rc : job_check_template(r, s);
}

static int read_mailbox(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct mail_address parsed;
    const char *s = NULL;
    int rc = field_text(r, f, v, &s);
    if (rc)
        return rc;
    if (mail_address_parse(s, r->arena, &parsed, r->e))
        return field_adopt(r);
    *(const char **)into = s;
    return 0;
}

static int read_to(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    static const struct field mailbox = { "to", .min = 1, .max = MAILBOX_MAX };
    struct channel_mail *m = into;
    (void)f;
    int rc = field_array(r, v, 1, CHANNEL_TO_MAX, "one to 20 addresses such as \"ops@example.com\"");
    if (rc)
        return rc;
    const char **to = arena_alloc(r->arena, json_count(v) * sizeof *to);
    for (const struct json *child = json_first(v); child; child = json_next(child)) {
        size_t mark = field_enter_index(r, (size_t)m->n_to);
        if ((rc = read_mailbox(r, &mailbox, child, &to[m->n_to++])))
            return rc;
        field_leave(r, mark);
    }
    m->to = to;
    return 0;
}

#define AT(member) .offset = offsetof(struct channel_mail, member)

const struct field CHANNEL_MAIL_FIELDS[] = {
    { "host", read_host, AT(host), .min = 1, .max = HOST_MAX,
      .required = "the mail server that takes messages, such as \"smtp.example.com\"" },
    { "port", field_int, AT(port), .min = 1, .max = 65535 },
    { "security", field_choice, AT(security), .choices = SECURITY_NAMES },
    { "username", read_line, AT(username), .min = 1, .max = USERNAME_MAX },
    { "password", read_password, AT(password), .min = 1, .max = PASSWORD_MAX },
    { "from", read_mailbox, AT(from), .min = 1, .max = MAILBOX_MAX,
      .required = "who messages are from, such as \"edgecron <edgecron@example.com>\"" },
    { "to", read_to, .offset = 0, .required = "whom messages are for, such as [\"ops@example.com\"]" },
    { .name = NULL },
};

/* A name of this machine, or an address of its loopback: nobody in between could read along. */
static bool is_loopback(const char *host)
{
    struct address known[ADDRESSES_KNOWN_MAX];
    struct cidr v4, v6;
    int n = address_known(host, known);
    cidr_parse("127.0.0.0/8", &v4);
    cidr_parse("::1", &v6);
    for (int i = 0; i < n; i++)
        if (!cidr_contains(&v4, &known[i]) && !cidr_contains(&v6, &known[i]))
            return false;
    return n > 0;
}

static int check_credentials(struct field_reader *r, const struct channel_mail *m)
{
    if (!m->username && !m->password)
        return 0;
    field_enter(r, m->password ? "username" : "password");
    if (!m->username || !m->password)
        return field_refuse(r, "is missing; expected both 'username' and 'password', or neither%s",
                            m->password ? "" : " (the password as a placeholder such as \"{{secret.SMTP_PASSWORD}}\")");
    if (m->security != MAIL_PLAIN || is_loopback(m->host))
        return 0;
    field_leave(r, strrchr(r->at, '/') - r->at);
    field_enter(r, "security");
    return field_refuse(r, "is \"none\", and the password would go to '%s' in clear; expected \"starttls\" or \"tls\"",
                        m->host);
}

int channel_read_mail(struct field_reader *r, const struct json *v, struct channel_mail *ret)
{
    const struct field whole = { .name = "email", .fields = CHANNEL_MAIL_FIELDS };
    size_t mark = strlen(r->at);
    *ret = (struct channel_mail){ .security = MAIL_STARTTLS };
    int rc = field_object(r, &whole, v, ret);
    if (rc == 0 && ret->port == 0)
        ret->port = SECURITY_PORTS[ret->security];
    rc = rc ? rc : check_credentials(r, ret);
    if (rc == 0)
        field_leave(r, mark);
    return rc;
}

void channel_add_mail(struct json *o, const struct channel_mail *m)
{
    struct json *mail = json_add_object(o, "email");
    json_add_string(mail, "host", m->host);
    json_add_int(mail, "port", m->port);
    json_add_string(mail, "security", SECURITY_NAMES[m->security]);
    json_add_string(mail, "username", m->username);
    json_add_string(mail, "password", m->password);
    json_add_string(mail, "from", m->from);
    struct json *to = json_add_array(mail, "to");
    for (int i = 0; i < m->n_to; i++)
        json_add_string(to, NULL, m->to[i]);
}

/* address.c - see address.h. */
#include "core/address.h"

#include "core/template.h"
#include "core/url.h"

#include <string.h>

/* What follows a secret that the URL begins with, or NULL when it does not begin so. The secret is the URL, or its beginning. */
static const char *after_secret(const char *url)
{
    const char *name = url + 2;
    if (strncmp(url, "{{", 2) != 0)
        return NULL;
    name += strspn(name, " ");
    const char *end = strstr(name, "}}");
    return strncmp(name, "secret.", 7) == 0 && end ? end + 2 : NULL;
}

static int check_sample(struct field_reader *r, const char *before, const char *template)
{
    buf_auto struct buf sample = BUF_INIT(URL_MAX);
    struct url parsed;
    buf_str_add(&sample, before);
    template_sample(template, &sample);
    return url_parse(buf_str(&sample), &parsed, r->e) ? field_adopt(r) : 0;
}

int address_check(struct field_reader *r, const char *url, const char *like)
{
    const char *rest = after_secret(url), *host = strstr(url, "://");
    if (rest && *rest && !strchr("/?&", *rest))
        return field_refuse(r,
                            "goes on with \"%.20s\" after the secret that is its beginning; expected nothing more, or "
                            "'/', '?' or '&' and what is the same each time",
                            rest);
    if (!rest && (!host || memchr(url, '{', (size_t)(host - url))))
        return field_refuse(r, "is no URL; expected an absolute one such as \"%s\", or a secret that holds it all",
                            like);
    if (!rest && memchr(host + 3, '{', strcspn(host + 3, "/?#")))
        return field_refuse(
            r, "has a placeholder in its host or port; expected them in the path or the query, or one secret that is "
               "the whole URL, such as \"{{secret.SLACK_URL}}\"");
    return check_sample(r,
                        !rest          ? ""
                        : *rest == '&' ? "https://host/?x"
                                       : "https://host/",
                        rest ? rest + (*rest == '/') : url);
}

#include "api/resource.h"

#include "api/view.h"

int api_secrets_list(struct request *q, struct reply *p, struct err *e)
{
    struct secret_info *secrets;
    int n;
    struct wall now = clock_wall();
    int rc = secrets_list(q->reader->store, NULL, now, q->arena, &secrets, &n, e);
    if (rc)
        return rc;
    struct json *items = json_new_array();
    for (int i = 0; i < n; i++)
        json_add(items, NULL, view_secret(&secrets[i], now));
    reply_json(p, 200, view_list(items, NULL));
    return 0;
}

int api_secrets_show(struct request *q, struct reply *p, struct err *e)
{
    struct secret_info *found;
    int n;
    struct wall now = clock_wall();
    int rc = secrets_list(q->reader->store, q->captures[0], now, q->arena, &found, &n, e);
    if (rc)
        return rc;
    if (n == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no secret '%.80s'; 'edgecron secret set' makes one", q->captures[0]);
    reply_json(p, 200, view_secret(found, now));
    return 0;
}

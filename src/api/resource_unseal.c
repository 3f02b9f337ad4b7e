#include "api/resource.h"

#include "store/audit.h"

#include <stdio.h>
#include <string.h>

static int read_key(struct json *body, uint8_t key[CRYPTO_KEY_SIZE], struct err *e)
{
    const char *text = json_string(json_get(body, "master_key"));
    if (text && crypto_unhex(text, key, CRYPTO_KEY_SIZE))
        return 0;
    return err_at(e, ERR_INVALID, "/master_key",
                  "'master_key' is the key as %d hexadecimal digits, as its file holds it", 2 * CRYPTO_KEY_SIZE);
}

static void wait_field(struct reply *p, int wait_s)
{
    char text[16];
    snprintf(text, sizeof text, "%d", wait_s);
    reply_field(p, "Retry-After", text);
}

int api_unseal(struct request *q, struct reply *p, struct err *e)
{
    struct json *body;
    uint8_t key[CRYPTO_KEY_SIZE];
    int wait_s = 0, rc = request_json(q, &body, e);
    if (rc)
        return rc;
    struct audit_actor actor = request_actor(q);
    rc = read_key(body, key, e);
    json_wipe(body);
    if (!rc)
        rc = engine_unseal(q->service->engine, q->reader->store, key, &actor, &wait_s, e);
    mem_wipe(key, sizeof key);
    if (rc == -(int)ERR_SEALED) /* the caller's mistake, not ours: 503 would have it tried again */
        return err_at(e, ERR_INVALID, "/master_key", "the key given is not the master key of this store");
    if (wait_s)
        wait_field(p, wait_s);
    if (rc)
        return rc;
    struct json *v = json_new_object();
    json_add_bool(v, "sealed", false);
    reply_json(p, 200, v);
    return 0;
}

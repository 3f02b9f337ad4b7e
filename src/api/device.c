#include "api/device.h"

#include "api/cookie.h"

#include <stdio.h>
#include <string.h>

#define ID_BYTES 16
#define ID_LEN 22 /* in base64url */
#define MAC_LEN 43

static void sign(const struct admin_password *a, const char id[ID_LEN + 1], char mac[MAC_LEN + 1])
{
    char text[ID_LEN + 32];
    uint8_t bytes[CRYPTO_SHA256_SIZE];
    int len = snprintf(text, sizeof text, "edgecron:device:v1:%s", id);
    crypto_hmac(a->device_key, sizeof a->device_key, text, (size_t)len, bytes);
    crypto_base64url(bytes, sizeof bytes, mac);
}

/* The cookie is "ID.MAC". */
static bool known(const struct request *q, const struct admin_password *a, char id[ID_LEN + 1])
{
    char mac[MAC_LEN + 1];
    const char *cookie = cookie_get(q, COOKIE_DEVICE);
    if (!cookie || strlen(cookie) != ID_LEN + 1 + MAC_LEN || cookie[ID_LEN] != '.')
        return false;
    snprintf(id, ID_LEN + 1, "%s", cookie);
    sign(a, id, mac);
    return crypto_equal(mac, cookie + ID_LEN + 1, MAC_LEN);
}

bool device_place(const struct request *q, const struct admin_password *a, char place[THROTTLE_PLACE_SIZE])
{
    char id[ID_LEN + 1];
    if (known(q, a, id)) {
        snprintf(place, THROTTLE_PLACE_SIZE, "device:%s", id);
        return true;
    }
    throttle_place(q->remote, place);
    return false;
}

void device_remember(const struct request *q, struct reply *p, const struct admin_password *a)
{
    char id[ID_LEN + 1], mac[MAC_LEN + 1];
    uint8_t random[ID_BYTES];
    if (!known(q, a, id)) {
        crypto_random(random, sizeof random);
        crypto_base64url(random, sizeof random, id);
    }
    sign(a, id, mac);
    cookie_set(q, p, COOKIE_DEVICE, arena_printf(q->arena, "%s.%s", id, mac));
}

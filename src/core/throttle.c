#include "core/throttle.h"

#include "core/url.h"

#include <stdio.h>
#include <string.h>

#define SECOND_US 1000000LL

void throttle_place(const char *address, char out[THROTTLE_PLACE_SIZE])
{
    struct address a;
    struct cidr mapped;
    cidr_parse("::ffff:0:0/96", &mapped);
    if (!address || !address_parse(address, &a)) {
        snprintf(out, THROTTLE_PLACE_SIZE, "%s", address ? address : "");
        return;
    }
    if (cidr_contains(&mapped, &a)) {
        address_format(&a, out);
        return;
    }
    memset(a.bytes + 8, 0, 8);
    address_format(&a, out);
    size_t len = strlen(out);
    snprintf(out + len, THROTTLE_PLACE_SIZE - len, "/64");
}

static int64_t seconds_up(int64_t us)
{
    return (us + SECOND_US - 1) / SECOND_US;
}

static struct throttle_place *find(struct throttle *t, const char *name)
{
    for (int i = 0; i < t->n; i++)
        if (!strcmp(t->places[i].name, name))
            return &t->places[i];
    return NULL;
}

/* The one to forget: a stranger before one that is known, then the one that was quiet longest. */
static struct throttle_place *dullest(struct throttle *t)
{
    struct throttle_place *best = &t->places[0];
    for (int i = 1; i < t->n; i++) {
        struct throttle_place *p = &t->places[i];
        if (p->known != best->known ? best->known : p->last.us < best->last.us)
            best = p;
    }
    return best;
}

static struct throttle_place *add(struct throttle *t, const char *name, struct mono now)
{
    struct throttle_place *p = t->n < THROTTLE_PLACES ? &t->places[t->n++] : dullest(t);
    *p = (struct throttle_place){ .last = now };
    snprintf(p->name, sizeof p->name, "%s", name);
    return p;
}

static int64_t wait_of(int failures)
{
    if (failures < THROTTLE_TRIES)
        return 0;
    int doublings = failures - THROTTLE_TRIES;
    int64_t s = doublings < 9 ? 1LL << doublings : THROTTLE_WAIT_MAX_S;
    return s < THROTTLE_WAIT_MAX_S ? s : THROTTLE_WAIT_MAX_S;
}

static double spent_now(const struct throttle *t, struct mono now)
{
    double left = t->spent - (double)(now.us - t->spent_at.us) / (THROTTLE_STRANGER_S * SECOND_US);
    return left > 0 ? left : 0;
}

static bool stranger_may(struct throttle *t, struct mono now, int *ret_wait_s)
{
    double spent = spent_now(t, now), over = spent - (THROTTLE_STRANGERS - 1);
    if (over > 0) {
        *ret_wait_s = 1 + (int)(over * THROTTLE_STRANGER_S);
        return false;
    }
    t->spent = spent + 1;
    t->spent_at = now;
    return true;
}

bool throttle_try(struct throttle *t, const char *place, bool known, struct mono now, int *ret_wait_s)
{
    struct throttle_place *p = find(t, place);
    if (p && now.us - p->last.us >= THROTTLE_FORGET_S * SECOND_US)
        p->failures = 0;
    int64_t until = p ? p->last.us + wait_of(p->failures) * SECOND_US : 0;
    if (p && p->failures >= THROTTLE_TRIES && now.us < until) {
        *ret_wait_s = (int)seconds_up(until - now.us);
        return false;
    }
    bool stranger = !known && !(p && p->known);
    if (stranger && !stranger_may(t, now, ret_wait_s))
        return false;
    if (!p)
        p = add(t, place, now);
    p->charged = stranger;
    p->failures++;
    p->last = now;
    return true;
}

static void give_back(struct throttle *t, struct throttle_place *p)
{
    if (p->charged)
        t->spent = t->spent > 1 ? t->spent - 1 : 0;
    p->charged = false;
}

void throttle_passed(struct throttle *t, const char *place, struct mono now)
{
    struct throttle_place *p = find(t, place);
    if (!p)
        p = add(t, place, now); /* it was forgotten meanwhile */
    give_back(t, p);
    p->known = true;
    p->failures = 0;
    p->last = now;
}

void throttle_undo(struct throttle *t, const char *place)
{
    struct throttle_place *p = find(t, place);
    if (!p)
        return;
    give_back(t, p);
    if (p->failures > 0)
        p->failures--;
}

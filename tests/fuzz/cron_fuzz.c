/* cron_fuzz.c - schedules: any text is either refused with a column or has times that are in order both ways.
 *
 * Input: a byte that chooses the zone, 4 bytes of time, then the expression. */
#include "core/cron.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: " #condition "\n", __FILE__, __LINE__); \
            abort();                                                        \
        }                                                                   \
    } while (0)

/* TZif bytes with nothing but a footer (RFC 9636, section 3.3). */
static struct zone *zone_of(const char *rule)
{
    static const char head[44] = { 'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4 };
    static const char type[10] = { 0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0 };
    char bytes[256];
    size_t len = 0;

    for (int i = 0; i < 2; i++) {
        memcpy(bytes + len, head, sizeof(head));
        memcpy(bytes + len + sizeof(head), type, sizeof(type));
        len += sizeof(head) + sizeof(type);
    }
    len += (size_t)snprintf(bytes + len, sizeof(bytes) - len, "\n%s\n", rule);
    return zone_parse("fuzz", bytes, len, NULL);
}

static const struct zone *zone_number(unsigned n)
{
    static const char *const rules[] = {
        "UTC0",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "AAA-12BBB-14,J60/30,300/-40",
    };
    static struct zone *zones[5];
    unsigned i = n % 5;

    if (!zones[i])
        zones[i] = zone_of(rules[i]);
    CHECK(zones[i]);
    return zones[i];
}

static void check_times(const struct cron *c, const struct zone *z, struct wall at)
{
    buf_auto struct buf text = BUF_INIT(4096);
    struct wall anchor = { at.ms - 12345 }, next = cron_next(c, z, anchor, at), after, back;

    if (wall_is_none(next))
        return;
    CHECK(next.ms > at.ms);
    cron_note(c, z, next, &text);
    cron_explain(c, &text);
    CHECK(text.len > 5 && !text.full);
    CHECK(cron_count(c, z, anchor, at, next) == 1);
    CHECK(cron_count(c, z, anchor, at, (struct wall){ next.ms - 1 }) == 0);
    back = cron_previous(c, z, anchor, (struct wall){ next.ms + 1 });
    CHECK(back.ms == next.ms);
    after = cron_next(c, z, anchor, next);
    if (wall_is_none(after))
        return;
    CHECK(after.ms > next.ms);
    CHECK(cron_previous(c, z, anchor, after).ms == next.ms);
    CHECK(cron_count(c, z, anchor, at, after) == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[CRON_TEXT_MAX + 8];
    struct err e = { 0 };
    struct cron c;
    uint32_t seconds;

    if (size < 5 || size - 5 >= sizeof(text))
        return 0;
    memcpy(&seconds, data + 1, sizeof(seconds));
    memcpy(text, data + 5, size - 5);
    text[size - 5] = '\0';
    if (cron_parse(text, &c, &e) != 0) {
        CHECK(e.code == ERR_INVALID && strncmp(e.text, "at column ", 10) == 0 && strstr(e.text, "expected"));
        CHECK(strtol(e.text + 10, NULL, 10) >= 1 && strtol(e.text + 10, NULL, 10) <= (long)strlen(text) + 1);
        return 0;
    }
    check_times(&c, zone_number(data[0]), (struct wall){ seconds * INT64_C(1000) + data[0] });
    return 0;
}

/* redact.c - what redaction costs: by kind of text and number of secrets. Prints JSON: a list of { name, secrets, ns_per_kb, new_us }. */
#include "base/mem.h"
#include "core/redact.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_BYTES 65536
#define VALUE_BYTES 44

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t next_random(void)
{
    static uint64_t seed = 88172645463325252u;
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32);
}

/* What functions answer; the last two are as bad as it gets. */
static const struct kind {
    const char *name, *unit;
} KINDS[] = {
    { "small answer", NULL },
    { "log lines", "2026-11-22 07:00:01 INFO followup sent to customer 4711, 3 mails analysed, next in 24 hours\n" },
    { "JSON", "{\"id\":4711,\"name\":\"Anna Berg\",\"mail\":\"anna@example.com\",\"note\":\"said \\\"yes\\\"\\n\"}," },
    { "JSON in JSON", "{\\\"id\\\":4711,\\\"url\\\":\\\"https:\\\\/\\\\/example.com\\\\/a?b=1\\\",\\\"ok\\\":true}," },
    { "HTML",
      "<p class=\"a&amp;b\">Caf&eacute; &quot;Zum L&ouml;wen&quot; <a href=\"/x?a=%20b&amp;c=1\">more</a></p>\n" },
    { "backslashes", "\\\\\\\\\\\\\\\\" },
    { "percents", "%41%42+%43%%" },
};

static size_t make_text(const struct kind *k, char *text)
{
    static const char small[] = "{\"success\":true,\"emails_analyzed\":17,\"followups_sent\":5,\"followups_failed\":0,"
                                "\"took_ms\":1423,\"request_id\":\"0192f0c1-7a3e-7bb0-9d53-2f6a1c0e5b7d\"}";
    if (!k->unit) {
        memcpy(text, small, sizeof small - 1);
        return sizeof small - 1;
    }
    size_t unit = strlen(k->unit), len = 0;
    for (; len + unit <= TEXT_BYTES; len += unit)
        memcpy(text + len, k->unit, unit);
    return len;
}

static struct redactor *make_redactor(size_t n, double *ret_us)
{
    static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct redact_value *values = mem_alloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++) {
        char *value = mem_alloc(VALUE_BYTES + 1);
        for (int k = 0; k < VALUE_BYTES; k++)
            value[k] = LETTERS[next_random() % 64];
        values[i] = (struct redact_value){ "A_NAME", value, VALUE_BYTES };
    }
    double start = seconds();
    struct redactor *r = redactor_new(values, n);
    *ret_us = (seconds() - start) * 1e6;
    for (size_t i = 0; i < n; i++)
        mem_free((char *)values[i].value);
    mem_free(values);
    return r;
}

int main(void)
{
    static const size_t COUNTS[] = { 1, 20, 1000 };
    static char text[TEXT_BYTES];
    const char *between = "[";
    for (size_t c = 0; c < MEM_COUNT(COUNTS); c++) {
        double new_us;
        struct redactor *r = make_redactor(COUNTS[c], &new_us);
        for (size_t k = 0; k < MEM_COUNT(KINDS); k++) {
            size_t len = make_text(&KINDS[k], text), done = 0;
            struct buf out = BUF_INIT(4 * TEXT_BYTES);
            double start = seconds(), took;
            do {
                buf_clear(&out);
                if (redact(r, text, len, &out) != 0)
                    return 1;
                done += len;
                took = seconds() - start;
            } while (took < 0.1);
            printf("%s{\"name\": \"%s\", \"secrets\": %zu, \"ns_per_kb\": %.0f, \"new_us\": %.0f}", between,
                   KINDS[k].name, COUNTS[c], took * 1e9 / ((double)done / 1024), new_us);
            between = ",\n ";
            buf_free(&out);
        }
        redactor_free(r);
    }
    puts("]");
    return 0;
}

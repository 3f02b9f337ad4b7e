/* log.h - structured log lines on standard error: logfmt, or JSON.
 *
 *   log_info("run finished", L_STR("job", name), L_INT("duration_ms", 42));
 *   time=2026-11-21T07:00:00.012Z level=info msg="run finished" job=followup-7h duration_ms=42
 *
 * One line is one write(2), so lines of several threads do not mix. Never give it a secret.
 * Thread: any. */
#ifndef EDGECRON_BASE_LOG_H
#define EDGECRON_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_NONE /* for log_setup: no lines at all */ };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_field {
    const char *key;  /* NULL ends the list */
    const char *text; /* NULL: it is a number */
    int64_t number;
};
/* clang-format off */
#define L_STR(k, v) (struct log_field){ .key = (k), .text = (v) ? (v) : "" }
#define L_INT(k, v) (struct log_field){ .key = (k), .number = (v) }
/* clang-format on */

/* Set before threads start; defaults: info, logfmt. */
void log_setup(enum log_level least, enum log_format format);

void log_write(enum log_level level, const char *msg, const struct log_field *fields);
/* clang-format off */
#define LOG_AT(level, msg, ...) \
    log_write(level, msg, (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ) { .key = 0 } })
/* clang-format on */
#define log_debug(...) LOG_AT(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_warn(...) LOG_AT(LOG_WARN, __VA_ARGS__)
#define log_error(...) LOG_AT(LOG_ERROR, __VA_ARGS__)

#endif

/* notify.h - what systemd is told (sd_notify(3)), when it asked to be: a datagram of NAME=VALUE lines to $NOTIFY_SOCKET, a path or an
 * abstract name. Without one nothing happens. Any thread. */
#ifndef EDGECRON_CLI_NOTIFY_H
#define EDGECRON_CLI_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

bool notify_wanted(void);
/* "READY=1\nSTATUS=...". What cannot be sent is logged. */
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same with a descriptor that goes along; it stays the caller's. */
void notify_send_fd(int fd, const char *lines);
/* "RELOADING=1" with the time that Type=notify-reload wants; "READY=1" ends it. */
void notify_reloading(void);
/* $WATCHDOG_USEC: how often systemd wants a sign of life of this process, in microseconds; 0: it does not. */
int64_t notify_watchdog_us(void);

#endif

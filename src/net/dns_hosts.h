/* dns_hosts.h - the names of /etc/hosts, without a resolver thread: they must not wait for name servers that hang.
 *
 * Looked at again once a second, read when it has changed. Names are compared without regard to case; a name's addresses are
 * those of all its lines, in order, as hosts(5) readers do. A file larger than DNS_HOSTS_FILE_MAX (a block list) and names after the first
 * DNS_HOSTS_NAMES_MAX are left to the resolver threads. Thread: the loop's. */
#ifndef EDGECRON_NET_DNS_HOSTS_H
#define EDGECRON_NET_DNS_HOSTS_H

#include "base/clock.h"
#include "net/dns.h"

#define DNS_HOSTS_FILE_MAX (64 * 1024)
#define DNS_HOSTS_NAMES_MAX 1024
#define DNS_HOSTS_LOOK_MS 1000

struct dns_hosts;
struct dns_hosts *dns_hosts_new(const char *path); /* it need not be there */
void dns_hosts_free(struct dns_hosts *h);
/* `host` in lower case. False, with *ret untouched, when the file does not name it. */
bool dns_hosts_find(struct dns_hosts *h, const char *host, struct mono now, struct dns_answer *ret);

#endif

#include "api/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 4096 /* the system has a limit of its own, often this one */

static int refuse(const char *text, struct err *e)
{
    return err_set(e, ERR_INVALID,
                   "'%.80s' is not an address to listen on: write ADDRESS:PORT, such as 127.0.0.1:8427 or [::1]:8427",
                   text);
}

static bool parse_port(const char *text, uint16_t *ret)
{
    size_t digits = strspn(text, "0123456789");
    long n = digits && digits <= 5 && !text[digits] ? strtol(text, NULL, 10) : -1;
    if (n < 0 || n > 65535)
        return false;
    *ret = (uint16_t)n;
    return true;
}

static bool set_ipv4(struct listen_address *a, const char *host, uint16_t port)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&a->socket;
    if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
        return false;
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    a->socket_len = sizeof *in;
    a->loopback = ntohl(in->sin_addr.s_addr) >> 24 == 127;
    snprintf(a->text, sizeof a->text, "%s:%d", host, port);
    return true;
}

static bool set_ipv6(struct listen_address *a, const char *host, uint16_t port)
{
    struct sockaddr_in6 *in = (struct sockaddr_in6 *)&a->socket;
    if (inet_pton(AF_INET6, host, &in->sin6_addr) != 1)
        return false;
    in->sin6_family = AF_INET6;
    in->sin6_port = htons(port);
    a->socket_len = sizeof *in;
    a->loopback = IN6_IS_ADDR_LOOPBACK(&in->sin6_addr);
    snprintf(a->text, sizeof a->text, "[%s]:%d", host, port);
    return true;
}

int listen_parse(const char *text, struct listen_address *ret, struct err *e)
{
    char host[INET6_ADDRSTRLEN];
    uint16_t port;
    const char *colon = strrchr(text, ':');
    *ret = (struct listen_address){ 0 };
    if (!colon || !parse_port(colon + 1, &port) || colon - text >= (int)sizeof host)
        return refuse(text, e);
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    size_t len = strlen(host);
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        return set_ipv6(ret, host + 1, port) ? 0 : refuse(text, e);
    }
    /* An empty root directory has no /etc/hosts: this name is ours to know. */
    const char *name = !*host ? "0.0.0.0" : !strcmp(host, "localhost") ? "127.0.0.1" : host;
    return set_ipv4(ret, name, port) ? 0 : refuse(text, e);
}

int listen_allowed(const struct listen_address *a, bool tls, bool behind_proxy, struct err *e)
{
    if (a->loopback || tls || behind_proxy)
        return 0;
    return err_set(
        e, ERR_INVALID,
        "other machines can reach '%s', and what is sent there, tokens too, would not be encrypted: give a certificate "
        "with --tls-cert and --tls-key, listen on 127.0.0.1 and let a proxy that does TLS pass requests on, or add "
        "--behind-proxy when such a proxy is the only way to this address",
        a->text);
}

static int explain_bind(const struct listen_address *a, int why, struct err *e)
{
    const char *port = strrchr(a->text, ':') + 1;
    switch (why) {
    case EADDRINUSE:
        return err_set(
            e, ERR_CONFLICT,
            "'%s' is taken by another program, maybe another edgecron: stop that one (ss -ltnp 'sport = :%s' "
            "shows it), or choose another port with --listen",
            a->text, port);
    case EACCES:
        return err_set(e, ERR_INVALID,
                       "'%s' needs privileges, as ports below 1024 do: choose a higher port with --listen", a->text);
    case EADDRNOTAVAIL:
        return err_set(
            e, ERR_INVALID,
            "'%s' is not an address of this machine: 'ip address' lists those it has; choose one with --listen",
            a->text);
    case EAFNOSUPPORT:
        return err_set(e, ERR_INVALID, "'%s' is of a kind that this machine does not support: try 127.0.0.1:%s",
                       a->text, port);
    default:
        return err_set(e, ERR_INVALID, "cannot listen on '%s': %s", a->text, strerror(why));
    }
}

uint16_t listen_port(const struct listen_address *a)
{
    return ntohs(a->socket.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&a->socket)->sin6_port
                                                 : ((const struct sockaddr_in *)&a->socket)->sin_port);
}

int listen_address_of(int fd, struct listen_address *ret, struct err *e)
{
    struct sockaddr_storage at = { 0 };
    char host[INET6_ADDRSTRLEN], text[80];
    int listens = 0;
    socklen_t len = sizeof at, size = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) || !listens ||
        getsockname(fd, (struct sockaddr *)&at, &len) || (at.ss_family != AF_INET && at.ss_family != AF_INET6))
        return err_set(e, ERR_INVALID, "descriptor %d is not a socket that listens for TCP connections", fd);
    const struct listen_address found = { .socket = at };
    bool six = at.ss_family == AF_INET6;
    inet_ntop(at.ss_family,
              six ? (const void *)&((struct sockaddr_in6 *)&at)->sin6_addr : &((struct sockaddr_in *)&at)->sin_addr,
              host, sizeof host);
    snprintf(text, sizeof text, six ? "[%s]:%d" : "%s:%d", host, listen_port(&found));
    return listen_parse(text, ret, e);
}

int listen_open(const struct listen_address *a, int *ret_fd, int *ret_port, struct err *e)
{
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    int on = 1;
    int fd = socket(a->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return explain_bind(a, errno, e);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (a->socket.ss_family == AF_INET6) /* "[::]" is every address of IPv6; of IPv4, "0.0.0.0" is */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&a->socket, a->socket_len) || listen(fd, BACKLOG) ||
        getsockname(fd, (struct sockaddr *)&bound, &len)) {
        int rc = explain_bind(a, errno, e);
        close(fd);
        return rc;
    }
    *ret_port = listen_port(&(const struct listen_address){ .socket = bound });
    *ret_fd = fd;
    return 0;
}

int listen_probe(const struct listen_address *a, struct err *e)
{
    int fd, port, rc = listen_open(a, &fd, &port, e);
    if (!rc)
        close(fd);
    return rc;
}

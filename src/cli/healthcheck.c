#include "api/gate.h"
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "net/tls_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MAX 65536
#define PATIENCE_S 5

/* The address to ask: the one listened on, or loopback when that is none, 0.0.0.0 or [::]. The flag was checked to be ADDRESS:PORT. */
static void address_to_ask(const char *listen_text, struct sockaddr_in6 *ret)
{
    char host[80];
    struct address a;
    const char *colon = strrchr(listen_text, ':');
    snprintf(host, sizeof host, "%.*s", (int)(colon - listen_text), listen_text);
    char *bare = host[0] == '[' ? host + 1 : host;
    bare[strcspn(bare, "]")] = '\0';
    if (!*bare || !strcmp(bare, "0.0.0.0") || !strcmp(bare, "localhost"))
        bare = "127.0.0.1";
    if (!strcmp(bare, "::"))
        bare = "::1";
    address_parse(bare, &a);
    *ret = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)strtoul(colon + 1, NULL, 10)) };
    memcpy(&ret->sin6_addr, a.bytes, sizeof a.bytes);
}

static int connect_to(const char *listen_text, struct err *e)
{
    struct sockaddr_in6 to;
    struct timeval patience = { .tv_sec = PATIENCE_S };
    address_to_ask(listen_text, &to);
    struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = to.sin6_port };
    bool mapped = IN6_IS_ADDR_V4MAPPED(&to.sin6_addr);
    memcpy(&to4.sin_addr, to.sin6_addr.s6_addr + 12, 4);
    int fd = socket(mapped ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (fd >= 0 &&
        !connect(fd, mapped ? (struct sockaddr *)&to4 : (struct sockaddr *)&to, mapped ? sizeof to4 : sizeof to))
        return fd;
    int r = err_set(e, ERR_UNAVAILABLE, "cannot connect to '%s': %s (is the server running?)", listen_text,
                    strerror(errno));
    if (fd >= 0)
        close(fd);
    return r;
}

static int exchange(int fd, const char *listen_text, const struct buf *request, struct buf *answer, struct err *e)
{
    if (send(fd, request->data, request->len, MSG_NOSIGNAL) != (ssize_t)request->len)
        return err_set(e, ERR_UNAVAILABLE, "cannot ask '%s': %s", listen_text, strerror(errno));
    char part[4096];
    ssize_t n;
    while ((n = recv(fd, part, sizeof part, 0)) > 0)
        buf_add(answer, part, (size_t)n);
    if (n < 0)
        return err_set(e, ERR_UNAVAILABLE, "no answer from '%s' in %d s", listen_text, PATIENCE_S);
    return 0;
}

static int judge(const char *answer, const char *listen_text, struct err *e)
{
    const char *body = strstr(answer, "\r\n\r\n");
    if (strncmp(answer, "HTTP/1.1 ", 9) || !body)
        return err_set(e, ERR_UNAVAILABLE, "what answers at '%s' is not edgecron", listen_text);
    buf_auto struct buf clean = BUF_INIT(ANSWER_MAX * 4);
    output_clean(&clean, body + 4, true);
    printf("%s%s", buf_str(&clean), clean.len && clean.data[clean.len - 1] == '\n' ? "" : "\n");
    return strncmp(answer + 9, "200", 3) ? 1 : 0;
}

/* In the clear first, as most are asked; a server that speaks https says so. */
static int ask(const char *listen_text, struct buf *answer, struct err *e)
{
    buf_auto struct buf request = BUF_INIT(500);
    buf_printf(&request, "GET /readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", listen_text);
    int fd = connect_to(listen_text, e);
    if (fd < 0)
        return fd;
    int r = exchange(fd, listen_text, &request, answer, e);
    close(fd);
    if (r < 0 || !strstr(buf_str(answer), GATE_SPEAKS_HTTPS))
        return r;
    buf_clear(answer);
    fd = connect_to(listen_text, e);
    if (fd < 0)
        return fd;
    r = tls_probe(fd, buf_str(&request), answer, e);
    close(fd);
    return r < 0 ? err_wrap(e, "no answer from '%s'", listen_text) : 0;
}

int healthcheck_run(struct call *call, struct err *e)
{
    const char *listen_text = config_text(&call->config, FLAG_LISTEN);
    buf_auto struct buf answer = BUF_INIT(ANSWER_MAX);
    int r = ask(listen_text, &answer, e);
    return r < 0 ? r : judge(buf_str(&answer), listen_text, e);
}

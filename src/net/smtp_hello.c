/* smtp_hello.c - see smtp_hello.h. */
#include "net/smtp_hello.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool smtp_to_loopback(const struct address *a)
{
    struct cidr v4, v6;
    return cidr_parse("127.0.0.0/8", &v4) && cidr_parse("::1/128", &v6) &&
           (cidr_contains(&v4, a) || cidr_contains(&v6, a));
}

/* A name with a dot, of letters, digits and '-'. */
static bool is_domain(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && strchr(name, '.') && name[0] != '.' && name[len - 1] != '.' && !strstr(name, "..") &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == len;
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]": the end of the connection that is ours. */
static void address_literal(int fd, char out[SMTP_HELLO_SIZE])
{
    struct sockaddr_storage ours = { 0 };
    socklen_t len = sizeof(ours);
    char text[64] = "127.0.0.1";
    bool v6 = getsockname(fd, (struct sockaddr *)&ours, &len) == 0 && ours.ss_family == AF_INET6;
    if (v6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&ours)->sin6_addr, text, sizeof(text));
    else if (ours.ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)&ours)->sin_addr, text, sizeof(text));
    snprintf(out, SMTP_HELLO_SIZE, v6 ? "[IPv6:%s]" : "[%s]", text);
}

void smtp_hello(int fd, char out[SMTP_HELLO_SIZE])
{
    char name[SMTP_HELLO_SIZE] = "";
    if (gethostname(name, sizeof(name) - 1) == 0 && is_domain(name))
        snprintf(out, SMTP_HELLO_SIZE, "%s", name);
    else
        address_literal(fd, out);
}

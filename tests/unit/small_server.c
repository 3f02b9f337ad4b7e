#include "small_server.h"

#include "base/buf.h"
#include "base/json.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener = -1;
static pthread_t acceptor;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count, now, most, failures, slowed, threads;
static char last[65536];

static size_t read_request(int fd, char *text, size_t max)
{
    size_t len = 0;
    for (;;) {
        ssize_t n = read(fd, text + len, max - 1 - len);
        if (n <= 0)
            return 0;
        len += (size_t)n;
        text[len] = '\0';
        const char *end = strstr(text, "\r\n\r\n"), *size = strstr(text, "Content-Length: ");
        if (end && len >= (size_t)(end - text) + 4 + (size && size < end ? strtoul(size + 16, NULL, 10) : 0))
            return len;
    }
}

/* Waits, but not for a client that went away. */
static void wait_ms(int fd, int ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    poll(&p, 1, ms);
}

static int status_for(int fd, const char *path)
{
    int ms, status = 200, number;
    if (sscanf(path, "/slow-%d", &ms) == 1)
        wait_ms(fd, ms);
    pthread_mutex_lock(&lock);
    bool slow = sscanf(path, "/slow-once-%d", &ms) == 1 && slowed++ == 0;
    if (!strncmp(path, "/fail-twice", 11))
        status = failures++ < 2 ? 500 : 200;
    else if (sscanf(path, "/%d", &number) == 1)
        status = number;
    pthread_mutex_unlock(&lock);
    if (slow)
        wait_ms(fd, ms);
    return status;
}

static void answer(int fd, const char *request, size_t len, int status)
{
    struct buf body = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
    buf_printf(&body, "{\"ok\":%s,\"sent\":3,\"request\":\"", status == 200 ? "true" : "false");
    json_escape(&body, request, len);
    buf_str_add(&body, "\"}");
    buf_printf(&text,
               "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
               status, body.len, body.data);
    if (send(fd, text.data, text.len, MSG_NOSIGNAL) < 0)
        perror("small_server");
    buf_free(&body);
    buf_free(&text);
}

static void *serve(void *arg)
{
    int fd = (int)(long)arg;
    char *request = malloc(sizeof last), path[200] = "";
    size_t len = read_request(fd, request, sizeof last);
    if (len) {
        sscanf(request, "%*s %199s", path);
        pthread_mutex_lock(&lock);
        count++;
        most = ++now > most ? now : most;
        memcpy(last, request, len + 1);
        pthread_mutex_unlock(&lock);
        int status = status_for(fd, path);
        pthread_mutex_lock(&lock);
        now--;
        pthread_mutex_unlock(&lock);
        answer(fd, request, len, status);
    }
    free(request);
    close(fd);
    pthread_mutex_lock(&lock);
    threads--;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *accept_all(void *arg)
{
    (void)arg;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        pthread_t t;
        pthread_mutex_lock(&lock);
        threads++;
        pthread_mutex_unlock(&lock);
        pthread_create(&t, NULL, serve, (void *)(long)fd);
        pthread_detach(t);
    }
    return NULL;
}

void small_server_start(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 128)) {
        perror("small_server");
        exit(1);
    }
    pthread_create(&acceptor, NULL, accept_all, NULL);
}

void small_server_stop(void)
{
    shutdown(listener, SHUT_RDWR);
    pthread_join(acceptor, NULL);
    close(listener);
    for (int left = 1, i = 0; left && i < 600; i++, usleep(10000)) {
        pthread_mutex_lock(&lock);
        left = threads;
        pthread_mutex_unlock(&lock);
    }
}

void small_server_reset(void)
{
    pthread_mutex_lock(&lock);
    count = most = failures = slowed = 0;
    *last = '\0';
    pthread_mutex_unlock(&lock);
}

int small_server_port(void)
{
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    getsockname(listener, (struct sockaddr *)&a, &n);
    return ntohs(a.sin_port);
}

static int locked(const int *value)
{
    pthread_mutex_lock(&lock);
    int n = *value;
    pthread_mutex_unlock(&lock);
    return n;
}

int small_server_count(void)
{
    return locked(&count);
}

int small_server_most_at_once(void)
{
    return locked(&most);
}

const char *small_server_last(void)
{
    return last;
}

/* dns_hosts.c - see dns_hosts.h. */
#include "net/dns_hosts.h"

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
    char name[URL_HOST_MAX];
    struct dns_answer answer;
};

struct dns_hosts {
    char *path;
    struct map entries;
    struct mono looked; /* 0: never */
    struct stat seen;   /* of the file that was read; zeroes when there was none */
};

static void forget(struct dns_hosts *h)
{
    struct entry *n;
    size_t pos = 0;
    while ((n = map_each(&h->entries, &pos)))
        mem_free(n);
    map_free(&h->entries);
    h->entries = (struct map){ 0 };
}

static void add(struct dns_hosts *h, const char *name, const struct address *a)
{
    struct entry *n = map_get(&h->entries, name);
    if (!n && h->entries.len >= DNS_HOSTS_NAMES_MAX)
        return;
    if (!n) {
        n = mem_alloc(sizeof(*n));
        memcpy(n->name, name, strlen(name) + 1);
        map_put(&h->entries, n->name, n);
    }
    if (n->answer.count < DNS_ADDRESSES_MAX)
        n->answer.addresses[n->answer.count++] = *a;
}

/* The next word of a line, in lower case; false when there is none (or it is longer than any name). */
static bool next_word(const char **at, char word[URL_HOST_MAX])
{
    size_t n = 0;
    while (**at == ' ' || **at == '\t' || **at == '\r')
        (*at)++;
    while (**at && !strchr(" \t\r\n#", **at)) {
        if (n == URL_HOST_MAX - 1)
            return false;
        word[n++] = (char)tolower((unsigned char)*(*at)++);
    }
    word[n] = '\0';
    return n > 0;
}

static void parse(struct dns_hosts *h, const char *text)
{
    while (*text) {
        char word[URL_HOST_MAX];
        struct address a;
        if (next_word(&text, word) && address_parse(word, &a))
            while (next_word(&text, word))
                add(h, word, &a);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void look(struct dns_hosts *h)
{
    struct entry *n;
    struct stat now = { 0 };
    buf_auto struct buf text = BUF_INIT(DNS_HOSTS_FILE_MAX);
    size_t pos = 0;
    if (stat(h->path, &now) < 0)
        memset(&now, 0, sizeof(now));
    if (same_file(&now, &h->seen))
        return;
    h->seen = now;
    forget(h);
    if (now.st_ino == 0 || file_read(h->path, &text) < 0)
        return;
    parse(h, buf_str(&text));
    while ((n = map_each(&h->entries, &pos)))
        dns_interleave(n->answer.addresses, n->answer.count);
}

struct dns_hosts *dns_hosts_new(const char *path)
{
    struct dns_hosts *h = mem_alloc(sizeof(*h));
    h->path = mem_strdup(path);
    return h;
}

void dns_hosts_free(struct dns_hosts *h)
{
    if (!h)
        return;
    forget(h);
    mem_free(h->path);
    mem_free(h);
}

bool dns_hosts_find(struct dns_hosts *h, const char *host, struct mono now, struct dns_answer *ret)
{
    if (h->looked.us == 0 || mono_ms_since(h->looked, now) >= DNS_HOSTS_LOOK_MS) {
        h->looked = now;
        look(h);
    }
    const struct entry *n = map_get(&h->entries, host);
    if (!n)
        return false;
    *ret = n->answer;
    return true;
}

#include "temp_vault.h"

#include <stdio.h>

char key_file[128];

int temp_vault_open(void **state)
{
    temp_store_open(state);
    snprintf(key_file, sizeof key_file, "%s/master.key", ((struct temp_store *)*state)->dir);
    return 0;
}

struct vault *open_vault(struct store *s)
{
    struct err e;
    struct vault *v;
    assert_ok(vault_open(&v, s, key_file, true, &e), e);
    return v;
}

int64_t set(struct vault *v, struct store *s, const char *name, const char *value)
{
    struct err e;
    int64_t version;
    assert_ok(vault_set(v, s, name, value, strlen(value), NOW, &version, &e), e);
    return version;
}

int64_t rotate(struct vault *v, struct store *s, const char *name, const char *value, int64_t overlap_ms,
               struct wall now)
{
    struct err e;
    int64_t version;
    assert_ok(vault_rotate(v, s, name, value, strlen(value), overlap_ms, now, &version, &e), e);
    return version;
}

static void add_version(void *ctx, const struct secret_version *x)
{
    buf_printf(ctx, "%s:%lld:%s:%lld ", x->name, (long long)x->version, x->value ? x->value->value : "sealed",
               wall_is_none(x->expires_at) ? -1LL : (long long)(x->expires_at.ms - NOW.ms));
}

void assert_versions(struct vault *v, struct store *s, const char *expected)
{
    struct err e;
    buf_auto struct buf seen = BUF_INIT(4096);
    assert_ok(vault_each(v, s, add_version, &seen, &e), e);
    assert_string_equal(expected, buf_str(&seen));
}

static size_t read_file(const char *dir, const char *name, char **ret)
{
    mem_auto char *path = mem_printf("%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    *ret = mem_alloc(4 << 20);
    if (!f)
        return 0;
    size_t n = fread(*ret, 1, 4 << 20, f);
    fclose(f);
    return n;
}

bool files_hold(const char *dir, const void *bytes, size_t len)
{
    static const char *const FILES[] = { STORE_FILE, STORE_FILE "-wal" };
    bool found = false;
    for (size_t i = 0; i < MEM_COUNT(FILES); i++) {
        char *data;
        size_t n = read_file(dir, FILES[i], &data);
        found |= memmem(data, n, bytes, len) != NULL;
        mem_free(data);
    }
    return found;
}

void take_sealed(struct store *s, const char *where, uint8_t out[16])
{
    mem_auto char *sql = mem_printf("SELECT hex(substr(value, -16)) FROM secret_versions WHERE %s", where);
    mem_auto char *hex = text_of(s, sql);
    assert_true(crypto_unhex(hex, out, 16));
}

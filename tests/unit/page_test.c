/* The page's files, as they are answered: form, caching, and what a client is told that cannot take them. */
#include "api_fixture.h"

#include "base/embed.h"
#include "base/mem.h"

#include <stdio.h>

static const struct embed_file *files;
static size_t n_files;

static const char gzip_magic[] = { 0x1f, (char)0x8b };

static int page_up(void **state)
{
    files = embed_web(&n_files);
    return api_up(state);
}

static const struct embed_file *ending(const char *suffix)
{
    for (size_t i = 0; i < n_files; i++)
        if (strlen(files[i].path) > strlen(suffix) &&
            !strcmp(files[i].path + strlen(files[i].path) - strlen(suffix), suffix))
            return &files[i];
    fail_msg("no file of the page ends in '%s'", suffix);
    return NULL;
}

static void assert_form(const struct exchange *x, const struct embed_file *f)
{
    assert_int_equal(x->p.status, 200);
    assert_string_equal(field(x, "Content-Type"), f->content_type);
    assert_string_equal(field(x, "ETag"), f->etag);
    assert_string_equal(field(x, "Content-Encoding"), f->gzip ? "gzip" : "");
    assert_string_equal(field(x, "Vary"), f->gzip ? "Accept-Encoding" : "");
    assert_string_equal(field(x, "Cache-Control"), f->lasting ? "public, max-age=31536000, immutable" : "no-cache");
    assert_int_equal(x->p.len, f->len);
    assert_memory_equal(x->p.data, f->data, f->len);
}

static void test_each_file(void **state)
{
    (void)state;
    assert_true(n_files >= 4); /* the shell, a script, a style, an icon */
    for (size_t i = 0; i < n_files; i++) {
        struct exchange x = ask("GET", files[i].path, "Accept-Encoding: br, gzip", NULL);
        assert_form(&x, &files[i]);
        assert_int_equal(files[i].gzip, files[i].len > 2 && !memcmp(files[i].data, gzip_magic, sizeof gzip_magic));
        done(&x);
    }
}

static void test_the_shell(void **state)
{
    (void)state;
    struct exchange x = ask("GET", "/", "Accept-Encoding: identity", NULL);
    assert_int_equal(x.p.status, 200);
    assert_string_equal(field(&x, "Cache-Control"), "no-cache");
    assert_string_equal(field(&x, "Content-Type"), "text/html; charset=utf-8");
    for (size_t i = 0; i < n_files; i++) {
        mem_auto char *name = mem_printf("\"%s\"", files[i].path);
        bool of_script = files[i].path[3] == '-'; /* "/en-...": texts of a language, which the script asks for */
        if (files[i].lasting && !of_script && !memmem(x.p.data, x.p.len, name, strlen(name)))
            fail_msg("index.html does not name %s", name);
    }
    assert_null(memmem(x.p.data, x.p.len, " style=", 7));
    assert_null(memmem(x.p.data, x.p.len, "<script>", 8));
    done(&x);
}

static void test_fields_of_security(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_files; i++) {
        struct exchange x = ask("GET", files[i].path, NULL, NULL);
        assert_string_equal(field(&x, "Content-Security-Policy"),
                            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                            "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
                            "require-trusted-types-for 'script'; trusted-types 'none'");
        assert_string_equal(field(&x, "X-Content-Type-Options"), "nosniff");
        assert_string_equal(field(&x, "X-Frame-Options"), "DENY");
        assert_string_equal(field(&x, "Referrer-Policy"), "no-referrer");
        assert_string_equal(field(&x, "Cross-Origin-Opener-Policy"), "same-origin");
        assert_string_equal(field(&x, "Cross-Origin-Resource-Policy"), "same-origin");
        assert_non_null(strstr(field(&x, "Permissions-Policy"), "camera=()"));
        done(&x);
    }
}

static void assert_not_modified(const struct embed_file *f, const char *fields)
{
    struct exchange x = ask("GET", f->path, fields, NULL);
    assert_int_equal(x.p.status, 304);
    assert_int_equal(x.p.len, 0);
    assert_string_equal(field(&x, "ETag"), f->etag);
    assert_string_equal(field(&x, "Vary"), f->gzip ? "Accept-Encoding" : "");
    assert_string_equal(field(&x, "Content-Length"), "");
    assert_string_equal(field(&x, "Content-Type"), "");
    done(&x);
}

/* What a client has already is not sent again, in whatever form it names it. */
static void test_not_modified(void **state)
{
    static const struct {
        const char *before, *after;
    } forms[] = { { "", "" }, { "W/", "" }, { "\"other\", W/", ", \"third\"" } };
    (void)state;
    for (size_t i = 0; i < n_files * MEM_COUNT(forms); i++) {
        const struct embed_file *f = &files[i / MEM_COUNT(forms)];
        size_t k = i % MEM_COUNT(forms);
        mem_auto char *fields = mem_printf("If-None-Match: %s%s%s", forms[k].before, f->etag, forms[k].after);
        assert_not_modified(f, fields);
    }
    assert_not_modified(&files[0], "If-None-Match: *");
    struct exchange x = ask("GET", "/", "If-None-Match: \"00000000000000000000000000000000\"", NULL);
    assert_int_equal(x.p.status, 200);
    done(&x);
}

/* The listener leaves the body of the answer to HEAD away; all else is that of GET. */
static void test_head(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_files; i++) {
        struct exchange x = ask("HEAD", files[i].path, NULL, NULL);
        char length[24];
        snprintf(length, sizeof length, "%zu", files[i].len);
        assert_form(&x, &files[i]);
        assert_string_equal(field(&x, "Content-Length"), length);
        done(&x);
    }
}

static void test_who_does_not_take_gzip(void **state)
{
    static const char *const refusals[] = { "Accept-Encoding: identity", "Accept-Encoding: gzip;q=0, br",
                                            "Accept-Encoding:" };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(refusals); i++) {
        struct exchange x = ask("GET", ending(".js")->path, refusals[i], NULL);
        assert_int_equal(x.p.status, 406);
        assert_string_equal(text(&x, "/code"), "not_acceptable");
        assert_non_null(strstr(text(&x, "/detail"), "send 'gzip' there"));
        assert_string_equal(field(&x, "Vary"), "Accept-Encoding"); /* a cache must not give this to others */
        assert_string_equal(field(&x, "Cache-Control"), "no-store");
        assert_string_equal(field(&x, "Content-Encoding"), "");
        done(&x);
        x = ask("GET", "/", refusals[i], NULL);
        assert_form(&x, ending("index.html"));
        done(&x);
    }
    struct exchange x = ask("GET", ending(".js")->path, NULL, NULL); /* no field: any coding will do */
    assert_form(&x, ending(".js"));
    done(&x);
}

static void test_what_is_gone(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_files; i++) {
        if (!files[i].lasting)
            continue;
        mem_auto char *old = mem_strdup(files[i].path);
        char *hash = strrchr(old, '.') - 1;
        *hash = *hash == '0' ? '1' : '0';
        struct exchange x = ask("GET", old, NULL, NULL);
        assert_int_equal(x.p.status, 404);
        assert_string_equal(field(&x, "Cache-Control"), "no-store");
        done(&x);
    }
    static const char *const never[] = { "/app.js", "/index.html.gz", "/web/index.html", "//", "/index.html/" };
    for (size_t i = 0; i < MEM_COUNT(never); i++)
        expect(404, "GET", never[i], NULL, NULL);
}

static void test_other_methods(void **state)
{
    static const char *const methods[] = { "POST", "PUT", "DELETE", "OPTIONS", "get" };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(methods); i++) {
        struct exchange x = ask(methods[i], "/", NULL, NULL);
        assert_int_equal(x.p.status, 405);
        assert_string_equal(field(&x, "Allow"), "GET, HEAD");
        done(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_file),
        cmocka_unit_test(test_the_shell),
        cmocka_unit_test(test_fields_of_security),
        cmocka_unit_test(test_not_modified),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_who_does_not_take_gzip),
        cmocka_unit_test(test_what_is_gone),
        cmocka_unit_test(test_other_methods),
    };
    return cmocka_run_group_tests(tests, page_up, api_down);
}

/* Known answers: FIPS 180-4 and RFC 4231 for hashes, RFC 4648 for texts; properties for sealing. */
#include "base/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void hex_of(const void *data, size_t len, char *out)
{
    crypto_hex(data, len, out);
}

static void test_sha256(void **state)
{
    uint8_t out[CRYPTO_SHA256_SIZE];
    char hex[65];
    (void)state;
    crypto_sha256("abc", 3, out);
    hex_of(out, sizeof out, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypto_sha256("", 0, out);
    hex_of(out, sizeof out, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* FIPS 180-4's examples of two blocks, and of many. */
static void test_sha256_of_several_blocks(void **state)
{
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static char many[1000000];
    uint8_t out[CRYPTO_SHA256_SIZE];
    char hex[65];
    (void)state;
    crypto_sha256(two, sizeof two - 1, out);
    hex_of(out, sizeof out, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(many, 'a', sizeof many);
    crypto_sha256(many, sizeof many, out);
    hex_of(out, sizeof out, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* NIST GCM test cases 13 to 15 (AES-256, without AAD): nothing, one block, four blocks. */
static void test_gcm_known_answers_without_aad(void **state)
{
    static const struct {
        const char *key, *plain, *sealed;
    } cases[] = {
        { "0000000000000000000000000000000000000000000000000000000000000000", "",
          "000000000000000000000000530f8afbc74536b9a963b4f1c4cb738b" },
        { "0000000000000000000000000000000000000000000000000000000000000000", "00000000000000000000000000000000",
          "000000000000000000000000cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919" },
        { "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
          "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0d"
          "e6"
          "57ba637b391aafd255",
          "cafebabefacedbaddecaf888522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b0"
          "8b"
          "1056828838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c" },
    };
    uint8_t key[32], sealed[128], plain[64], expected[64];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].plain) / 2, sealed_len = strlen(cases[i].sealed) / 2;
        assert_true(crypto_unhex(cases[i].key, key, 32));
        assert_true(crypto_unhex(cases[i].plain, expected, len));
        assert_true(crypto_unhex(cases[i].sealed, sealed, sealed_len));
        assert_int_equal(sealed_len, len + CRYPTO_SEAL_OVERHEAD);
        assert_int_equal(crypto_open(key, NULL, 0, sealed, sealed_len, plain, NULL), 0);
        assert_memory_equal(plain, expected, len);
        sealed[sealed_len - 1] ^= 1;
        assert_int_equal(crypto_open(key, NULL, 0, sealed, sealed_len, plain, NULL), -ERR_SEALED);
    }
}

/* NIST GCM test case 16 (AES-256, with AAD), laid out as crypto_open takes it: nonce, ciphertext, tag. */
static void test_gcm_known_answer(void **state)
{
    uint8_t key[32], sealed[12 + 60 + 16], plain[60], aad[20], expected[60];
    (void)state;
    assert_true(crypto_unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key, 32));
    assert_true(crypto_unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad, 20));
    assert_true(
        crypto_unhex("cafebabefacedbaddecaf888"
                     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10568"
                     "28838c5f61e6393ba7a0abcc9f662"
                     "76fc6ece0f4e1768cddf8853bb2d551b",
                     sealed, sizeof sealed));
    assert_true(
        crypto_unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5"
                     "25b16aedf5aa0de657ba637b39",
                     expected, sizeof expected));
    assert_int_equal(crypto_open(key, aad, sizeof aad, sealed, sizeof sealed, plain, NULL), 0);
    assert_memory_equal(plain, expected, sizeof plain);
}

static void test_seal_open(void **state)
{
    uint8_t key[32], sealed[64], again[64], plain[64];
    struct err e = { 0 };
    (void)state;
    crypto_random(key, sizeof key);
    assert_int_equal(crypto_seal(key, "aad", 3, "secret", 6, sealed, &e), 0);
    assert_int_equal(crypto_seal(key, "aad", 3, "secret", 6, again, &e), 0);
    assert_memory_not_equal(sealed, again, 6 + CRYPTO_SEAL_OVERHEAD); /* a fresh nonce */
    assert_int_equal(crypto_open(key, "aad", 3, sealed, 6 + CRYPTO_SEAL_OVERHEAD, plain, &e), 0);
    assert_memory_equal(plain, "secret", 6);
    assert_int_equal(crypto_open(key, "axd", 3, sealed, 6 + CRYPTO_SEAL_OVERHEAD, plain, &e), -ERR_SEALED);
    for (size_t i = 0; i < 6 + CRYPTO_SEAL_OVERHEAD; i++) { /* every byte counts */
        sealed[i] ^= 1;
        memset(plain, 7, sizeof plain);
        assert_int_equal(crypto_open(key, "aad", 3, sealed, 6 + CRYPTO_SEAL_OVERHEAD, plain, &e), -ERR_SEALED);
        assert_memory_equal(plain, "\0\0\0\0\0\0", 6);
        sealed[i] ^= 1;
    }
    for (size_t n = 0; n < CRYPTO_SEAL_OVERHEAD; n++)
        assert_int_equal(crypto_open(key, "aad", 3, sealed, n, plain, &e), -ERR_SEALED);
}

static void test_base64(void **state)
{
    static const char *const plain[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
    static const char *const text[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
    char out[32];
    (void)state;
    for (size_t i = 0; i < 7; i++) {
        crypto_base64(plain[i], strlen(plain[i]), out);
        assert_string_equal(out, text[i]);
        crypto_base64url(plain[i], strlen(plain[i]), out);
        assert_memory_equal(out, text[i], strlen(out));
        assert_null(strchr(out, '='));
    }
    crypto_base64url("\xfb\xff", 2, out);
    assert_string_equal(out, "-_8");
}

static void test_unhex(void **state)
{
    uint8_t out[2];
    (void)state;
    assert_true(crypto_unhex("aBfF", out, 2));
    assert_int_equal(out[0], 0xab);
    assert_int_equal(out[1], 0xff);
    assert_false(crypto_unhex("abf", out, 2));
    assert_false(crypto_unhex("abfff", out, 2));
    assert_false(crypto_unhex("abfg", out, 2));
    assert_false(crypto_unhex("ab/f", out, 2));
}

static void test_equal(void **state)
{
    (void)state;
    assert_true(crypto_equal("abc", "abc", 3));
    assert_false(crypto_equal("abc", "abd", 3));
    assert_false(crypto_equal("xbc", "abc", 3));
    assert_true(crypto_equal("a", "b", 0));
}

/* RFC 4231, cases 2 and 6; and nothing at all. */
static void test_hmac(void **state)
{
    (void)state;
    static const struct {
        const char *key, *data, *hex;
        size_t key_len;
    } cases[] = {
        { "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
          4 },
        { "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
          "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
          "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
          "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
          "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa",
          "Test Using Larger Than Block-Size Key - Hash Key First",
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", 131 },
        { "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t mac[CRYPTO_SHA256_SIZE];
        char hex[65];
        crypto_hmac(cases[i].key, cases[i].key_len, cases[i].data, strlen(cases[i].data), mac);
        crypto_hex(mac, sizeof mac, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

/* RFC 7914, section 11; and a password that is longer than a block (by Python's hashlib). */
static void test_pbkdf2(void **state)
{
    (void)state;
    static const struct {
        const char *password, *salt, *hex;
        int rounds;
    } cases[] = {
        { "passwd", "salt", "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc", 1 },
        { "Password", "NaCl", "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56", 80000 },
        { "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
          "NaCl", "de343c8855f07ca7aabe689a4007d9663341a47f0b925305e3e93616acc49535", 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t key[CRYPTO_SHA256_SIZE];
        char hex[65];
        crypto_pbkdf2(cases[i].password, strlen(cases[i].password), cases[i].salt, strlen(cases[i].salt),
                      cases[i].rounds, key);
        crypto_hex(key, sizeof key, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void test_a_child_makes_ids_of_its_own(void **state)
{
    (void)state;
    uint8_t mine[16], theirs[16];
    int fds[2], status;
    crypto_random_id(mine, sizeof mine); /* there is a stock from here on */
    assert_int_equal(0, pipe(fds));
    pid_t child = fork();
    if (child == 0) {
        crypto_random_id(theirs, sizeof theirs);
        _exit(write(fds[1], theirs, sizeof theirs) != sizeof theirs);
    }
    crypto_random_id(mine, sizeof mine);
    assert_int_equal(sizeof theirs, read(fds[0], theirs, sizeof theirs));
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_int_equal(0, status);
    assert_memory_not_equal(mine, theirs, sizeof mine);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_of_several_blocks),
        cmocka_unit_test(test_gcm_known_answers_without_aad),
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_gcm_known_answer),
        cmocka_unit_test(test_seal_open),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_unhex),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_a_child_makes_ids_of_its_own),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_pbkdf2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* entropy.c - mbedTLS's only entropy source: getrandom(2), which needs no file and so works in an empty chroot. */
#include <errno.h>
#include <stddef.h>
#include <sys/random.h>

#include <mbedtls/build_info.h>
#include <mbedtls/entropy.h>

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *ret_len);

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *ret_len)
{
    size_t have = 0;

    (void)data;
    while (have < len) {
        ssize_t n = getrandom(output + have, len - have, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
        have += (size_t)n;
    }
    *ret_len = have;
    return 0;
}

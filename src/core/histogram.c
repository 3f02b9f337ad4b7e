#include "core/histogram.h"

#include <math.h>

#define LARGEST ((int64_t)UINT32_MAX)

int histogram_bucket(int64_t value)
{
    if (value < 8)
        return value > 0 ? (int)value : 0;
    uint32_t n = value > LARGEST ? UINT32_MAX : (uint32_t)value;
    int power = 31 - __builtin_clz(n);
    return (power - 2) * 8 + (int)((n >> (power - 3)) & 7);
}

int64_t histogram_least(int bucket)
{
    return bucket < 8 ? bucket : (int64_t)(8 + bucket % 8) << (bucket / 8 - 1);
}

void histogram_add(struct histogram *h, int64_t value)
{
    if (value < 0)
        value = 0;
    h->count++;
    h->sum += value;
    if (value > h->max)
        h->max = value;
    h->buckets[histogram_bucket(value)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *h)
{
    into->count += h->count;
    into->sum += h->sum;
    if (h->max > into->max)
        into->max = h->max;
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += h->buckets[i];
}

static int64_t middle(int bucket)
{
    int64_t least = histogram_least(bucket);
    return bucket < 16 ? least : least + ((int64_t)1 << (bucket / 8 - 1)) / 2;
}

int64_t histogram_percentile(const struct histogram *h, double share)
{
    if (h->count == 0)
        return -1;
    int64_t rank = (int64_t)ceil(share * (double)h->count), seen = 0;
    int bucket = 0;
    if (rank < 1)
        rank = 1;
    while (bucket < HISTOGRAM_BUCKETS - 1 && (seen += h->buckets[bucket]) < rank)
        bucket++;
    int64_t value = middle(bucket);
    return value < h->max && rank < h->count ? value : h->max;
}

/* Greatest, sum, how many buckets are in use, and each as its distance from the one before and its count. */
void histogram_pack(const struct histogram *h, struct buf *out)
{
    int used = 0, before = 0;
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        used += h->buckets[i] > 0;
    pack_uint(out, (uint64_t)used);
    if (!used)
        return;
    pack_uint(out, (uint64_t)h->max);
    pack_uint(out, (uint64_t)h->sum);
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (!h->buckets[i])
            continue;
        pack_uint(out, (uint64_t)(i - before));
        pack_uint(out, (uint64_t)h->buckets[i]);
        before = i;
    }
}

void histogram_merge_packed(struct histogram *into, struct unpack *u)
{
    uint64_t used = unpack_uint(u), bucket = 0;
    if (!used)
        return;
    int64_t max = (int64_t)unpack_uint(u);
    into->sum += (int64_t)unpack_uint(u);
    if (max > into->max)
        into->max = max;
    while (used-- > 0 && !u->bad) {
        bucket += unpack_uint(u);
        int64_t n = (int64_t)unpack_uint(u);
        if (bucket >= HISTOGRAM_BUCKETS) {
            u->bad = true;
            return;
        }
        into->buckets[bucket] += n;
        into->count += n;
    }
}

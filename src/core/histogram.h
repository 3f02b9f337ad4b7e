/* histogram.h - how long something took, of any number of times, in a fixed space. Pure.
 *
 * Values are whole milliseconds. Up to 15 each has a bucket of its own; from there each doubling has eight. So a percentile
 * is off by at most a sixteenth of itself (6.25 %), however many histograms were added up. Sum and greatest are exact. */
#ifndef EDGECRON_CORE_HISTOGRAM_H
#define EDGECRON_CORE_HISTOGRAM_H

#include "base/pack.h"

#define HISTOGRAM_BUCKETS 240 /* the last takes all from 2^32 - 2^28 ms (46 days) on */

struct histogram {
    int64_t count, sum, max; /* max: 0 when there is none */
    int64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, int64_t value); /* less than 0 counts as 0 */
void histogram_merge(struct histogram *into, const struct histogram *h);
/* The value that `share` (0..1) of all are not above: the middle of its bucket, never above the greatest. -1: there is none. */
int64_t histogram_percentile(const struct histogram *h, double share);
int histogram_bucket(int64_t value);
int64_t histogram_least(int bucket); /* the least value in it */

void histogram_pack(const struct histogram *h, struct buf *out);
void histogram_merge_packed(struct histogram *into, struct unpack *u);

#endif

/* power.h - for tests: what the disk may hold after the power went, worked out from what was written to the files of a store and
 * which of it was synced.
 *
 * Writes that were synced are there. Of the others each sector is as before, as written, or half of each, whichever order they
 * were in; a file that grew may have grown without its content, or with another's; truncations, new names and deletions that were not
 * synced may have happened or not. */
#ifndef EDGECRON_TEST_POWER_H
#define EDGECRON_TEST_POWER_H

#include <stdbool.h>
#include <stdint.h>

struct power;

struct power *power_watch(const char *dir); /* of one store at a time, from before it is opened */
void power_go_on(struct power *p);          /* after others have used files for a while */
void power_stop(struct power *p);           /* and forget */
void power_each(struct power *p, void (*each)(void *ctx), void *ctx); /* told after each event: a moment for a loss */

/* What may be left now, by a seed; any number of them, at any time. */
struct power_image;
struct power_image *power_lose(const struct power *p, uint64_t seed);
void power_image_write(const struct power_image *image, const char *dir); /* as files in an empty directory */
void power_image_free(struct power_image *image);

#endif

/* notice_parts.h - a message in its parts, for channels that lay it out themselves. Pure.
 *
 * All texts are UTF-8 without control characters but '\n'. */
#ifndef EDGECRON_CORE_NOTICE_PARTS_H
#define EDGECRON_CORE_NOTICE_PARTS_H

#include "core/notice.h"

/* What happened to what to try: paragraphs, an empty line between them. */
void notice_story(const struct notice *n, enum notice_language l, struct buf *out);
/* "The run and its answer": what notice_link leads to. */
const char *notice_link_label(const struct notice *n, enum notice_language l);
/* "edgecron on host7, 22 Nov 07:05 UTC" */
void notice_signature(const struct notice *n, enum notice_language l, struct buf *out);

#endif

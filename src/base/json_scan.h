/* json_scan.h - the strict syntax of RFC 8259, checked without building anything. Part of json.h. */
#ifndef EDGECRON_BASE_JSON_SCAN_H
#define EDGECRON_BASE_JSON_SCAN_H

#include <stddef.h>

/* NULL when text is one strict JSON value; else what is wrong (static text), with its byte offset in *ret_at. */
const char *json_scan(const char *text, size_t len, size_t *ret_at);

#endif

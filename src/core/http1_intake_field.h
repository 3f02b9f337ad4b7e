/* http1_intake_field.h - the fields of a request's head, one at a time; between http1_intake.c and http1_intake_field.c alone. Pure. */
#ifndef EDGECRON_CORE_HTTP1_INTAKE_FIELD_H
#define EDGECRON_CORE_HTTP1_INTAKE_FIELD_H

#include "core/http1_intake.h"
#include "core/http1_line.h"

/* Notes what the field says of framing and connection, and keeps it in p->fields unless it is about nothing else. */
int http1_intake_field(struct http1_intake *p, struct http1_text name, struct http1_text value, struct err *e);
/* Keeps it as the Host field. */
int http1_intake_host(struct http1_intake *p, struct http1_text value, struct err *e);

#endif

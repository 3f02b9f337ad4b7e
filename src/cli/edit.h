/* edit.h - changes to the JSON form of a job or target, from flags. Thread: main. */
#ifndef EDGECRON_CLI_EDIT_H
#define EDGECRON_CLI_EDIT_H

#include "cli/data.h"
#include "store/jobs.h"

struct edit_field {
    enum flag flag;
    const char *member; /* empty text puts null; an integer flag puts a number */
};
bool edit_any(const struct config *c, const struct edit_field *fields, size_t n); /* is one of them given? */
void edit_fields(struct json *object, const struct config *c, const struct edit_field *fields, size_t n);
/* The member as an object that can be changed; made when it is absent or something else. */
struct json *edit_object(struct json *parent, const char *key);
/* --header 'NAME: VALUE' into the member "headers"; names that differ in case alone are the same header. */
int edit_headers(struct json *parent, const struct config *c, struct err *e);

#endif

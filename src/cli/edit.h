/* edit.h - changes to the JSON form of a job, target, channel or alert rule, from flags. Thread: main. */
#ifndef EDGECRON_CLI_EDIT_H
#define EDGECRON_CLI_EDIT_H

#include "cli/data.h"
#include "store/jobs.h"

enum edit_how {
    EDIT_PLAIN,  /* by the flag's type: a number, true or false, or text; empty text puts null */
    EDIT_TEXT,   /* text that may be empty */
    EDIT_NUMBER, /* text that should be a number */
    EDIT_WORDS,  /* "a,b": an array of strings */
    EDIT_JSON    /* JSON as it is */
};
struct edit_field {
    enum flag flag;
    const char *object, *member; /* object NULL: a member of the whole */
    enum edit_how how;
};
bool edit_any(const struct config *c, const struct edit_field *fields, size_t n); /* is one of them given? */
/* ERR_USAGE for what should be JSON and is none; all else is judged by who reads the form. */
int edit_fields(struct json *form, const struct config *c, const struct edit_field *fields, size_t n, struct err *e);
/* The member as an object that can be changed; made when it is absent or something else. */
struct json *edit_object(struct json *parent, const char *key);
/* Repeated flags 'NAME: VALUE' into the member `key`, an object; an empty VALUE takes the name away. `compare` says which
 * names are the same (0). */
int edit_pairs(struct json *parent, const char *key, const struct config *c, enum flag f,
               int (*compare)(const char *a, const char *b), struct err *e);
/* A repeated flag, each value "a" or "a,b", as the whole of the member `key`, an array of strings; "" for none. */
void edit_list(struct json *parent, const char *key, const struct config *c, enum flag f);
/* The same for ranges of addresses: without a value all private ones, "false" for none. */
void edit_ranges(struct json *parent, const char *key, const struct config *c, enum flag f);
/* --enabled and --disabled into the member `enabled`. ERR_USAGE for both. */
int edit_enabled(struct json *form, const struct config *c, struct err *e);
/* --until and --for, as the time that they mean; WALL_NONE when neither is given. ERR_USAGE for both, and for the past. */
int edit_until(const struct config *c, struct wall now, struct wall *ret, struct err *e);
/* --body into the member `body`: JSON as it is, other text as a string, that of FILE for "@FILE", and none for "". */
int edit_body(struct json *object, const char *text, struct err *e);

#endif

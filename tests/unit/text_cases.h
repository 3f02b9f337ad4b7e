/* text_cases.h - runs the text files of a folder of tests/cases, line by line.
 *
 * Empty lines and lines beginning with '#' are skipped. What a line means is up to the test; it fails a line with
 * text_case_fail, which names file and line and goes on, so that one run shows all that is wrong. */
#ifndef EDGECRON_TESTS_TEXT_CASES_H
#define EDGECRON_TESTS_TEXT_CASES_H

struct text_cases {
    const char *file; /* of the line at hand, for messages */
    int line;
    int passed, failed;
};

typedef void (*text_case_line)(struct text_cases *t, const char *line, void *ctx);

/* Every *.txt in tests/cases/FOLDER, by name. Fails the cmocka test when a line failed, or fewer than `at_least` cases
 * passed. */
void text_cases_run(const char *folder, int at_least, text_case_line each, void *ctx);

void text_case_pass(struct text_cases *t);
void text_case_fail(struct text_cases *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

/*
 * How a command is used: its name, what it takes, what its --help says. A row
 * of the table of commands (command/table.c) begins with one of these, and the
 * whole --help text is put together from it and from options.def:
 *
 *     Usage: py-dump [OPTION]...              name, words
 *
 *     Print the Python stack of …             description
 *
 *     Options:
 *       -t, --thread T           only …       options
 *
 *     Examples:
 *       py-dump --thread MainThread           examples
 */
#ifndef HOG_LINE_USAGE_H
#define HOG_LINE_USAGE_H

#include "base/text.h"
#include "line/options.h"

/* An option that a command takes. */
struct usage_option {
    enum option option;
    const char *help; /* what it means to this command; NULL: what options.def says */
};

struct usage {
    const char *name;        /* "py-dump", "py-stats top" */
    const char *summary;     /* one line, at most 70 characters, no full stop */
    const char *words;       /* what stands before the options: "FILE..."; NULL: it takes no words */
    const char *forms;       /* instead of the line "NAME WORDS [OPTION]...": one a line; NULL: that line */
    const char *description; /* paragraphs, wrapped by hand at 80 columns; {formats} as in options.def */
    const struct usage_option
        *options;         /* in the order of the help; OPTION_HELP is the last; NULL: that alone */
    bool expression;      /* its words are one expression of Python, and keep their quotes */
    bool no_process;      /* it looks at no process and no core */
    const char *examples; /* two or more, one a line */
};

/* Its options, up to and with OPTION_HELP. */
const struct usage_option *usage_options(const struct usage *usage);
/* NULL: it does not take it. */
const struct usage_option *usage_find(const struct usage *usage, enum option option);
/* The whole --help text. */
void usage_put_help(const struct usage *usage, struct hog_text *text);

#endif

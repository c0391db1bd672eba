/*
 * The options of the py-* commands: one table of all there are, and for each
 * command the set of those it takes. help.h has the line of each.
 */
#ifndef HOG_LINE_OPTIONS_H
#define HOG_LINE_OPTIONS_H

#include "base/arena.h"
#include "formats/write.h"
#include "layout/layout.h"
#include "profile/view.h"

enum option {
    OPTION_THREAD,
    OPTION_JSON,
    OPTION_OUTPUT,
    OPTION_FULL,
    OPTION_PYTHON_ONLY,
    OPTION_MAX_DEPTH,
    OPTION_ASSUME_VERSION,
    OPTION_CORE,
    OPTION_VERBOSE,
    OPTION_DURATION,
    OPTION_RATE,
    OPTION_FORMAT,
    OPTION_IDLE,
    OPTION_GIL,
    OPTION_THREADS,
    OPTION_STOP,
    OPTION_FUNCTION,
    OPTION_LINE,
    OPTION_UNDER,
    OPTION_EVERY,
    OPTION_TIMES,
    OPTION_SORT,
    OPTION_ROWS,
    OPTION_CALLERS,
    OPTION_CALLEES,
    OPTION_NATIVE,
    OPTION_HELP,
    OPTION_COUNT
};

#define OPTION_BIT(option) (1U << (option))
/* Beside the OPTION_BITs: words that are no options are the command's to judge. */
#define OPTIONS_WORDS (1U << 31)
_Static_assert(OPTION_COUNT < 31, "each option has a bit");

/* What a command line asks for. */
struct options {
    uint32_t given; /* OPTION_BITs */
    const char **threads;
    size_t thread_count;
    const char **outputs; /* in their order */
    size_t output_count;
    const char *output; /* the last of them */
    const char *core;
    uint32_t max_depth; /* 0: unlimited */
    struct hog_version assume_version;
    double duration; /* seconds; 0: unlimited */
    double rate;
    double every;   /* minutes */
    uint32_t times; /* 0: unlimited */
    uint32_t rows;  /* 0: unlimited */
    const struct hog_format *format;
    enum hog_sort sort;
    const char *under, *callers, *callees;
    const char **words; /* OPTIONS_WORDS: those that are no options */
    size_t word_count;
    struct hog_arena arena; /* holds the words */
};

/* One line of the table. */
struct option_info {
    const char *name; /* without "--" */
    char letter;
    const char *value; /* what it is followed by, NULL: nothing */
};

const struct option_info *option_table(void); /* OPTION_COUNT lines */

/* The keys of --sort, as pstats has them. NULL at the end. */
const char *option_sort_key(size_t index);

/*
 * Parses the rest of the line for a command that takes `allowed`. The words
 * of an error name no command. `options` must be deinit'ed either way.
 */
enum hog_status options_parse(struct options *options, const char *command, uint32_t allowed,
                              const char *line, struct hog_error *error) HOG_CHECKED;
void options_deinit(struct options *options);

static inline bool option_given(const struct options *options, enum option option)
{
    return (options->given & OPTION_BIT(option)) != 0;
}

#endif

/*
 * The options of the py-* commands, as rows of options.def, and a parsed
 * command line. Which command takes which: usage.h.
 */
#ifndef HOG_LINE_OPTIONS_H
#define HOG_LINE_OPTIONS_H

#include "base/arena.h"
#include "formats/write.h"
#include "layout/layout.h"
#include "profile/view.h"

enum option {
#define FLAG(id, ...)  OPTION_##id,
#define VALUE(id, ...) OPTION_##id,
#include "line/options.def"
#undef FLAG
#undef VALUE
    OPTION_COUNT
};

/* What Tab offers for the value of an option. */
enum option_completion {
    COMPLETE_NOTHING,
    COMPLETE_THREADS,
    COMPLETE_FILES,
    COMPLETE_VERSIONS,
    COMPLETE_FORMATS,
    COMPLETE_SORTS,
    COMPLETE_UNLIMITED,
};

/* The values of an option that may be given several times, in their order. */
struct option_list {
    const char **items;
    size_t count;
};

/* What a command line asks for. */
struct options {
    uint8_t given[OPTION_COUNT]; /* how often, at most 255 */
    struct option_list threads;
    struct option_list outputs;
    struct option_list words; /* those that are no options; only of a command whose usage has words */
    const char *core;
    uint32_t max_depth; /* 0: unlimited */
    uint32_t depth;     /* 0: unlimited */
    uint32_t loop;      /* an event loop, from 1 */
    struct hog_version assume_version;
    double duration; /* seconds; 0: unlimited */
    double rate;
    double every;   /* minutes */
    double again;   /* seconds */
    uint32_t times; /* 0: unlimited */
    uint32_t rows;  /* 0: unlimited */
    const struct hog_format *format;
    enum hog_sort sort;
    const char *under, *callers, *callees, *redact;
    struct hog_arena arena; /* holds the words */
};

struct parser;
struct option_info;

/* Takes `value` into the field at `info->place`, or says what it may be; see options_values.h. */
typedef enum hog_status option_take(const struct parser *parser, const struct option_info *info,
                                    const char *value);

/* A row of options.def. */
struct option_info {
    const char *name; /* without "--" */
    char letter;
    const char *value; /* what the help calls its value; NULL: it has none */
    const char *help;
    option_take *take;  /* of those with a value, as are all that follow */
    size_t place;       /* of the field in struct options */
    const char *wanted; /* what a value is */
    enum option_completion completes;
};

const struct option_info *option_table(void); /* OPTION_COUNT rows */

/* The keys of --sort, as pstats has them. NULL at the end. */
const char *option_sort_key(size_t index);

struct usage;

/*
 * Parses the rest of the line for a command that is used so. The words of an
 * error name no command. `options` must be deinit'ed either way.
 */
enum hog_status options_parse(struct options *options, const struct usage *usage, const char *line,
                              struct hog_error *error) HOG_CHECKED;
void options_deinit(struct options *options);

static inline bool option_given(const struct options *options, enum option option)
{
    return options->given[option] != 0;
}

/* The last FILE of --output; NULL: none was given. */
static inline const char *option_output(const struct options *options)
{
    return options->outputs.count ? options->outputs.items[options->outputs.count - 1] : NULL;
}

#endif

/*
 * The options of the py-* commands: one table of all there are, and for each
 * command the set of those it takes. The help lines stand beside the table's
 * letters, so that a command's help is put together from them.
 */
#ifndef HOG_COMMAND_OPTIONS_H
#define HOG_COMMAND_OPTIONS_H

#include "base/arena.h"
#include "layout/layout.h"

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
    OPTION_HELP,
    OPTION_COUNT
};

#define OPTION_BIT(option) (1U << (option))

#define HELP_THREAD                                                                                          \
    "  -t, --thread T           only thread T: the debugger's number, an LWP, a\n"                           \
    "                           pthread id 0x..., or a name; T,T or several -t\n"
#define HELP_JSON "  -j, --json               print JSON, and nothing else\n"
#define HELP_OUTPUT                                                                                          \
    "  -o, --output FILE        write to FILE, which is replaced only once all is\n"                         \
    "                           written\n"
#define HELP_FULL           "  -f, --full               show every frame of a deep recursion\n"
#define HELP_PYTHON_ONLY    "  -p, --python-only        leave out the threads that run no Python\n"
#define HELP_MAX_DEPTH      "  -m, --max-depth N        the N innermost frames of each thread, or unlimited\n"
#define HELP_ASSUME_VERSION "  -a, --assume-version X.Y decode as CPython X.Y, whatever was found\n"
#define HELP_CORE                                                                                            \
    "  -c, --core FILE          read this core file, which the debugger need not have\n"                     \
    "                           opened: it may be truncated or compressed\n"
#define HELP_VERBOSE "  -v, --verbose            also every step tried, the last dump, the settings\n"
#define HELP_HELP    "  -h, --help               this text\n"

/* What a command line asks for. */
struct options {
    uint32_t given; /* OPTION_BITs */
    const char **threads;
    size_t thread_count;
    const char *output;
    const char *core;
    uint32_t max_depth; /* 0: unlimited */
    struct hog_version assume_version;
    struct hog_arena arena; /* holds the words */
};

/* One line of the table. */
struct option_info {
    const char *name; /* without "--" */
    char letter;
    const char *value; /* what it is followed by, NULL: nothing */
};

const struct option_info *option_table(void); /* OPTION_COUNT lines */

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

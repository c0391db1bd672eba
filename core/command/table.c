/* The table of commands: names, one-line summaries, help, options, and what runs them. */
#include "command/command.h"
#include "line/help.h"
#include "line/words.h"

#include <string.h>

#define HELP_OF_THREADS "Threads that run no Python come last, as native; --python-only leaves them out.\n"

enum {
    COMMAND_DUMP,
    COMMAND_THREADS,
    COMMAND_INFO,
    COMMAND_SAMPLE,
    COMMAND_TOP,
    COMMAND_STATS,
    COMMAND_COUNT
};

static const struct hog_command_info info_table[COMMAND_COUNT] = {
    [COMMAND_DUMP] = {.name = "py-dump",
                      .summary = "Print the Python stack of every thread",
                      .help =
                          "Usage: py-dump [OPTION]...\n"
                          "\n"
                          "Print the Python stack of every thread of the process or core, innermost frame\n"
                          "first. Memory alone is read: nothing is called in the process, nothing "
                          "written.\n" HELP_OF_THREADS "\n"
                          "Options:\n" HELP_THREAD HELP_JSON HELP_OUTPUT HELP_FULL HELP_PYTHON_ONLY
                              HELP_NATIVE HELP_MAX_DEPTH HELP_CORE HELP_ASSUME_VERSION HELP_HELP "\n"
                          "Examples:\n"
                          "  py-dump --thread MainThread --max-depth 20\n"
                          "  py-dump --json --output dump.json\n"},
    [COMMAND_THREADS] =
        {.name = "py-threads",
         .summary = "List the Python threads, one line each",
         .help =
             "Usage: py-threads [OPTION]...\n"
             "\n"
             "Print one line a thread: its number, LWP, name, state, whether it holds the GIL,\n"
             "and its innermost Python frame.\n" HELP_OF_THREADS "\n"
             "Options:\n" HELP_JSON HELP_OUTPUT HELP_PYTHON_ONLY HELP_CORE HELP_ASSUME_VERSION HELP_HELP "\n"
             "Examples:\n"
             "  py-threads --python-only\n"
             "  py-threads --json -o threads.json\n"},
    [COMMAND_INFO] =
        {.name = "py-info",
         .summary = "Show which Python was found, and how, or why not",
         .help = "Usage: py-info [OPTION]...\n"
                 "\n"
                 "Show which CPython was found in the process or core, how it was found and where\n"
                 "memory is read from. Where none is found: every step tried, why, and the remedy.\n"
                 "\n"
                 "Options:\n" HELP_VERBOSE HELP_JSON HELP_OUTPUT HELP_CORE HELP_ASSUME_VERSION HELP_HELP "\n"
                 "Examples:\n"
                 "  py-info --verbose\n"
                 "  py-info --json -o info.json\n"},
    [COMMAND_SAMPLE] =
        {.name = "py-sample",
         .summary = "Let the process run for a while, and see where its time goes",
         .help = "Usage: py-sample [OPTION]...\n"
                 "\n"
                 "Let the process run and sample its Python stacks without stopping it; then it\n"
                 "stands still again, as it did before. Ends early at Ctrl-C, exit, a crash or a\n"
                 "breakpoint, and keeps what it has. Prints the hottest functions; the profile is\n"
                 "written to each FILE and kept for py-stats. Python functions are sampled; the\n"
                 "time of C functions is that of the Python function that called them, but with\n"
                 "--native they are functions of their own.\n"
                 "\n"
                 "Options:\n" HELP_DURATION HELP_RATE HELP_PROFILE_OUTPUT HELP_FORMAT HELP_IDLE HELP_GIL
                     HELP_THREADS HELP_ONE_THREAD HELP_STOP HELP_NATIVE_SAMPLES HELP_FUNCTION HELP_LINE
                         HELP_UNDER HELP_EVERY HELP_COUNT HELP_ASSUME_VERSION HELP_HELP "\n"
                 "Examples:\n"
                 "  py-sample --duration 30 --output busy.svg --output busy.prof\n"
                 "  py-sample -d 10 --every 5 --count 12 -o prof-%t-%p.json\n"},
    [COMMAND_TOP] = {.name = "py-top",
                     .summary = "Let the process run, and show its hottest functions each second",
                     .help =
                         "Usage: py-top [OPTION]...\n"
                         "\n"
                         "Let the process run and show its hottest functions, each second anew, until\n"
                         "Ctrl-C; then it stands still again, as it did before. Percentages are of the\n"
                         "samples since the screen before, seconds since py-top began. What was sampled is\n"
                         "kept for py-stats. On a terminal the keys s, t and n sort by self, total or\n"
                         "name, and q quits; elsewhere the screens are shown at the end.\n"
                         "\n"
                         "Options:\n" HELP_DURATION_OF_TOP HELP_COUNT_OF_TOP HELP_RATE HELP_SORT HELP_IDLE
                             HELP_GIL HELP_ONE_THREAD HELP_ASSUME_VERSION HELP_HELP "\n"
                         "Examples:\n"
                         "  py-top --sort cumtime\n"
                         "  py-top --count 3 --idle\n"},
    [COMMAND_STATS] = {.name = "py-stats",
                       .summary = "Show, write, compare and merge profiles",
                       .help =
                           "Usage: py-stats top [FILE] [OPTION]...\n"
                           "       py-stats write FILE... [OPTION]...\n"
                           "       py-stats diff OLD [NEW] [OPTION]...\n"
                           "       py-stats merge OUT FILE... [OPTION]...\n"
                           "\n"
                           "Work on profiles that are there already; no process is needed.\n"
                           "\n"
                           "    top    print the hottest functions of FILE\n"
                           "    write  write the last profile of this session to files, by their endings\n"
                           "    diff   compare two, what changed most first\n"
                           "    merge  add several up\n"
                           "\n"
                           "A profile that is read is a .json or .prof of hognose, or a .prof that cProfile\n"
                           "wrote. Where none is named it is the last one that py-sample or py-top took in\n"
                           "this session. Each of the four has a --help of its own.\n"
                           "\n"
                           "Options:\n" HELP_HELP "\n"
                           "Examples:\n"
                           "  py-stats top --sort cumtime\n"
                           "  py-stats diff before.json after.json\n"},
};

static const struct command command_table[COMMAND_COUNT] = {
    [COMMAND_DUMP] = {.info = &info_table[COMMAND_DUMP],
                      .options = OPTION_BIT(OPTION_THREAD) | OPTION_BIT(OPTION_JSON) |
                                 OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FULL) |
                                 OPTION_BIT(OPTION_PYTHON_ONLY) | OPTION_BIT(OPTION_NATIVE) |
                                 OPTION_BIT(OPTION_MAX_DEPTH) | OPTION_BIT(OPTION_CORE) |
                                 OPTION_BIT(OPTION_ASSUME_VERSION),
                      .run = run_dump},
    [COMMAND_THREADS] = {.info = &info_table[COMMAND_THREADS],
                         .options = OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_OUTPUT) |
                                    OPTION_BIT(OPTION_PYTHON_ONLY) | OPTION_BIT(OPTION_CORE) |
                                    OPTION_BIT(OPTION_ASSUME_VERSION),
                         .run = run_threads},
    [COMMAND_INFO] = {.info = &info_table[COMMAND_INFO],
                      .options = OPTION_BIT(OPTION_VERBOSE) | OPTION_BIT(OPTION_JSON) |
                                 OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_CORE) |
                                 OPTION_BIT(OPTION_ASSUME_VERSION),
                      .run = run_info},
    [COMMAND_SAMPLE] = {.info = &info_table[COMMAND_SAMPLE],
                        .options = OPTION_BIT(OPTION_DURATION) | OPTION_BIT(OPTION_RATE) |
                                   OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FORMAT) |
                                   OPTION_BIT(OPTION_IDLE) | OPTION_BIT(OPTION_GIL) |
                                   OPTION_BIT(OPTION_THREADS) | OPTION_BIT(OPTION_THREAD) |
                                   OPTION_BIT(OPTION_STOP) | OPTION_BIT(OPTION_NATIVE) |
                                   OPTION_BIT(OPTION_FUNCTION) | OPTION_BIT(OPTION_LINE) |
                                   OPTION_BIT(OPTION_UNDER) | OPTION_BIT(OPTION_EVERY) |
                                   OPTION_BIT(OPTION_TIMES) | OPTION_BIT(OPTION_ASSUME_VERSION),
                        .run = run_sample},
    [COMMAND_TOP] = {.info = &info_table[COMMAND_TOP],
                     .options = OPTION_BIT(OPTION_DURATION) | OPTION_BIT(OPTION_TIMES) |
                                OPTION_BIT(OPTION_RATE) | OPTION_BIT(OPTION_SORT) | OPTION_BIT(OPTION_IDLE) |
                                OPTION_BIT(OPTION_GIL) | OPTION_BIT(OPTION_THREAD) |
                                OPTION_BIT(OPTION_ASSUME_VERSION),
                     .run = run_top},
    [COMMAND_STATS] = {.info = &info_table[COMMAND_STATS],
                       .options = OPTIONS_WORDS,
                       .run = run_stats,
                       .subcommands = stats_commands},
};

const struct hog_command_info *hog_commands(size_t *ret_count)
{
    *ret_count = COMMAND_COUNT;
    return info_table;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; name && i < COMMAND_COUNT; i++)
        if (strcmp(info_table[i].name, name) == 0)
            return &command_table[i];
    return NULL;
}

/* The name of a subcommand is the last word of its whole name. */
static bool is_named(const struct command *subcommand, const char *word)
{
    return strcmp(strrchr(subcommand->info->name, ' ') + 1, word) == 0;
}

const struct command *command_choose(const struct command *command, const char **line)
{
    size_t count = 0;
    const struct command *subcommands = command->subcommands ? command->subcommands(&count) : NULL;
    char word[WORDS_FIRST_BYTES];
    const char *rest = count ? words_first(*line, word) : NULL;

    for (size_t i = 0; rest && i < count; i++) {
        if (!is_named(&subcommands[i], word))
            continue;
        *line = rest;
        return &subcommands[i];
    }
    return command;
}

/* The table of commands: names, one-line summaries, help, options, and what runs them. */
#include "command/command.h"

#include <string.h>

#define HELP_OF_THREADS "Threads that run no Python come last, as native; --python-only leaves them out.\n"

enum { COMMAND_DUMP, COMMAND_THREADS, COMMAND_INFO, COMMAND_COUNT };

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
                              HELP_MAX_DEPTH HELP_CORE HELP_ASSUME_VERSION HELP_HELP "\n"
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
};

static const struct command command_table[COMMAND_COUNT] = {
    [COMMAND_DUMP] = {.info = &info_table[COMMAND_DUMP],
                      .options = OPTION_BIT(OPTION_THREAD) | OPTION_BIT(OPTION_JSON) |
                                 OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FULL) |
                                 OPTION_BIT(OPTION_PYTHON_ONLY) | OPTION_BIT(OPTION_MAX_DEPTH) |
                                 OPTION_BIT(OPTION_CORE) | OPTION_BIT(OPTION_ASSUME_VERSION),
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

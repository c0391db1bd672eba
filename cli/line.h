/*
 * The command line of `hognose`: what is the command's, what is ours.
 *
 *     hognose dump 4711 --name 'train*' --json -t MainThread -o dump.json
 *             │    │    │               │                      └─ output
 *             │    └────┴─ targets      └──────────────────────── options, for hog_session_run
 *             └─ py-dump, of the one table of commands
 *
 * Which words are options and which are their values is asked of that table
 * (hog_command_option): no option of a command is known here.
 */
#ifndef HOG_CLI_LINE_H
#define HOG_CLI_LINE_H

#include "hognose.h"

enum word_kind { WORD_PLAIN, WORD_NAME, WORD_CHILDREN };

/* TARGET as it was written: "4711", "core.4711.zst", "db:2345"; --name PATTERN; --children PID. */
struct target_word {
    enum word_kind kind;
    const char *word;
};

struct line {
    struct hog_command_info command;
    const char *full_name; /* "py-stats top": of a command with verbs; else the command's own */
    char **options;        /* of the command, and its words */
    size_t option_count;
    const char *output; /* --output FILE, of commands that need a process; NULL: standard output */
    struct target_word *targets;
    size_t target_count;
    char **program;       /* after "--": a program to start, of commands that need a process; NULL none */
    const char *via;      /* --via LAUNCHER */
    double timeout;       /* --timeout SECONDS, of --via */
    const char *debugger; /* --debugger gdb|lldb: it is to do it */
    bool each_line;       /* --each-line: what --via asks of the other machines */
    bool wants_help, wants_json, wants_native, wants_stop, wants_objects;
};

/*
 * Parses the words after `hognose`. 0, or 2 after having said on standard error what is wrong. `line` must be
 * deinit'ed either way.
 */
int line_parse(struct line *line, int count, char **words);
void line_deinit(struct line *line);
/* Says so on standard error. 1 */
int line_no_memory(void);

/*
 * The options as hog_session_run takes them, with --json where it is `with_json` and --output where that is not NULL.
 * free() it. NULL: no memory, which standard error has been told.
 */
char *line_arguments(const struct line *line, bool with_json, const char *output);
/* A session's error is "py-dump: …", as the debuggers show it; without that. */
const char *line_without_name(const char *error, const char *command);

#endif

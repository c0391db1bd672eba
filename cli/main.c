/*
 * hognose: the py-* commands where there is no debugger.
 *
 *     main ─▶ line.c (what is asked) ─▶ target.c (of what) ─▶ run.c ─▶ host.c ─▶ hognose.h, the core
 *                                                              │
 *                                                              └─▶ handoff.c: gdb or lldb, for C frames
 *
 * What the core's table of commands does not have stands here: starting
 * debuggers, and watching a command.
 */
#include "describe.h"
#include "group.h"
#include "handoff.h"
#include "host.h"
#include "install.h"
#include "own.h"
#include "run.h"
#include "several.h"
#include "via.h"
#include "watch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run_gdb(int count, char **words)
{
    (void)count;
    return handoff_become("gdb", words);
}

static int run_lldb(int count, char **words)
{
    (void)count;
    return handoff_become("lldb", words);
}

static const struct own_command own_commands[] = {
    {"watch", "[OPTION]... -- COMMAND...", "Run a command, and show its Pythons when it hangs", watch_run},
    {"gdb", "[WORD]...", "Start gdb with the py-* commands", run_gdb},
    {"lldb", "[WORD]...", "Start lldb with the py-* commands", run_lldb},
    {"install", "[--gdb] [--lldb]", "Let gdb and lldb load the py-* commands when they start", install_run},
    {"uninstall", "[--gdb] [--lldb]", "Take that back", uninstall_run},
    {"completion", "bash|zsh|fish", "Print a script that completes the words of this command",
     completion_run},
    {"manual", "", "Print the manual page", manual_run},
};

enum { OWN_COMMANDS = sizeof own_commands / sizeof *own_commands };

const struct own_command *own_command(size_t index)
{
    return index < OWN_COMMANDS ? &own_commands[index] : NULL;
}

static int print_help(void)
{
    struct hog_command_info info;

    printf("Usage: hognose COMMAND TARGET... [OPTION]...\n"
           "\n"
           "What a Python process is doing: its stacks, its threads, where its time goes.\n"
           "Memory alone is read: nothing is called in the process, nothing written.\n"
           "\n"
           "TARGET is a process number, a core file (also compressed, or cut short), or\n"
           "  --name PATTERN     the Pythons whose name, or a word of whose command line, matches\n"
           "  --children PID     the Pythons among PID and its descendants\n"
           "  HOST:PORT          what gdbserver or lldb-server has; it takes gdb or lldb\n"
           "  -- PROGRAM...      a program to start, as in hognose sample -- python3 job.py\n"
           "Of several, equal stacks are shown once; with --json they are one document.\n"
           "\n"
           "Commands:\n");
    for (size_t i = 0; hog_command(i, &info); i++)
        printf("  %-10s %s\n", info.name + strlen("py-"), info.summary);
    for (size_t i = 0; i < OWN_COMMANDS; i++)
        printf("  %-10s %s\n", own_commands[i].name, own_commands[i].summary);
    printf("\n"
           "hognose COMMAND --help shows the options of each.\n"
           "\n"
           "Options beside those of the command:\n"
           "  --via LAUNCHER     run hognose on other machines: --via 'srun --overlap --jobid 7'\n"
           "  --timeout SECONDS  how long to wait for them: 30 unless given\n"
           "  --debugger NAME    let this gdb or lldb do it\n"
           "  --version\n"
           "\n"
           "Exit status: 0; 1: it failed, and standard error says why; 2: wrong usage.\n"
           "\n"
           "Examples:\n"
           "  hognose dump 4711\n"
           "  hognose dump --name gunicorn --json\n"
           "  hognose sample -d 10 -o busy.svg -- python3 job.py\n");
    return 0;
}

/* "py-dump [OPTION]..." as it is typed here: the name alone differs. */
static bool looks_at_a_process(const char *full_name)
{
    struct hog_command_info info;

    for (size_t i = 0; hog_command(i, &info); i++)
        if (strcmp(info.name, full_name) == 0)
            return info.needs_process;
    return false;
}

/* "Usage: hognose list TARGET [N | …", and in the examples "  hognose list 4711 Worker.run". */
static const char *put_with_target(const char *help, const char *name, const char *full_name)
{
    size_t length = strlen(full_name);
    const char *before = name;
    const char *examples = strstr(help, "Examples:");
    const char *core = strstr(name, " --core ");

    while (before > help && before[-1] == ' ')
        before--;
    if (strncmp(name, full_name, length) != 0 || (name[length] != ' ' && name[length] != '\n') ||
        (before > help && before[-1] != '\n' && before[-1] != ':'))
        return name + strlen("py-");
    printf("%s", full_name + strlen("py-"));
    if (!examples || name < examples)
        printf(" TARGET");
    else if (!core || core > name + strcspn(name, "\n"))
        printf(" 4711");
    return name + length;
}

static int print_command_help(const struct line *line)
{
    char *help = hog_command_help(line->full_name);
    bool has_target = looks_at_a_process(line->full_name);

    for (const char *at = help; at && *at;) {
        const char *name = strstr(at, "py-");

        if (!name || !*name) {
            fputs(at, stdout);
            break;
        }
        fwrite(at, 1, (size_t)(name - at), stdout);
        fputs(name > help && name[-1] != ' ' && name[-1] != '\n' ? "py-" : "hognose ", stdout);
        at = has_target ? put_with_target(help, name, line->full_name) : name + strlen("py-");
    }
    free(help);
    return 0;
}

static int run_table_command(int count, char **words)
{
    struct targets targets = {0};
    struct line line;
    int status = line_parse(&line, count, words);

    if (status == 0 && line.wants_help)
        status = print_command_help(&line);
    else if (status == 0 && !line.command.needs_process)
        status = run_without_target(&line);
    else if (status == 0 && line.via)
        status = via_run(&line);
    else if (status == 0 && line.program)
        status = run_program(&line);
    else if (status == 0 && !line.target_count) {
        fprintf(stderr,
                "hognose: %s of what? Name a process (hognose %s 4711), a core file, or --name PATTERN\n",
                words[0], words[0]);
        status = 2;
    } else if (status == 0) {
        status = targets_find(&targets, &line);
        if (status == 0)
            status = run_on_targets(&line, &targets);
        else if (line.each_line)
            documents_put_lines(NULL, 0); /* there is none here: that is an answer too */
        targets_deinit(&targets);
    }
    line_deinit(&line);
    return status;
}

int main(int count, char **words)
{
    int status;

    signal(SIGPIPE, SIG_DFL);
    if (count < 2) {
        print_help();
        return 2;
    }
    if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0 || strcmp(words[1], "help") == 0)
        return print_help();
    if (strcmp(words[1], "--version") == 0) {
        printf("hognose %s\n", HOGNOSE_VERSION);
        return 0;
    }
    for (size_t i = 0; i < OWN_COMMANDS; i++)
        if (strcmp(words[1], own_commands[i].name) == 0)
            return own_commands[i].run(count - 2, words + 2);
    cli_catch_interrupts();
    status = run_table_command(count - 1, words + 1);
    if (fflush(stdout) != 0 && status == 0) {
        perror("hognose: standard output");
        status = 1;
    }
    return status;
}

/*
 * The table of commands: one row each. How it is used (line/usage.h: name,
 * words, options, help, examples), and what runs it. Help, completion, the
 * documentation and the manual page are made from these rows.
 */
#include "base/cleanup.h"
#include "command/command.h"
#include "command/table_options.h"
#include "line/words.h"

#include <string.h>

#define NATIVE_LAST "Threads that run no Python come last, as native; --python-only leaves them out.\n"

static const struct command command_table[] = {
    {
        .usage =
            {.name = "py-dump",
             .summary = "Print the Python stack of every thread",
             .description =
                 "Print the Python stack of every thread of the process or core, innermost frame\n"
                 "first. Memory alone is read: nothing is called in the process, nothing written.\n" NATIVE_LAST,
             .options = dump_options,
             .examples = "py-dump --thread MainThread --max-depth 20\n"
                         "py-dump --locals --json --output dump.json\n"},
        .run = run_dump,
    },
    {
        .usage = {.name = "py-bt",
                  .summary = "Print the Python stack of the selected thread",
                  .description =
                      "Print the Python stack of the thread that the debugger has selected, innermost\n"
                      "frame first. An asterisk marks the frame that py-locals and py-print look at.\n",
                  .options = bt_options,
                  .examples = "py-bt --thread 2\n"
                              "py-bt --locals --max-depth 3\n"},
        .run = run_bt,
    },
    {
        .usage = {.name = "py-frame",
                  .summary = "Select a Python frame of the selected thread, or show which one is",
                  .words = "[N]",
                  .description =
                      "Select the Python frame number N, as py-bt numbers them, for py-locals and\n"
                      "py-print. Each thread has a selected frame of its own: the innermost, until\n"
                      "it is moved. Without N: show it. The debugger's own frame moves along, to the\n"
                      "C frame that runs it, where the thread is the selected one.\n",
                  .options = frame_options,
                  .examples = "py-frame 2\n"
                              "py-frame 0 --thread 3\n"},
        .run = run_frame,
    },
    {
        .usage = {.name = "py-up",
                  .summary = "Select the Python frame that called this one",
                  .words = "[N]",
                  .description =
                      "Select the frame that called the selected one, or the one N calls further out.\n",
                  .options = frame_options,
                  .examples = "py-up 1\n"
                              "py-up 3\n"},
        .run = run_up,
    },
    {
        .usage = {.name = "py-down",
                  .summary = "Select the Python frame that this one called",
                  .words = "[N]",
                  .description =
                      "Select the frame that the selected one called, or the one N calls further in.\n",
                  .options = frame_options,
                  .examples = "py-down 1\n"
                              "py-down 3\n"},
        .run = run_down,
    },
    {
        .usage = {.name = "py-locals",
                  .summary = "Print the variables of the selected Python frame",
                  .description =
                      "Print the variables of the selected Python frame in the order in which the\n"
                      "source declares them, as repr() would show them. Nothing is run for that.\n",
                  .options = locals_options,
                  .examples = "py-locals --thread 2\n"
                              "py-locals --all --full\n"},
        .run = run_locals,
    },
    {
        .usage = {.name = "py-print",
                  .summary = "Print a variable, or what a path from one leads to",
                  .words = "EXPR",
                  .expression = true,
                  .description =
                      "Print the value of EXPR: a name (local, global, builtin or a module), then\n"
                      "attributes, indices, string keys and slices; or $N, the value printed as\n"
                      "number N; or 0xADDRESS, the object that lies there. Memory alone is read: a\n"
                      "property is said to be one, and is not run. Below an object of a program's\n"
                      "class stand its attributes. lldb wants EXPR in double quotes where it has\n"
                      "blanks or quotes.\n",
                  .options = print_options,
                  .examples = "py-print self.queue[-1].name\n"
                              "py-print config['hosts'][0:3] --full\n"},
        .run = run_print,
    },
    {
        .usage = {.name = "py-list",
                  .summary = "Print the source around the selected Python frame",
                  .words = "[N | - | FUNC | FILE:LINE]",
                  .description =
                      "Print ten lines of source around the line of the selected Python frame, which\n"
                      "is marked, with what is being run underlined (Python 3.11 and later). Again:\n"
                      "the ten lines that follow; -: those before. N: around line N of that file.\n"
                      "FUNC: around a function, class or module, named as for py-print. FILE may be the\n"
                      "end of a path.\n"
                      "\n"
                      "Source is read as the process would find it: from files below its own root that\n"
                      "its own user may read, from zip files on sys.path, and from linecache in its\n"
                      "memory, where code of exec(), notebooks and the prompt is. What was changed\n"
                      "since the process was started, or its core written, is said to be.\n",
                  .options = list_options,
                  .examples = "py-list Worker.run\n"
                              "py-list threading.py:300\n"},
        .run = run_list,
    },
    {
        .usage = {.name = "py-exc",
                  .summary = "Print the exceptions that threads have raised or handle",
                  .description =
                      "Print for each thread the exception in flight and those that are being handled,\n"
                      "each with its traceback, what it came from, its notes and, of a group, those in\n"
                      "it. Threads without one are left out.\n",
                  .options = exceptions_options,
                  .examples = "py-exc --thread MainThread\n"
                              "py-exc --full --output exceptions.txt\n"},
        .run = run_exceptions,
    },
    {
        .usage = {.name = "py-threads",
                  .summary = "List the Python threads, one line each",
                  .description =
                      "Print one line a thread: its number, LWP, name, state, whether it holds the GIL,\n"
                      "and its innermost Python frame. What it waits for is its state; on a terminal\n"
                      "too narrow for that it stands in a line below.\n" NATIVE_LAST,
                  .options = threads_options,
                  .examples = "py-threads --python-only\n"
                              "py-threads --json -o threads.json\n"},
        .run = run_threads,
    },
    {
        .usage = {.name = "py-why",
                  .summary = "Tell what every thread waits for, and who holds it",
                  .description =
                      "Tell what every thread waits for, who holds it and where the holder stands.\n"
                      "First the verdict: a deadlock, with the threads in it, or why there is none.\n"
                      "A lock is \"held by\" a thread (recorded in memory, or proven), \"likely held by\"\n"
                      "one (inferred), its \"owner not recorded\", or it is \"held by nobody alive\".\n"
                      "Tasks and greenlets that wait for one another stand before the threads.\n"
                      "Threads that are alike are shown once.\n",
                  .options = why_options,
                  .examples = "py-why --again 2\n"
                              "py-why --verbose --thread sender-1\n"},
        .run = run_why,
    },
    {
        .usage = {.name = "py-tasks",
                  .summary = "Show tasks of asyncio, trio, curio, greenlets, and who awaits whom",
                  .description =
                      "Show every event loop of asyncio, trio or curio and every task of it: its\n"
                      "stack down to the innermost await, what it waits for, and below it the tasks\n"
                      "that it awaits. Greenlets, gevent's and others, are shown thread by thread.\n"
                      "Tasks that are alike are shown once, with a count. Tasks that have ended are\n"
                      "left out, unless they raised an exception that nobody has asked for.\n",
                  .options = tasks_options,
                  .examples = "py-tasks\n"
                              "py-tasks --flat --full\n"
                              "py-tasks --json --output tasks.json\n"},
        .run = run_tasks,
    },
    {
        .usage = {.name = "py-group",
                  .summary = "Group the stacks of many dumps: equal ones once, with a count",
                  .words = "FILE...",
                  .no_process = true,
                  .description =
                      "Read what py-dump --json wrote, of one process or of hundreds, and show equal\n"
                      "stacks once: how many threads have them, and in which of the processes. The odd\n"
                      "ones out come first. A process that is met twice was looked at twice: then it\n"
                      "says which made no progress.\n",
                  .options = group_options,
                  .examples = "py-group rank-*.json\n"
                              "py-group before.json after.json --json\n"},
        .run = run_group,
    },
    {
        .usage = {.name = "py-core",
                  .summary = "Write a small core file: what dumps, values and waits need",
                  .description =
                      "Write a core file of only the pages that a dump of all threads, their values\n"
                      "and what they wait for take: some hundred KB. hognose, gdb and lldb open it,\n"
                      "here or elsewhere. It holds the values of variables: mind who gets it,\n"
                      "or blank some of them with --redact.\n",
                  .options = core_options,
                  .examples = "py-core --redact '*token*,*password*' -o hung.core\n"
                              "py-core --core core.4711 -o small.core\n"},
        .run = run_core,
    },
    {
        .usage = {.name = "py-info",
                  .summary = "Show which Python was found, and how, or why not",
                  .description =
                      "Show which CPython was found in the process or core, how it was found and where\n"
                      "memory is read from. Where none is found: every step tried, why, and the remedy.\n",
                  .options = info_options,
                  .examples = "py-info --verbose\n"
                              "py-info --json -o info.json\n"},
        .run = run_info,
    },
    {
        .usage = {.name = "py-sample",
                  .summary = "Let the process run for a while, and see where its time goes",
                  .description =
                      "Let the process run and sample its Python stacks without stopping it; then it\n"
                      "stands still again, as it did before. Ends early at Ctrl-C, exit, a crash or a\n"
                      "breakpoint, and keeps what it has. Prints the hottest functions; the profile is\n"
                      "written to each FILE and kept for py-stats. Python functions are sampled; the\n"
                      "time of C functions is that of the Python function that called them, but with\n"
                      "--native they are functions of their own.\n",
                  .options = sample_options,
                  .examples = "py-sample --duration 30 --output busy.svg --output busy.prof\n"
                              "py-sample -d 10 --every 5 --count 12 -o prof-%t-%p.json\n"},
        .run = run_sample,
    },
    {
        .usage = {.name = "py-top",
                  .summary = "Let the process run, and show its hottest functions each second",
                  .description =
                      "Let the process run and show its hottest functions, each second anew, until\n"
                      "Ctrl-C; then it stands still again, as it did before. Percentages are of the\n"
                      "samples since the screen before, seconds since py-top began. What was sampled is\n"
                      "kept for py-stats. On a terminal keys sort, filter, freeze and reset it: ?\n"
                      "lists them, q quits. Elsewhere the screens are shown at the end.\n",
                  .options = top_options,
                  .examples = "py-top --sort cumtime\n"
                              "py-top --count 3 --idle\n"},
        .run = run_top,
    },
    {
        .usage = {.name = "py-stats",
                  .no_process = true,
                  .summary = "Show, write, convert, compare and merge profiles",
                  .words = "VERB",
                  .forms = "py-stats top [FILE] [OPTION]...\n"
                           "py-stats write FILE... [OPTION]...\n"
                           "py-stats convert IN OUT... [OPTION]...\n"
                           "py-stats diff OLD [NEW] [OPTION]...\n"
                           "py-stats merge OUT FILE... [OPTION]...\n",
                  .description =
                      "Work on profiles that are there already; no process is needed.\n"
                      "\n"
                      "    top      print the hottest functions of FILE\n"
                      "    write    write the last profile of this session to files, by their endings\n"
                      "    convert  write a profile in other formats, by the endings of the files\n"
                      "    diff     compare two, what changed most first\n"
                      "    merge    add several up\n"
                      "\n"
                      "A profile that is read is a .json or .prof of hognose, or a .prof that cProfile\n"
                      "wrote. Where none is named it is the last one that py-sample or py-top took in\n"
                      "this session. Each of these has a --help of its own.\n",
                  .examples = "py-stats top --sort cumtime\n"
                              "py-stats diff before.json after.json\n"},
        .run = run_stats,
        .subcommands = stats_commands,
    },
};

enum { COMMAND_COUNT = sizeof command_table / sizeof *command_table };

bool hog_command(size_t index, struct hog_command_info *ret_info)
{
    const struct usage *usage;

    if (index >= COMMAND_COUNT)
        return false;
    usage = &command_table[index].usage;
    *ret_info = (struct hog_command_info){.name = usage->name,
                                          .summary = usage->summary,
                                          .words = usage->words,
                                          .needs_process = !usage->no_process};
    return true;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; name && i < COMMAND_COUNT; i++)
        if (strcmp(command_table[i].usage.name, name) == 0)
            return &command_table[i];
    return NULL;
}

/* The name of a subcommand is the last word of its whole name. */
static bool is_named(const struct command *subcommand, const char *word)
{
    return strcmp(strrchr(subcommand->usage.name, ' ') + 1, word) == 0;
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

/* "py-dump", "py-stats top". NULL: there is none of this name. */
static const struct usage *usage_named(const char *name)
{
    const char *rest = name ? name + strcspn(name, " ") : "";
    HOG_FREE char *first = name ? strndup(name, (size_t)(rest - name)) : NULL;
    const struct command *command = command_find(first);

    return command ? &command_choose(command, &rest)->usage : NULL;
}

char *hog_command_help(const char *name)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct usage *usage = usage_named(name);
    char *help;

    if (!usage)
        return NULL;
    usage_put_help(usage, &text);
    if (text.failed)
        return NULL;
    help = text.bytes;
    text.bytes = NULL;
    return help;
}

bool hog_command_option(const char *command, size_t index, struct hog_option_info *ret_info)
{
    const struct usage *usage = usage_named(command);
    const struct usage_option *taken = usage ? usage_options(usage) : NULL;
    const struct option_info *info;

    for (size_t i = 0; taken && i < index; i++, taken++)
        if (taken->option == OPTION_HELP)
            return false;
    if (!taken)
        return false;
    info = &option_table()[taken->option];
    *ret_info = (struct hog_option_info){info->name, info->letter, info->value,
                                         taken->help ? taken->help : info->help};
    return true;
}

/* Which options each command takes, in the order of its help: of the table of commands alone (table.c). */
#ifndef HOG_COMMAND_TABLE_OPTIONS_H
#define HOG_COMMAND_TABLE_OPTIONS_H

#include "line/usage.h"

static const struct usage_option dump_options[] = {
    {OPTION_THREAD, NULL},
    {OPTION_LOCALS, NULL},
    {OPTION_SOURCE, NULL},
    {OPTION_JSON, NULL},
    {OPTION_OUTPUT, NULL},
    {OPTION_FULL, NULL},
    {OPTION_GROUP, NULL},
    {OPTION_STOP, "hold all threads at one moment; of a process that no debugger has stopped (hognose dump)"},
    {OPTION_PYTHON_ONLY, NULL},
    {OPTION_NATIVE, NULL},
    {OPTION_TASKS, NULL},
    {OPTION_MAX_DEPTH, NULL},
    {OPTION_IF_ALIVE, NULL},
    {OPTION_CORE, NULL},
    {OPTION_ASSUME_VERSION, NULL},
    {OPTION_HELP, NULL},
};

#define CHOSEN_THREAD "the thread T instead of the one that the debugger has selected"

static const struct usage_option bt_options[] = {
    {OPTION_THREAD, CHOSEN_THREAD},
    {OPTION_LOCALS, NULL},
    {OPTION_SOURCE, NULL},
    {OPTION_JSON, NULL},
    {OPTION_OUTPUT, NULL},
    {OPTION_FULL, NULL},
    {OPTION_MAX_DEPTH, NULL},
    {OPTION_CORE, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option frame_options[] = {
    {OPTION_THREAD, CHOSEN_THREAD},
    {OPTION_CORE, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option exceptions_options[] = {
    {OPTION_THREAD, NULL}, {OPTION_FULL, "show long values whole"},
    {OPTION_JSON, NULL},   {OPTION_OUTPUT, NULL},
    {OPTION_CORE, NULL},   {OPTION_ASSUME_VERSION, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option locals_options[] = {
    {OPTION_ALL, "globals too"},
    {OPTION_FULL, "show long values whole"},
    {OPTION_THREAD, CHOSEN_THREAD},
    {OPTION_JSON, NULL},
    {OPTION_OUTPUT, NULL},
    {OPTION_CORE, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option list_options[] = {
    {OPTION_THREAD, CHOSEN_THREAD},
    {OPTION_JSON, NULL},
    {OPTION_OUTPUT, NULL},
    {OPTION_CORE, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option print_options[] = {
    {OPTION_DEPTH, NULL},
    {OPTION_FULL, "show the value whole, however long"},
    {OPTION_THREAD, CHOSEN_THREAD},
    {OPTION_JSON, NULL},
    {OPTION_OUTPUT, NULL},
    {OPTION_CORE, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option threads_options[] = {
    {OPTION_JSON, NULL}, {OPTION_OUTPUT, NULL},         {OPTION_PYTHON_ONLY, NULL}, {OPTION_IF_ALIVE, NULL},
    {OPTION_CORE, NULL}, {OPTION_ASSUME_VERSION, NULL}, {OPTION_HELP, NULL},
};

static const struct usage_option why_options[] = {
    {OPTION_THREAD, NULL},
    {OPTION_JSON, NULL},
    {OPTION_OUTPUT, NULL},
    {OPTION_ALL, NULL},
    {OPTION_TREE, NULL},
    {OPTION_AGAIN, NULL},
    {OPTION_VERBOSE, "the proof of each wait, as addresses read"},
    {OPTION_IF_ALIVE, NULL},
    {OPTION_CORE, NULL},
    {OPTION_ASSUME_VERSION, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option tasks_options[] = {
    {OPTION_FLAT, NULL},
    {OPTION_FULL, "each task by itself, those that are done too, and every frame"},
    {OPTION_GENERATORS, NULL},
    {OPTION_LOOP, NULL},
    {OPTION_JSON, NULL},
    {OPTION_OUTPUT, NULL},
    {OPTION_MAX_DEPTH, "the N innermost frames of each task, or unlimited"},
    {OPTION_IF_ALIVE, NULL},
    {OPTION_CORE, NULL},
    {OPTION_ASSUME_VERSION, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option info_options[] = {
    {OPTION_VERBOSE, NULL}, {OPTION_JSON, NULL},           {OPTION_OUTPUT, NULL}, {OPTION_IF_ALIVE, NULL},
    {OPTION_CORE, NULL},    {OPTION_ASSUME_VERSION, NULL}, {OPTION_HELP, NULL},
};

static const struct usage_option core_options[] = {
    {OPTION_OUTPUT, "where to; FILE is replaced only once all is written"},
    {OPTION_REDACT, NULL},
    {OPTION_CORE, NULL},
    {OPTION_ASSUME_VERSION, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option group_options[] = {
    {OPTION_JSON, NULL},
    {OPTION_OUTPUT, NULL},
    {OPTION_MAX_DEPTH, "the N innermost frames of each stack, or unlimited"},
    {OPTION_HELP, NULL},
};

static const struct usage_option sample_options[] = {
    {OPTION_DURATION, NULL},
    {OPTION_RATE, NULL},
    {OPTION_OUTPUT,
     "write the profile to FILE, in the format of its ending; several -o write several; %t in its "
     "name becomes the time, %p the process number"},
    {OPTION_FORMAT, NULL},
    {OPTION_NO_SOURCE, NULL},
    {OPTION_IDLE, NULL},
    {OPTION_GIL, NULL},
    {OPTION_THREADS, NULL},
    {OPTION_THREAD, "only thread T: the debugger's number, an LWP, a pthread id 0x..., or a name"},
    {OPTION_STOP, NULL},
    {OPTION_NATIVE,
     "C functions too; the debugger unwinds the process at each sample, so this implies --stop"},
    {OPTION_ASYNC, NULL},
    {OPTION_FUNCTION, NULL},
    {OPTION_LINE, NULL},
    {OPTION_UNDER, NULL},
    {OPTION_EVERY, NULL},
    {OPTION_TIMES, NULL},
    {OPTION_ASSUME_VERSION, NULL},
    {OPTION_HELP, NULL},
};

static const struct usage_option top_options[] = {
    {OPTION_DURATION, "until Ctrl-C unless given; 10 where there is no terminal"},
    {OPTION_TIMES, "end after N screens"},
    {OPTION_RATE, NULL},
    {OPTION_SORT, NULL},
    {OPTION_IDLE, NULL},
    {OPTION_GIL, NULL},
    {OPTION_THREAD, "only thread T: the debugger's number, an LWP, a pthread id 0x..., or a name"},
    {OPTION_ASSUME_VERSION, NULL},
    {OPTION_HELP, NULL},
};

#endif

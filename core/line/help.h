/*
 * The lines that a command's help is put together from: one for each option,
 * with its letter from the table of options.c. Where an option means another
 * thing to another command, it has a line for each.
 */
#ifndef HOG_LINE_HELP_H
#define HOG_LINE_HELP_H

#define HELP_THREAD                                                                                          \
    "  -t, --thread T           only thread T: the debugger's number, an LWP, a\n"                           \
    "                           pthread id 0x..., or a name; T,T or several -t\n"
#define HELP_JSON "  -j, --json               print JSON, and nothing else\n"
#define HELP_OUTPUT                                                                                          \
    "  -o, --output FILE        write to FILE, which is replaced only once all is\n"                         \
    "                           written\n"
#define HELP_FULL        "  -f, --full               show every frame of a deep recursion\n"
#define HELP_PYTHON_ONLY "  -p, --python-only        leave out the threads that run no Python\n"
#define HELP_NATIVE                                                                                          \
    "  -N, --native             show frames of C too, as the debugger unwinds them,\n"                       \
    "                           between those of Python\n"
#define HELP_NATIVE_SAMPLES                                                                                  \
    "  -N, --native             functions of C too; the debugger unwinds the process\n"                      \
    "                           at each sample, so this implies --stop\n"
#define HELP_MAX_DEPTH      "  -m, --max-depth N        the N innermost frames of each thread, or unlimited\n"
#define HELP_ASSUME_VERSION "  -a, --assume-version X.Y decode as CPython X.Y, whatever was found\n"
#define HELP_CORE                                                                                            \
    "  -c, --core FILE          read this core file, which the debugger need not have\n"                     \
    "                           opened: it may be truncated or compressed\n"
#define HELP_VERBOSE "  -v, --verbose            also every step tried, the last dump, the settings\n"
#define HELP_HELP    "  -h, --help               this text\n"

/*
 * Sampling.
 */

#define HELP_DURATION "  -d, --duration SECONDS   how long: 10 unless given, or unlimited\n"
#define HELP_DURATION_OF_TOP                                                                                 \
    "  -d, --duration SECONDS   until Ctrl-C unless given; 10 where there is no\n"                           \
    "                           terminal\n"
#define HELP_RATE "  -r, --rate HZ            samples a second: 100 unless given\n"
#define HELP_PROFILE_OUTPUT                                                                                  \
    "  -o, --output FILE        write the profile to FILE, in the format of its\n"                           \
    "                           ending; several -o write several; %t in its name\n"                          \
    "                           becomes the time, %p the process number\n"
#define HELP_FORMAT                                                                                          \
    "  -f, --format FORMAT      write this format, whatever the ending of FILE:\n"                           \
    "                           prof, json, svg, html, collapsed, speedscope, pprof,\n"                      \
    "                           callgrind, gecko\n"
#define HELP_IDLE                                                                                            \
    "  -i, --idle               count waiting threads too, not only those that are on\n"                     \
    "                           the CPU or hold the GIL\n"
#define HELP_GIL     "  -g, --gil                count only the thread that holds the GIL\n"
#define HELP_THREADS "  -T, --threads            keep threads apart\n"
#define HELP_ONE_THREAD                                                                                      \
    "  -t, --thread T           only thread T: the debugger's number, an LWP, a\n"                           \
    "                           pthread id 0x..., or a name\n"
#define HELP_STOP                                                                                            \
    "  -s, --stop               stop the process for each sample: exact, but it slows\n"                     \
    "                           the process; the only way on a remote target\n"
#define HELP_FUNCTION "  -F, --function           keep functions alone, without lines: smaller files\n"
#define HELP_LINE     "  -l, --line               tell lines apart in tables and pictures\n"
#define HELP_UNDER    "  -u, --under FUNC         keep only the stacks that pass through FUNC\n"
#define HELP_EVERY                                                                                           \
    "  -e, --every MINUTES      a profile each MINUTES, until Ctrl-C; files want a %t\n"                     \
    "                           in their names\n"
#define HELP_COUNT        "  -n, --count N            end after N profiles (with --every)\n"
#define HELP_COUNT_OF_TOP "  -n, --count N            end after N screens\n"

/*
 * Profiles that are there.
 */

#define HELP_SORT                                                                                            \
    "  -k, --sort KEY           tottime (self), cumtime (total), calls or name;\n"                           \
    "                           tottime unless given\n"
#define HELP_ROWS    "  -n, --rows N             that many functions, or unlimited; 20 unless given\n"
#define HELP_CALLERS "  -C, --callers FUNC       who calls FUNC, and what it takes for each\n"
#define HELP_CALLEES "  -E, --callees FUNC       what FUNC calls, and what that takes\n"

#endif

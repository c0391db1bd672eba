/* The table of what py-stats can do: one row each, as in table.c. */
#include "command/command.h"

static const struct usage_option top_options[] = {
    {OPTION_SORT, NULL},    {OPTION_ROWS, NULL},    {OPTION_LINE, NULL},
    {OPTION_CALLERS, NULL}, {OPTION_CALLEES, NULL}, {OPTION_HELP, NULL},
};

static const struct usage_option write_options[] = {
    {OPTION_FORMAT, NULL},  {OPTION_NO_SOURCE, NULL}, {OPTION_LINE, NULL},
    {OPTION_THREADS, NULL}, {OPTION_HELP, NULL},
};

static const struct usage_option diff_options[] = {
    {OPTION_ROWS, NULL},
    {OPTION_HELP, NULL},
};

static const struct command commands[] = {
    {
        .usage = {.name = "py-stats top",
                  .summary = "The hottest functions of a profile",
                  .words = "[FILE]",
                  .description =
                      "Print the hottest functions of the profile in FILE, or of the last one that\n"
                      "py-sample or py-top took in this session. FILE is a .json or .prof of hognose,\n"
                      "or a .prof that cProfile wrote.\n",
                  .options = top_options,
                  .examples = "py-stats top --sort cumtime --rows 30\n"
                              "py-stats top before.prof --callers encode\n"},
        .run = run_stats_top,
    },
    {
        .usage = {.name = "py-stats write",
                  .summary = "Write the session's last profile to files",
                  .words = "FILE...",
                  .description =
                      "Write the last profile that py-sample or py-top took in this session, each FILE\n"
                      "in the format of its ending. %t in a name becomes the time, %p the process.\n",
                  .options = write_options,
                  .examples = "py-stats write busy.svg busy.json\n"
                              "py-stats write stacks.txt --format collapsed\n"},
        .run = run_stats_write,
    },
    {
        .usage = {.name = "py-stats diff",
                  .summary = "Compare two profiles",
                  .words = "OLD [NEW]",
                  .description =
                      "Compare two profiles function by function, what changed most first, and say in a\n"
                      "line what it means. Without NEW: with the last one of this session. Where one\n"
                      "took longer than the other, shares are compared, and the verdict says so.\n",
                  .options = diff_options,
                  .examples = "py-stats diff before.json after.json\n"
                              "py-stats diff cprofile.prof --rows unlimited\n"},
        .run = run_stats_diff,
    },
    {
        .usage = {.name = "py-stats merge",
                  .summary = "Make one profile out of several",
                  .words = "OUT FILE...",
                  .description =
                      "Add up the profiles in the FILEs and write the sum to OUT, in the format of its\n"
                      "ending. With one FILE: the same profile in another format.\n",
                  .options = write_options,
                  .examples = "py-stats merge all.json prof-1.json prof-2.json\n"
                              "py-stats merge picture.svg before.json\n"},
        .run = run_stats_merge,
    },
};

const struct command *stats_commands(size_t *ret_count)
{
    *ret_count = sizeof commands / sizeof *commands;
    return commands;
}

/* The table of what py-stats can do: names, help, options, and what runs them. */
#include "command/command.h"
#include "line/help.h"

static const struct hog_command_info infos[] = {
    {.name = "py-stats top",
     .summary = "The hottest functions of a profile",
     .help = "Usage: py-stats top [FILE] [OPTION]...\n"
             "\n"
             "Print the hottest functions of the profile in FILE, or of the last one that\n"
             "py-sample or py-top took in this session. FILE is a .json or .prof of hognose,\n"
             "or a .prof that cProfile wrote.\n"
             "\n"
             "Options:\n" HELP_SORT HELP_ROWS HELP_LINE HELP_CALLERS HELP_CALLEES HELP_HELP "\n"
             "Examples:\n"
             "  py-stats top --sort cumtime --rows 30\n"
             "  py-stats top before.prof --callers encode\n"},
    {.name = "py-stats write",
     .summary = "Write the session's last profile to files",
     .help = "Usage: py-stats write FILE... [OPTION]...\n"
             "\n"
             "Write the last profile that py-sample or py-top took in this session, each FILE\n"
             "in the format of its ending. %t in a name becomes the time, %p the process.\n"
             "\n"
             "Options:\n" HELP_FORMAT HELP_LINE HELP_THREADS HELP_HELP "\n"
             "Examples:\n"
             "  py-stats write busy.svg busy.json\n"
             "  py-stats write stacks.txt --format collapsed\n"},
    {.name = "py-stats diff",
     .summary = "Compare two profiles",
     .help = "Usage: py-stats diff OLD [NEW] [OPTION]...\n"
             "\n"
             "Compare two profiles function by function, what changed most first, and say in a\n"
             "line what it means. Without NEW: with the last one of this session. Where one\n"
             "took longer than the other, shares are compared, and the verdict says so.\n"
             "\n"
             "Options:\n" HELP_ROWS HELP_HELP "\n"
             "Examples:\n"
             "  py-stats diff before.json after.json\n"
             "  py-stats diff cprofile.prof --rows unlimited\n"},
    {.name = "py-stats merge",
     .summary = "Make one profile out of several",
     .help = "Usage: py-stats merge OUT FILE... [OPTION]...\n"
             "\n"
             "Add up the profiles in the FILEs and write the sum to OUT, in the format of its\n"
             "ending. With one FILE: the same profile in another format.\n"
             "\n"
             "Options:\n" HELP_FORMAT HELP_LINE HELP_THREADS HELP_HELP "\n"
             "Examples:\n"
             "  py-stats merge all.json prof-1.json prof-2.json\n"
             "  py-stats merge picture.svg before.json\n"},
};

enum { WRITE_OPTIONS = OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_LINE) | OPTION_BIT(OPTION_THREADS) };

static const struct command commands[] = {
    {.info = &infos[0],
     .options = OPTIONS_WORDS | OPTION_BIT(OPTION_SORT) | OPTION_BIT(OPTION_ROWS) | OPTION_BIT(OPTION_LINE) |
                OPTION_BIT(OPTION_CALLERS) | OPTION_BIT(OPTION_CALLEES),
     .run = run_stats_top},
    {.info = &infos[1], .options = OPTIONS_WORDS | WRITE_OPTIONS, .run = run_stats_write},
    {.info = &infos[2], .options = OPTIONS_WORDS | OPTION_BIT(OPTION_ROWS), .run = run_stats_diff},
    {.info = &infos[3], .options = OPTIONS_WORDS | WRITE_OPTIONS, .run = run_stats_merge},
};

const struct command *stats_commands(size_t *ret_count)
{
    *ret_count = sizeof commands / sizeof *commands;
    return commands;
}

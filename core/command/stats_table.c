/* The table of what py-stats can do: one row each, as in table.c. */
#include "base/cleanup.h"
#include "command/stats.h"

#include <string.h>

static const struct usage_option top_options[] = {
    {OPTION_SORT, NULL},    {OPTION_ROWS, NULL},    {OPTION_LINE, NULL},
    {OPTION_CALLERS, NULL}, {OPTION_CALLEES, NULL}, {OPTION_HELP, NULL},
};

static const struct usage_option write_options[] = {
    {OPTION_FORMAT, NULL},  {OPTION_NO_SOURCE, NULL}, {OPTION_LINE, NULL},
    {OPTION_THREADS, NULL}, {OPTION_FORCE, NULL},     {OPTION_HELP, NULL},
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
                      "in the format of its ending. %t in a name becomes the time, %p the process. A\n"
                      "FILE that holds a profile is not written over without --force.\n",
                  .options = write_options,
                  .examples = "py-stats write busy.svg busy.json\n"
                              "py-stats write stacks.txt --format collapsed\n"},
        .run = run_stats_write,
    },
    {
        .usage = {.name = "py-stats convert",
                  .summary = "Write a profile in other formats",
                  .words = "IN OUT...",
                  .description =
                      "Read the profile in IN, a .json or .prof of hognose, or a .prof that cProfile\n"
                      "wrote, and write it to each OUT in the format of its ending. An OUT that holds a\n"
                      "profile is not written over without --force.\n",
                  .options = write_options,
                  .examples = "py-stats convert before.json before.svg before.pb.gz\n"
                              "py-stats convert cprofile.prof calls.callgrind\n"},
        .run = run_stats_convert,
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
                      "ending. An OUT that holds a profile is not written over without --force.\n",
                  .options = write_options,
                  .examples = "py-stats merge all.json prof-1.json prof-2.json\n"
                              "py-stats merge week.svg monday.json tuesday.json\n"},
        .run = run_stats_merge,
    },
};

const struct command *stats_commands(size_t *ret_count)
{
    *ret_count = sizeof commands / sizeof *commands;
    return commands;
}

static const char *verb_of(const struct command *command)
{
    return strrchr(command->usage.name, ' ') + 1;
}

enum hog_status stats_check_words(const char *verb, const struct options *options, size_t least, size_t most,
                                  struct hog_error *error)
{
    const struct command *command = commands;

    if (options->words.count >= least && options->words.count <= most)
        return HOG_OK;
    while (strcmp(verb_of(command), verb) != 0)
        command++;
    return hog_fail(error, HOG_USAGE, "too %s file names: %s %s",
                    options->words.count < least ? "few" : "many", command->usage.name, command->usage.words);
}

/* py-stats without one of them. */
enum hog_status run_stats(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text verbs = {0};
    const size_t count = sizeof commands / sizeof *commands;

    for (size_t i = 0; i < count; i++)
        hog_text_printf(&verbs, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", verb_of(&commands[i]));
    if (verbs.failed)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    if (options->words.count)
        return hog_fail(&session->error, HOG_USAGE,
                        "there is no py-stats %.60s: it is %s; py-stats --help tells more",
                        options->words.items[0], verbs.bytes);
    return hog_fail(&session->error, HOG_USAGE, "say what to do: %s; py-stats --help tells more",
                    verbs.bytes);
}

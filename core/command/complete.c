/*
 * Candidates for the word that is being typed: options, and the values of
 * those whose values can be known.
 *
 *      py-dump --th        ─▶ --thread
 *      py-dump --thread 1  ─▶ 1 10 11 12      (the debugger's own numbers)
 *      py-set co           ─▶ color
 */
#include "base/cleanup.h"
#include "command/command.h"
#include "command/complete_files.h"
#include "line/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { COMPLETE_ARENA = 1024 * 1024 };

struct completion {
    const struct hog_host *host;
    const char *typed;  /* of the value alone */
    const char *prefix; /* what stands before the value in the same word: "--thread=" */
    void (*add)(void *context, const char *candidate);
    void *context;
};

static void offer(const struct completion *completion, const char *candidate)
{
    char whole[128];

    if (strncmp(candidate, completion->typed, strlen(completion->typed)) != 0)
        return;
    snprintf(whole, sizeof whole, "%s%s", completion->prefix, candidate);
    completion->add(completion->context, whole);
}

/* A path may be longer than any other candidate, and begins as what was typed does. */
static void offer_file(void *context, const char *path)
{
    const struct completion *completion = context;
    HOG_CLEANUP(hog_text_deinit) struct hog_text whole = {0};

    hog_text_printf(&whole, "%s%s", completion->prefix, path);
    if (!whole.failed)
        completion->add(completion->context, whole.bytes);
}

static void offer_thread(void *context, const struct hog_host_thread *thread)
{
    char number[32];

    snprintf(number, sizeof number, "%" PRId64, thread->number);
    if (thread->number > 0)
        offer(context, number);
}

static void offer_versions(const struct completion *completion)
{
    struct hog_version version;
    char text[16];

    for (size_t i = 0; hog_layout_supported(i, &version); i++) {
        snprintf(text, sizeof text, "%u.%u", version.major, version.minor);
        offer(completion, text);
    }
}

static void offer_formats(const struct completion *completion)
{
    size_t count;
    const struct hog_format *formats = hog_formats(&count);

    for (size_t i = 0; i < count; i++)
        offer(completion, formats[i].name);
}

static void offer_values(struct completion *completion, enum option option)
{
    if (option == OPTION_COUNT)
        return;
    switch (option_table()[option].completes) {
    case COMPLETE_THREADS:
        completion->host->list_threads(completion->host->self, offer_thread, completion);
        offer(completion, "current");
        break;
    case COMPLETE_VERSIONS:
        offer_versions(completion);
        break;
    case COMPLETE_FORMATS:
        offer_formats(completion);
        break;
    case COMPLETE_FILES:
        complete_files(completion->typed, offer_file, completion);
        break;
    case COMPLETE_SORTS:
        for (size_t i = 0; option_sort_key(i); i++)
            offer(completion, option_sort_key(i));
        break;
    case COMPLETE_UNLIMITED:
        offer(completion, "unlimited");
        break;
    case COMPLETE_NOTHING:
        break;
    }
}

static void offer_subcommands(const struct completion *completion, const struct command *command)
{
    size_t count = 0;
    const struct command *subcommands = command->subcommands ? command->subcommands(&count) : NULL;

    for (size_t i = 0; i < count; i++)
        offer(completion, strrchr(subcommands[i].usage.name, ' ') + 1);
}

static void offer_options(const struct completion *completion, const struct command *command)
{
    char name[32];

    for (const struct usage_option *taken = usage_options(&command->usage);; taken++) {
        snprintf(name, sizeof name, "--%s", option_table()[taken->option].name);
        offer(completion, name);
        if (taken->option == OPTION_HELP)
            return;
    }
}

/* The option of `command` that `word` names in full ("--thread", "-t") and whose value follows; else
 * OPTION_COUNT. */
static enum option option_named(const struct command *command, const char *word, size_t length)
{
    for (const struct usage_option *taken = usage_options(&command->usage); taken->option != OPTION_HELP;
         taken++) {
        const struct option_info *info = &option_table()[taken->option];
        bool is_long = length > 2 && strncmp(word, "--", 2) == 0 && strlen(info->name) == length - 2 &&
                       strncmp(info->name, word + 2, length - 2) == 0;
        bool is_letter = length == 2 && word[0] == '-' && word[1] == info->letter;

        if (info->value && (is_long || is_letter))
            return taken->option;
    }
    return OPTION_COUNT;
}

static void complete_command(struct completion *completion, const struct command *command, const char *before)
{
    const char *word = completion->typed;
    const char *equals = strchr(word, '=');
    char prefix[64];
    enum option option;

    if (equals) {
        option = option_named(command, word, (size_t)(equals - word));
        snprintf(prefix, sizeof prefix, "%.*s", (int)(equals - word) + 1, word);
        completion->prefix = prefix;
        completion->typed = equals + 1;
        offer_values(completion, option);
        completion->prefix = "";
        return;
    }
    option = before ? option_named(command, before, strlen(before)) : OPTION_COUNT;
    if (option != OPTION_COUNT)
        offer_values(completion, option);
    else
        offer_options(completion, command);
    if (option == OPTION_COUNT && command->usage.words && !command->subcommands && word[0] != '-')
        complete_files(word, offer_file, completion);
}

/* py-set NAME VALUE */
static void complete_setting(const struct completion *completion, const char *before, size_t position)
{
    size_t count;
    const struct hog_setting_info *infos = hog_settings(&count);

    for (size_t i = 0; i < count; i++) {
        if (position == 0)
            offer(completion, infos[i].name);
        else if (position == 1 && strcmp(infos[i].name, before) == 0 && infos[i].choices)
            for (size_t k = 0; infos[i].choices[k]; k++)
                offer(completion, infos[i].choices[k]);
        else if (position == 1 && strcmp(infos[i].name, before) == 0)
            offer(completion, "unlimited");
    }
}

void hog_session_complete(struct hog_session *session, const char *name, const char *arguments,
                          void (*add)(void *context, const char *candidate), void *context)
{
    struct completion completion = {
        .host = &session->host, .typed = "", .prefix = "", .add = add, .context = context};
    const struct command *command = command_find(name);
    const char *first = arguments ? arguments : "";
    struct words words;
    struct hog_arena arena;
    size_t position;

    hog_arena_init(&arena, COMPLETE_ARENA);
    if (words_split(&words, arguments, &arena)) {
        position = words.open_end ? words.count - 1 : words.count;
        if (words.open_end)
            completion.typed = words.word[position];
        if (command && position)
            command = command_choose(command, &first);
        if (command && !position)
            offer_subcommands(&completion, command);
        if (command)
            complete_command(&completion, command, position ? words.word[position - 1] : NULL);
        else if (strcmp(name, "py-set") == 0)
            complete_setting(&completion, position ? words.word[position - 1] : "", position);
    }
    hog_arena_deinit(&arena);
}

/* Parsing of command lines by the table of options; see options.h. */
#include "line/options_values.h"

#include <stddef.h>
#include <string.h>

enum { OPTIONS_ARENA = 4 * 1024 * 1024, USUAL_ROWS = 20 };

static const double USUAL_SECONDS = 10;
static const double USUAL_RATE = 100;

const struct option_info *option_table(void)
{
    static const struct option_info table[OPTION_COUNT] = {
#define FLAG(id, name, letter, help)                                                                         \
    [OPTION_##id] = {name, letter, NULL, help, NULL, 0, NULL, COMPLETE_NOTHING},
#define VALUE(id, name, letter, value, take, field, wanted, completes, help)                                 \
    [OPTION_##id] = {name,                                                                                   \
                     letter,                                                                                 \
                     value,                                                                                  \
                     help,                                                                                   \
                     option_take_##take,                                                                     \
                     offsetof(struct options, field),                                                        \
                     wanted,                                                                                 \
                     COMPLETE_##completes},
#include "line/options.def"
#undef FLAG
#undef VALUE
    };

    return table;
}

static bool takes_words(const struct parser *parser)
{
    return parser->usage->words != NULL;
}

/*
 * Words for what is wrong.
 */

/* The option that was probably meant by the first `length` bytes of `name`; NULL: none comes near. */
static const char *nearest_name(const struct parser *parser, const char *name)
{
    const char *nearest = NULL;
    unsigned least = 4;

    for (const struct usage_option *taken = usage_options(parser->usage);; taken++) {
        const char *candidate = option_table()[taken->option].name;
        unsigned distance = words_distance(name, candidate);

        if (*name && strncmp(name, candidate, strlen(name)) == 0)
            return candidate;
        if (distance < least && (distance < 3 || name[0] == candidate[0])) {
            least = distance;
            nearest = candidate;
        }
        if (taken->option == OPTION_HELP)
            return nearest;
    }
}

static enum hog_status unknown_long(const struct parser *parser, const char *name)
{
    const char *nearest = nearest_name(parser, name);

    if (nearest)
        return hog_fail(parser->error, HOG_USAGE,
                        "unknown option --%.60s (did you mean --%s?); %s --help lists them", name, nearest,
                        parser->usage->name);
    return hog_fail(parser->error, HOG_USAGE, "unknown option --%.60s; %s --help lists them", name,
                    parser->usage->name);
}

static enum hog_status unexpected_word(const struct parser *parser, const char *word)
{
    if (usage_find(parser->usage, OPTION_THREAD))
        return hog_fail(
            parser->error, HOG_USAGE,
            "unexpected \"%.60s\": a thread is chosen with --thread %.60s; %s --help lists the options", word,
            word, parser->usage->name);
    return hog_fail(parser->error, HOG_USAGE, "unexpected \"%.60s\"; %s --help lists the options", word,
                    parser->usage->name);
}

static enum hog_status no_memory(const struct parser *parser)
{
    return hog_fail(parser->error, HOG_NO_MEMORY, "the command line is too long");
}

/* `attached` is what stood behind = or behind the letter; NULL: nothing. */
static enum hog_status take_option(struct parser *parser, enum option option, const char *attached)
{
    const struct option_info *info = &option_table()[option];
    const char *value = attached;

    if (parser->options->given[option] < UINT8_MAX)
        parser->options->given[option]++;
    if (!info->value && attached)
        return hog_fail(parser->error, HOG_USAGE, "--%s takes no value: leave out \"=%.60s\"", info->name,
                        attached);
    if (!info->value)
        return HOG_OK;
    if (!value && parser->at < parser->words.count)
        value = parser->words.word[parser->at++];
    if (!value)
        return hog_fail(parser->error, HOG_USAGE, "--%s needs a value: --%s %s", info->name, info->name,
                        info->value);
    return info->take(parser, info, value);
}

/*
 * Words of the line.
 */

static enum hog_status take_long(struct parser *parser, char *name)
{
    char *equals = strchr(name, '=');

    if (equals)
        *equals = '\0';
    for (const struct usage_option *taken = usage_options(parser->usage);; taken++) {
        if (strcmp(option_table()[taken->option].name, name) == 0)
            return take_option(parser, taken->option, equals ? equals + 1 : NULL);
        if (taken->option == OPTION_HELP)
            return unknown_long(parser, name);
    }
}

/* OPTION_COUNT: the command takes none of this letter. */
static enum option option_of_letter(const struct parser *parser, char letter)
{
    for (const struct usage_option *taken = usage_options(parser->usage);; taken++) {
        if (option_table()[taken->option].letter == letter)
            return taken->option;
        if (taken->option == OPTION_HELP)
            return OPTION_COUNT;
    }
}

/* -j, -jf, -t3, -jt 3 */
static enum hog_status take_letters(struct parser *parser, const char *letters)
{
    for (; *letters; letters++) {
        enum option option = option_of_letter(parser, *letters);
        enum hog_status status;
        bool has_value;

        if (option == OPTION_COUNT)
            return hog_fail(parser->error, HOG_USAGE, "unknown option -%.4s; %s --help lists them", letters,
                            parser->usage->name);
        has_value = option_table()[option].value != NULL;
        status = take_option(parser, option, has_value && letters[1] ? letters + 1 : NULL);
        if (status != HOG_OK || has_value)
            return status;
    }
    return HOG_OK;
}

static enum hog_status take_word(struct parser *parser, char *word)
{
    bool ends_options = strcmp(word, "--") == 0 && !parser->words_only;

    if (ends_options && (takes_words(parser) || parser->at == parser->words.count)) {
        parser->words_only = true;
        return HOG_OK;
    }
    if (strncmp(word, "--", 2) == 0 && !parser->words_only)
        return take_long(parser, word + 2);
    if (word[0] == '-' && word[1] && !parser->words_only)
        return take_letters(parser, word + 1);
    if (!takes_words(parser))
        return unexpected_word(parser, word);
    parser->options->words.items[parser->options->words.count++] = word;
    return HOG_OK;
}

/* Each has room for every word there is. */
static bool make_lists(struct options *options, size_t room)
{
    struct option_list *lists[] = {&options->threads, &options->outputs, &options->words};
    bool good = true;

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        lists[i]->items = hog_arena_array(&options->arena, room, sizeof *lists[i]->items);
        good = good && lists[i]->items;
    }
    return good;
}

enum hog_status options_parse(struct options *options, const struct usage *usage, const char *line,
                              struct hog_error *error)
{
    struct parser parser = {.options = options, .usage = usage, .error = error};
    enum hog_status status = HOG_OK;

    *options = (struct options){.duration = USUAL_SECONDS, .rate = USUAL_RATE, .rows = USUAL_ROWS};
    hog_arena_init(&options->arena, OPTIONS_ARENA);
    if (!words_split(&parser.words, line, &options->arena) || !make_lists(options, parser.words.count + 1))
        return no_memory(&parser);
    if (parser.words.open_quote)
        return hog_fail(error, HOG_USAGE, "a quote is not closed: %.200s", line);
    while (status == HOG_OK && parser.at < parser.words.count)
        status = take_word(&parser, parser.words.word[parser.at++]);
    if (option_given(options, OPTION_NATIVE) && usage_find(usage, OPTION_STOP))
        options->given[OPTION_STOP] |= 1; /* an unwinder wants a process that stands still */
    return status;
}

void options_deinit(struct options *options)
{
    hog_arena_deinit(&options->arena);
}

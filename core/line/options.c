/* Parsing of command lines by the table of options; see options.h. */
#include "line/options_values.h"

#include <stddef.h>
#include <string.h>

enum { OPTIONS_ARENA = 4 * 1024 * 1024, USUAL_ROWS = 20 };

static const double USUAL_SECONDS = 10;
static const double USUAL_RATE = 100;

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
    if (*word == '|' || *word == '>')
        return hog_fail(
            parser->error, HOG_USAGE,
            "unexpected \"%.60s\": no shell reads this line; --output FILE writes to a file, and gdb has "
            "pipe %s | grep WORD",
            word, parser->usage->name);
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

/* Of an option that has its value in the word behind it. */
static bool wants_next_word(const struct parser *parser, const char *word, size_t length)
{
    if (word[1] != '-')
        return length == 2 && option_of_letter(parser, word[1]) != OPTION_COUNT &&
               option_table()[option_of_letter(parser, word[1])].value;
    for (const struct usage_option *taken = usage_options(parser->usage); taken->option != OPTION_HELP;
         taken++) {
        const struct option_info *info = &option_table()[taken->option];

        if (strlen(info->name) == length - 2 && strncmp(info->name, word + 2, length - 2) == 0)
            return info->value != NULL;
    }
    return false;
}

static bool is_option(const char *word)
{
    return word[0] == '-' &&
           ((word[1] == '-' && word[2]) || (word[1] >= 'A' && word[1] != '[' && word[1] != '_'));
}

/* Bytes up to the blank that ends a word; blanks in quotes and in brackets end none. */
static size_t expression_word(const char *at)
{
    char quote = '\0';
    int depth = 0;
    size_t length = 0;

    for (; at[length] && (quote || depth > 0 || !strchr(" \t\n\r", at[length])); length++) {
        char byte = at[length];

        if (quote)
            quote = byte == quote ? '\0' : quote;
        else if (byte == '\'' || byte == '"')
            quote = byte;
        else
            depth += byte == '[' ? 1 : byte == ']' ? -1 : 0;
    }
    return length;
}

/* What is no option of the line, as it was typed, into `ret_expression`; returns the options. NULL: no memory. */
static const char *cut_expression(struct parser *parser, const char *line, char **ret_expression)
{
    size_t size = strlen(line) + 1;
    char *rest = hog_arena_alloc(&parser->options->arena, size + 1);
    char *expression = hog_arena_alloc(&parser->options->arena, size + 1);
    bool value_follows = false;

    if (!rest || !expression)
        return NULL;
    *ret_expression = expression;
    for (const char *at = line + strspn(line, " \t\n\r"); *at; at += strspn(at, " \t\n\r")) {
        size_t length = expression_word(at);
        bool option = value_follows || is_option(at);
        bool quoted = !option && (*at == '\'' || *at == '"') && length > 2 && at[length - 1] == *at;
        char *out = option ? rest : expression;

        value_follows = option && !value_follows && wants_next_word(parser, at, length);
        strncat(out, at + quoted, length - 2 * (size_t)quoted);
        if (option)
            memcpy(out + strlen(out), " ", 2);
        at += length;
    }
    return rest;
}

enum hog_status options_parse(struct options *options, const struct usage *usage, const char *line,
                              struct hog_error *error)
{
    struct parser parser = {.options = options, .usage = usage, .error = error};
    char *expression = NULL;
    enum hog_status status = HOG_OK;

    *options = (struct options){.duration = USUAL_SECONDS, .rate = USUAL_RATE, .rows = USUAL_ROWS};
    hog_arena_init(&options->arena, OPTIONS_ARENA);
    if (usage->expression)
        line = cut_expression(&parser, line, &expression);
    if (!line || !words_split(&parser.words, line, &options->arena) ||
        !make_lists(options, parser.words.count + 1))
        return no_memory(&parser);
    if (parser.words.open_quote)
        return hog_fail(error, HOG_USAGE, "a quote is not closed: %.200s", line);
    while (status == HOG_OK && parser.at < parser.words.count)
        status = take_word(&parser, parser.words.word[parser.at++]);
    if (expression && *expression)
        options->words.items[options->words.count++] = expression;
    if (option_given(options, OPTION_NATIVE) && usage_find(usage, OPTION_STOP))
        options->given[OPTION_STOP] |= 1; /* an unwinder wants a process that stands still */
    return status;
}

void options_deinit(struct options *options)
{
    hog_arena_deinit(&options->arena);
}

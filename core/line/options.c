/* Parsing of command lines by the table of options; see options.h. */
#include "line/options_values.h"

#include <string.h>

enum { OPTIONS_ARENA = 4 * 1024 * 1024, USUAL_ROWS = 20 };

static const double USUAL_SECONDS = 10;
static const double USUAL_RATE = 100;

const struct option_info *option_table(void)
{
    static const struct option_info table[OPTION_COUNT] = {
        [OPTION_THREAD] = {"thread", 't', "T"},
        [OPTION_JSON] = {"json", 'j', NULL},
        [OPTION_OUTPUT] = {"output", 'o', "FILE"},
        [OPTION_FULL] = {"full", 'f', NULL},
        [OPTION_PYTHON_ONLY] = {"python-only", 'p', NULL},
        [OPTION_MAX_DEPTH] = {"max-depth", 'm', "N"},
        [OPTION_ASSUME_VERSION] = {"assume-version", 'a', "X.Y"},
        [OPTION_CORE] = {"core", 'c', "FILE"},
        [OPTION_VERBOSE] = {"verbose", 'v', NULL},
        [OPTION_DURATION] = {"duration", 'd', "SECONDS"},
        [OPTION_RATE] = {"rate", 'r', "HZ"},
        [OPTION_FORMAT] = {"format", 'f', "FORMAT"},
        [OPTION_IDLE] = {"idle", 'i', NULL},
        [OPTION_GIL] = {"gil", 'g', NULL},
        [OPTION_THREADS] = {"threads", 'T', NULL},
        [OPTION_STOP] = {"stop", 's', NULL},
        [OPTION_FUNCTION] = {"function", 'F', NULL},
        [OPTION_LINE] = {"line", 'l', NULL},
        [OPTION_UNDER] = {"under", 'u', "FUNC"},
        [OPTION_EVERY] = {"every", 'e', "MINUTES"},
        [OPTION_TIMES] = {"count", 'n', "N"},
        [OPTION_SORT] = {"sort", 'k', "KEY"},
        [OPTION_ROWS] = {"rows", 'n', "N"},
        [OPTION_CALLERS] = {"callers", 'C', "FUNC"},
        [OPTION_CALLEES] = {"callees", 'E', "FUNC"},
        [OPTION_NATIVE] = {"native", 'N', NULL},
        [OPTION_HELP] = {"help", 'h', NULL},
    };

    return table;
}

static bool is_allowed(const struct parser *parser, size_t option)
{
    return (parser->allowed & OPTION_BIT(option)) != 0;
}

/*
 * Words for what is wrong.
 */

/* The option that was probably meant by the first `length` bytes of `name`; NULL: none comes near. */
static const char *nearest_name(const struct parser *parser, const char *name)
{
    const char *nearest = NULL;
    unsigned least = 4;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *candidate = option_table()[i].name;
        unsigned distance = words_distance(name, candidate);

        if (!is_allowed(parser, i))
            continue;
        if (*name && strncmp(name, candidate, strlen(name)) == 0)
            return candidate;
        if (distance == 3 && name[0] != candidate[0])
            continue;
        if (distance < least) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

static enum hog_status unknown_long(const struct parser *parser, const char *name)
{
    const char *nearest = nearest_name(parser, name);

    if (nearest)
        return hog_fail(parser->error, HOG_USAGE,
                        "unknown option --%.60s (did you mean --%s?); %s --help lists them", name, nearest,
                        parser->command);
    return hog_fail(parser->error, HOG_USAGE, "unknown option --%.60s; %s --help lists them", name,
                    parser->command);
}

static enum hog_status unexpected_word(const struct parser *parser, const char *word)
{
    if (is_allowed(parser, OPTION_THREAD))
        return hog_fail(
            parser->error, HOG_USAGE,
            "unexpected \"%.60s\": a thread is chosen with --thread %.60s; %s --help lists the options", word,
            word, parser->command);
    return hog_fail(parser->error, HOG_USAGE, "unexpected \"%.60s\"; %s --help lists the options", word,
                    parser->command);
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

    parser->options->given |= OPTION_BIT(option);
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
    return option_take_value(parser, option, value);
}

/*
 * Words of the line.
 */

static enum hog_status take_long(struct parser *parser, char *name)
{
    char *equals = strchr(name, '=');

    if (equals)
        *equals = '\0';
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (is_allowed(parser, i) && strcmp(option_table()[i].name, name) == 0)
            return take_option(parser, (enum option)i, equals ? equals + 1 : NULL);
    return unknown_long(parser, name);
}

/* -j, -jf, -t3, -jt 3 */
static enum hog_status take_letters(struct parser *parser, const char *letters)
{
    for (; *letters; letters++) {
        const struct option_info *info;
        enum hog_status status;
        size_t i = 0;

        while (i < OPTION_COUNT && (!is_allowed(parser, i) || option_table()[i].letter != *letters))
            i++;
        if (i == OPTION_COUNT)
            return hog_fail(parser->error, HOG_USAGE, "unknown option -%.4s; %s --help lists them", letters,
                            parser->command);
        info = &option_table()[i];
        status = take_option(parser, (enum option)i, info->value && letters[1] ? letters + 1 : NULL);
        if (status != HOG_OK || info->value)
            return status;
    }
    return HOG_OK;
}

static enum hog_status take_word(struct parser *parser, char *word)
{
    bool takes_words = (parser->allowed & OPTIONS_WORDS) != 0;
    bool ends_options = strcmp(word, "--") == 0 && !parser->words_only;

    if (ends_options && (takes_words || parser->at == parser->words.count)) {
        parser->words_only = true;
        return HOG_OK;
    }
    if (strncmp(word, "--", 2) == 0 && !parser->words_only)
        return take_long(parser, word + 2);
    if (word[0] == '-' && word[1] && !parser->words_only)
        return take_letters(parser, word + 1);
    if (!takes_words)
        return unexpected_word(parser, word);
    parser->options->words[parser->options->word_count++] = word;
    return HOG_OK;
}

/* Each has room for every word there is. */
static bool make_lists(struct options *options, size_t room)
{
    options->threads = hog_arena_array(&options->arena, room, sizeof *options->threads);
    options->outputs = hog_arena_array(&options->arena, room, sizeof *options->outputs);
    options->words = hog_arena_array(&options->arena, room, sizeof *options->words);
    return options->threads && options->outputs && options->words;
}

enum hog_status options_parse(struct options *options, const char *command, uint32_t allowed,
                              const char *line, struct hog_error *error)
{
    struct parser parser = {
        .options = options, .command = command, .allowed = allowed | OPTION_BIT(OPTION_HELP), .error = error};
    enum hog_status status = HOG_OK;

    *options = (struct options){.duration = USUAL_SECONDS, .rate = USUAL_RATE, .rows = USUAL_ROWS};
    hog_arena_init(&options->arena, OPTIONS_ARENA);
    if (!words_split(&parser.words, line, &options->arena) || !make_lists(options, parser.words.count + 1))
        return no_memory(&parser);
    if (parser.words.open_quote)
        return hog_fail(error, HOG_USAGE, "a quote is not closed: %.200s", line);
    while (status == HOG_OK && parser.at < parser.words.count)
        status = take_word(&parser, parser.words.word[parser.at++]);
    if (option_given(options, OPTION_NATIVE) && is_allowed(&parser, OPTION_STOP))
        options->given |= OPTION_BIT(OPTION_STOP); /* an unwinder wants a process that stands still */
    return status;
}

void options_deinit(struct options *options)
{
    hog_arena_deinit(&options->arena);
}

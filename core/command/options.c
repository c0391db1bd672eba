/* Parsing of command lines by the table of options; see options.h. */
#include "command/options.h"
#include "command/words.h"

#include <string.h>

enum { OPTIONS_ARENA = 4 * 1024 * 1024, UNKNOWN_MICRO = 0xff, FINAL_LEVEL = 0xf };

/* The state of one parse. */
struct parser {
    struct options *options;
    const char *command;
    uint32_t allowed;
    struct words words;
    size_t at; /* the word after the one that is looked at */
    struct hog_error *error;
};

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
        [OPTION_HELP] = {"help", 'h', NULL},
    };

    return table;
}

static const struct option_info *info_of(enum option option)
{
    return &option_table()[option];
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

static enum hog_status bad_value(const struct parser *parser, const struct option_info *info,
                                 const char *value, const char *wanted)
{
    return hog_fail(parser->error, HOG_USAGE, "--%s cannot be \"%.60s\": it is %s", info->name, value,
                    wanted);
}

static enum hog_status no_memory(const struct parser *parser)
{
    return hog_fail(parser->error, HOG_NO_MEMORY, "the command line is too long");
}

/*
 * Values.
 */

/* "3.12" or "3.12.1", each part at most 254. */
static bool parse_version(const char *word, struct hog_version *ret_version)
{
    unsigned part[3] = {0, 0, UNKNOWN_MICRO};
    size_t count = 0;

    while (count < 3) {
        unsigned number = 0;
        size_t digits = strspn(word, "0123456789");

        if (digits < 1 || digits > 3)
            return false;
        for (size_t i = 0; i < digits; i++)
            number = number * 10 + (unsigned)(word[i] - '0');
        if (number >= UNKNOWN_MICRO)
            return false;
        part[count++] = number;
        word += digits;
        if (*word != '.')
            break;
        word++;
    }
    if (*word || count < 2 || part[0] == 0)
        return false;
    *ret_version = (struct hog_version){.major = (uint8_t)part[0],
                                        .minor = (uint8_t)part[1],
                                        .micro = (uint8_t)part[2],
                                        .level = FINAL_LEVEL};
    return true;
}

static enum hog_status take_version(const struct parser *parser, const char *value)
{
    const struct hog_version oldest = hog_layout_oldest();
    const struct hog_version newest = hog_layout_newest();
    struct hog_version version, known;

    if (!parse_version(value, &version))
        return bad_value(parser, info_of(OPTION_ASSUME_VERSION), value, "a version of CPython such as 3.12");
    for (size_t i = 0; hog_layout_supported(i, &known); i++) {
        if (known.major != version.major || known.minor != version.minor)
            continue;
        parser->options->assume_version = version;
        return HOG_OK;
    }
    return hog_fail(parser->error, HOG_USAGE,
                    "--assume-version cannot be \"%.60s\": it is one of %u.%u to %u.%u", value, oldest.major,
                    oldest.minor, newest.major, newest.minor);
}

static enum hog_status add_thread(const struct parser *parser, const char *value)
{
    struct options *options = parser->options;

    if (!*value)
        return bad_value(parser, info_of(OPTION_THREAD), value,
                         "a thread's number, LWP, pthread id 0x... or name");
    options->threads[options->thread_count++] = value;
    return HOG_OK;
}

static enum hog_status take_value(const struct parser *parser, enum option option, const char *value)
{
    struct options *options = parser->options;

    switch (option) {
    case OPTION_THREAD:
        return add_thread(parser, value);
    case OPTION_OUTPUT:
        options->output = value;
        return *value ? HOG_OK : bad_value(parser, info_of(option), value, "the name of a file");
    case OPTION_CORE:
        options->core = value;
        return *value ? HOG_OK : bad_value(parser, info_of(option), value, "the name of a core file");
    case OPTION_MAX_DEPTH:
        if (!words_count(value, &options->max_depth))
            return bad_value(parser, info_of(option), value, "a number of frames such as 20, or unlimited");
        return HOG_OK;
    case OPTION_ASSUME_VERSION:
        return take_version(parser, value);
    default:
        return HOG_OK;
    }
}

/* `attached` is what stood behind = or behind the letter; NULL: nothing. */
static enum hog_status take_option(struct parser *parser, enum option option, const char *attached)
{
    const struct option_info *info = info_of(option);
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
    return take_value(parser, option, value);
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
        info = info_of((enum option)i);
        status = take_option(parser, (enum option)i, info->value && letters[1] ? letters + 1 : NULL);
        if (status != HOG_OK || info->value)
            return status;
    }
    return HOG_OK;
}

static enum hog_status take_word(struct parser *parser, char *word)
{
    if (strcmp(word, "--") == 0 && parser->at == parser->words.count)
        return HOG_OK;
    if (strncmp(word, "--", 2) == 0)
        return take_long(parser, word + 2);
    if (word[0] == '-' && word[1])
        return take_letters(parser, word + 1);
    return unexpected_word(parser, word);
}

enum hog_status options_parse(struct options *options, const char *command, uint32_t allowed,
                              const char *line, struct hog_error *error)
{
    struct parser parser = {
        .options = options, .command = command, .allowed = allowed | OPTION_BIT(OPTION_HELP), .error = error};
    enum hog_status status = HOG_OK;

    *options = (struct options){0};
    hog_arena_init(&options->arena, OPTIONS_ARENA);
    if (!words_split(&parser.words, line, &options->arena))
        return no_memory(&parser);
    options->threads = hog_arena_array(&options->arena, parser.words.count + 1, sizeof *options->threads);
    if (!options->threads)
        return no_memory(&parser);
    if (parser.words.open_quote)
        return hog_fail(error, HOG_USAGE, "a quote is not closed: %.200s", line);
    while (status == HOG_OK && parser.at < parser.words.count)
        status = take_word(&parser, parser.words.word[parser.at++]);
    return status;
}

void options_deinit(struct options *options)
{
    hog_arena_deinit(&options->arena);
}

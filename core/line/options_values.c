/* The values of options: what each may be, and where it goes; see options_values.h. */
#include "line/options_values.h"
#include "base/cleanup.h"

#include <string.h>

enum { UNKNOWN_MICRO = 0xff, FINAL_LEVEL = 0xf };

/* Numbers with a fraction, and what they may be. */
struct range {
    double least, most;
    bool may_be_unlimited;
    const char *wanted;
};

static const struct range seconds_range = {0.001, 604800, true,
                                           "a number of seconds such as 10, at most 604800, or unlimited"};
static const struct range rate_range = {0.1, 100000, false, "samples a second, 0.1 to 100000"};
static const struct range minutes_range = {0.001, 10080, false,
                                           "a number of minutes such as 5, at most 10080"};

static const struct {
    const char *key;
    enum hog_sort sort;
    bool is_alias; /* not offered, but taken: pstats' other names */
} sort_keys[] = {
    {"tottime", HOG_SORT_SELF, false},    {"cumtime", HOG_SORT_TOTAL, false},
    {"calls", HOG_SORT_CALLS, false},     {"name", HOG_SORT_NAME, false},
    {"time", HOG_SORT_SELF, true},        {"self", HOG_SORT_SELF, true},
    {"cumulative", HOG_SORT_TOTAL, true}, {"total", HOG_SORT_TOTAL, true},
    {"ncalls", HOG_SORT_CALLS, true},
};

enum { SORT_KEYS = sizeof sort_keys / sizeof *sort_keys };

const char *option_sort_key(size_t index)
{
    return index < SORT_KEYS && !sort_keys[index].is_alias ? sort_keys[index].key : NULL;
}

static enum hog_status bad_value(const struct parser *parser, enum option option, const char *value,
                                 const char *wanted)
{
    return hog_fail(parser->error, HOG_USAGE, "--%s cannot be \"%.60s\": it is %s",
                    option_table()[option].name, value, wanted);
}

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
    struct hog_version version;

    if (!parse_version(value, &version))
        return bad_value(parser, OPTION_ASSUME_VERSION, value, "a version of CPython such as 3.12");
    if (hog_layout_knows(version)) {
        parser->options->assume_version = version;
        return HOG_OK;
    }
    return hog_fail(parser->error, HOG_USAGE,
                    "--assume-version cannot be \"%.60s\": it is one of %u.%u to %u.%u", value, oldest.major,
                    oldest.minor, newest.major, newest.minor);
}

static enum hog_status take_fraction(const struct parser *parser, enum option option, const char *value,
                                     const struct range *range, double *ret_number)
{
    double number;

    if (range->may_be_unlimited && strcmp(value, "unlimited") == 0) {
        *ret_number = 0;
        return HOG_OK;
    }
    if (!words_fraction(value, &number) || number < range->least || number > range->most)
        return bad_value(parser, option, value, range->wanted);
    *ret_number = number;
    return HOG_OK;
}

static enum hog_status take_count(const struct parser *parser, enum option option, const char *value,
                                  const char *wanted, uint32_t *ret_count)
{
    return words_count(value, ret_count) ? HOG_OK : bad_value(parser, option, value, wanted);
}

static enum hog_status take_text(const struct parser *parser, enum option option, const char *value,
                                 const char *wanted, const char **ret_text)
{
    *ret_text = value;
    return *value ? HOG_OK : bad_value(parser, option, value, wanted);
}

static enum hog_status take_format(const struct parser *parser, const char *value)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text known = {0};
    const struct hog_format *formats;
    size_t count;

    parser->options->format = hog_format_named(value);
    if (parser->options->format)
        return HOG_OK;
    formats = hog_formats(&count);
    for (size_t i = 0; i < count; i++)
        hog_text_printf(&known, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", formats[i].name);
    return bad_value(parser, OPTION_FORMAT, value, known.bytes ? known.bytes : "the name of a format");
}

static enum hog_status take_sort(const struct parser *parser, const char *value)
{
    for (size_t i = 0; i < SORT_KEYS; i++) {
        if (strcmp(sort_keys[i].key, value) == 0) {
            parser->options->sort = sort_keys[i].sort;
            return HOG_OK;
        }
    }
    return bad_value(parser, OPTION_SORT, value, "tottime, cumtime, calls or name");
}

enum hog_status option_take_value(const struct parser *parser, enum option option, const char *value)
{
    struct options *options = parser->options;

    switch (option) {
    case OPTION_THREAD:
        return take_text(parser, option, value, "a thread's number, LWP, pthread id 0x... or name",
                         &options->threads[options->thread_count++]);
    case OPTION_OUTPUT:
        options->outputs[options->output_count++] = value;
        return take_text(parser, option, value, "the name of a file", &options->output);
    case OPTION_CORE:
        return take_text(parser, option, value, "the name of a core file", &options->core);
    case OPTION_MAX_DEPTH:
        return take_count(parser, option, value, "a number of frames such as 20, or unlimited",
                          &options->max_depth);
    case OPTION_ASSUME_VERSION:
        return take_version(parser, value);
    case OPTION_DURATION:
        return take_fraction(parser, option, value, &seconds_range, &options->duration);
    case OPTION_RATE:
        return take_fraction(parser, option, value, &rate_range, &options->rate);
    case OPTION_EVERY:
        return take_fraction(parser, option, value, &minutes_range, &options->every);
    case OPTION_TIMES:
        return take_count(parser, option, value, "a number such as 12, or unlimited", &options->times);
    case OPTION_ROWS:
        return take_count(parser, option, value, "a number of functions such as 20, or unlimited",
                          &options->rows);
    case OPTION_FORMAT:
        return take_format(parser, value);
    case OPTION_SORT:
        return take_sort(parser, value);
    case OPTION_UNDER:
        return take_text(parser, option, value, "the name of a function", &options->under);
    case OPTION_CALLERS:
        return take_text(parser, option, value, "the name of a function", &options->callers);
    case OPTION_CALLEES:
        return take_text(parser, option, value, "the name of a function", &options->callees);
    default:
        return HOG_OK;
    }
}

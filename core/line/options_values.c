/* The values of options: what each may be, and where it goes; see options_values.h. */
#include "line/options_values.h"
#include "base/cleanup.h"

#include <string.h>

enum { UNKNOWN_MICRO = 0xff, FINAL_LEVEL = 0xf };

/* Numbers with a fraction, and what they may be. */
struct range {
    double least, most;
    bool may_be_unlimited;
};

static const struct range seconds_range = {0.001, 604800, true};
static const struct range rate_range = {0.1, 100000, false};
static const struct range minutes_range = {0.001, 10080, false};

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

static enum hog_status bad_value(const struct parser *parser, const struct option_info *info,
                                 const char *value, const char *wanted)
{
    return hog_fail(parser->error, HOG_USAGE, "--%s cannot be \"%.60s\": it is %s", info->name, value,
                    wanted);
}

/* The field of the options that `info` names. */
static void *place_of(const struct parser *parser, const struct option_info *info)
{
    return (char *)parser->options + info->place;
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

enum hog_status option_take_version(const struct parser *parser, const struct option_info *info,
                                    const char *value)
{
    const struct hog_version oldest = hog_layout_oldest();
    const struct hog_version newest = hog_layout_newest();
    struct hog_version version;

    if (!parse_version(value, &version))
        return bad_value(parser, info, value, info->wanted);
    if (hog_layout_knows(version)) {
        *(struct hog_version *)place_of(parser, info) = version;
        return HOG_OK;
    }
    return hog_fail(parser->error, HOG_USAGE, "--%s cannot be \"%.60s\": it is one of %u.%u to %u.%u",
                    info->name, value, oldest.major, oldest.minor, newest.major, newest.minor);
}

static enum hog_status take_fraction(const struct parser *parser, const struct option_info *info,
                                     const char *value, const struct range *range)
{
    double number;

    if (range->may_be_unlimited && strcmp(value, "unlimited") == 0)
        number = 0;
    else if (!words_fraction(value, &number) || number < range->least || number > range->most)
        return bad_value(parser, info, value, info->wanted);
    *(double *)place_of(parser, info) = number;
    return HOG_OK;
}

enum hog_status option_take_seconds(const struct parser *parser, const struct option_info *info,
                                    const char *value)
{
    return take_fraction(parser, info, value, &seconds_range);
}

enum hog_status option_take_rate(const struct parser *parser, const struct option_info *info,
                                 const char *value)
{
    return take_fraction(parser, info, value, &rate_range);
}

enum hog_status option_take_minutes(const struct parser *parser, const struct option_info *info,
                                    const char *value)
{
    return take_fraction(parser, info, value, &minutes_range);
}

enum hog_status option_take_count(const struct parser *parser, const struct option_info *info,
                                  const char *value)
{
    return words_count(value, place_of(parser, info)) ? HOG_OK : bad_value(parser, info, value, info->wanted);
}

enum hog_status option_take_text(const struct parser *parser, const struct option_info *info,
                                 const char *value)
{
    *(const char **)place_of(parser, info) = value;
    return *value ? HOG_OK : bad_value(parser, info, value, info->wanted);
}

enum hog_status option_take_list(const struct parser *parser, const struct option_info *info,
                                 const char *value)
{
    struct option_list *list = place_of(parser, info);

    list->items[list->count++] = value;
    return *value ? HOG_OK : bad_value(parser, info, value, info->wanted);
}

enum hog_status option_take_format(const struct parser *parser, const struct option_info *info,
                                   const char *value)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text known = {0};
    const struct hog_format *format = hog_format_named(value);

    *(const struct hog_format **)place_of(parser, info) = format;
    if (format)
        return HOG_OK;
    hog_format_list_names(&known);
    return bad_value(parser, info, value, known.bytes ? known.bytes : "the name of a format");
}

enum hog_status option_take_sort(const struct parser *parser, const struct option_info *info,
                                 const char *value)
{
    for (size_t i = 0; i < SORT_KEYS; i++) {
        if (strcmp(sort_keys[i].key, value) == 0) {
            *(enum hog_sort *)place_of(parser, info) = sort_keys[i].sort;
            return HOG_OK;
        }
    }
    return bad_value(parser, info, value, info->wanted);
}

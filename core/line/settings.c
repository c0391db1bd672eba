/* The table of settings, and their values as text; see settings.h. */
#include "line/settings.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "line/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const color_choices[] = {"auto", "on", "off", NULL};
static const char *const path_choices[] = {"short", "full", NULL};

static const char *const switch_choices[] = {"on", "off", NULL};

static const struct hog_setting_info setting_table[SETTING_COUNT] = {
    [SETTING_BACKTRACE] =
        {.name = "backtrace",
         .kind = HOG_SETTING_CHOICE,
         .choices = switch_choices,
         .initial = "off",
         .summary = "whether the debugger's own bt shows Python",
         .help = "on: Python's frames stand in the debugger's own backtrace, in the place of the frames\n"
                 "of C that run them, with arguments, locals and lines. off: it is unchanged."},
    [SETTING_COLOR] = {.name = "color",
                       .kind = HOG_SETTING_CHOICE,
                       .choices = color_choices,
                       .initial = "auto",
                       .summary = "whether py- commands colour their text",
                       .help =
                           "auto: colour when the debugger's output is a terminal with styling on, and the\n"
                           "environment variable NO_COLOR is not set. on, off: always, never.\n"
                           "JSON and files are never coloured."},
    [SETTING_MAX_DEPTH] =
        {.name = "max-depth",
         .kind = HOG_SETTING_COUNT,
         .initial = "unlimited",
         .summary = "the most frames shown of a thread",
         .help = "The innermost frames of each thread that py-dump shows as text. JSON is whole\n"
                 "unless --max-depth is given. \"unlimited\" or 0: all of them."},
    [SETTING_MAX_STRING] = {.name = "max-string",
                            .kind = HOG_SETTING_COUNT,
                            .initial = "200",
                            .summary = "the most characters shown of a name or value",
                            .help = "Longer ones are cut, and end in an ellipsis. JSON is whole.\n"
                                    "\"unlimited\" or 0: all of them."},
    [SETTING_PATH_STYLE] = {.name = "path-style",
                            .kind = HOG_SETTING_CHOICE,
                            .choices = path_choices,
                            .initial = "short",
                            .summary = "how the file of a frame is shown",
                            .help = "short: the file's last component, threading.py:355.\n"
                                    "full: as CPython knows it, /usr/lib/python3.12/threading.py:355."},
    [SETTING_REDACT] = {.name = "redact",
                        .kind = HOG_SETTING_WORDS,
                        .initial = "off",
                        .summary = "names whose values are hidden",
                        .help =
                            "Patterns such as *password*,*token*,secret: values of variables, attributes\n"
                            "and paths of such names are shown as <redacted>, in JSON too, for dumps that\n"
                            "are passed on. Upper and lower case are the same. off: nothing is hidden."},
};

const struct hog_setting_info *hog_settings(size_t *ret_count)
{
    *ret_count = SETTING_COUNT;
    return setting_table;
}

static enum setting setting_find(const char *name)
{
    size_t i = 0;

    while (i < SETTING_COUNT && strcmp(setting_table[i].name, name) != 0)
        i++;
    return (enum setting)i;
}

static enum hog_status unknown_setting(const char *name, struct hog_error *error)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text known = {0};

    for (size_t i = 0; i < SETTING_COUNT; i++)
        hog_text_printf(&known, "%s%s", i ? ", " : "", setting_table[i].name);
    return hog_fail(error, HOG_USAGE, "no setting is called \"%.100s\": there are %s", name,
                    known.bytes ? known.bytes : "others");
}

static enum hog_status unknown_choice(const struct hog_setting_info *info, const char *value,
                                      struct hog_error *error)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text known = {0};

    for (size_t i = 0; info->choices[i]; i++)
        hog_text_printf(&known, "%s%s", i == 0 ? "" : info->choices[i + 1] ? ", " : " or ", info->choices[i]);
    return hog_fail(error, HOG_USAGE, "%s cannot be \"%.100s\": it is %s", info->name, value,
                    known.bytes ? known.bytes : "another word");
}

static enum hog_status parse_value(const struct hog_setting_info *info, const char *value,
                                   uint32_t *ret_value, struct hog_error *error)
{
    if (info->kind == HOG_SETTING_COUNT) {
        if (!words_count(value, ret_value))
            return hog_fail(error, HOG_USAGE,
                            "%s cannot be \"%.100s\": it is a number such as 20, or unlimited", info->name,
                            value);
        return HOG_OK;
    }
    for (uint32_t i = 0; info->choices[i]; i++) {
        if (strcmp(info->choices[i], value) == 0) {
            *ret_value = i;
            return HOG_OK;
        }
    }
    return unknown_choice(info, value, error);
}

/* "off" is none. */
static enum hog_status set_words(const struct hog_setting_info *info, char words[SETTING_TEXT],
                                 const char *value, struct hog_error *error)
{
    if (strlen(value) >= SETTING_TEXT)
        return hog_fail(error, HOG_USAGE, "%s cannot be longer than %d characters", info->name,
                        SETTING_TEXT - 1);
    snprintf(words, SETTING_TEXT, "%s", strcmp(value, "off") == 0 ? "" : value);
    return HOG_OK;
}

void settings_init(struct settings *settings)
{
    struct hog_error never;

    *settings = (struct settings){0};
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (setting_table[i].kind != HOG_SETTING_WORDS &&
            parse_value(&setting_table[i], setting_table[i].initial, &settings->value[i], &never) != HOG_OK)
            settings->value[i] = 0;
}

enum hog_status settings_set(struct settings *settings, const char *name, const char *value,
                             struct hog_error *error)
{
    enum setting setting = setting_find(name);

    if (setting == SETTING_COUNT)
        return unknown_setting(name, error);
    if (setting_table[setting].kind == HOG_SETTING_WORDS)
        return set_words(&setting_table[setting], settings->redact, value, error);
    return parse_value(&setting_table[setting], value, &settings->value[setting], error);
}

const char *settings_get(const struct settings *settings, const char *name, char buffer[SETTING_TEXT])
{
    enum setting setting = setting_find(name);
    uint32_t value;

    if (setting == SETTING_COUNT)
        return NULL;
    if (setting_table[setting].kind == HOG_SETTING_WORDS)
        return *settings->redact ? settings->redact : "off";
    value = settings->value[setting];
    if (setting_table[setting].kind == HOG_SETTING_CHOICE)
        return setting_table[setting].choices[value];
    if (value == 0)
        return "unlimited";
    snprintf(buffer, SETTING_TEXT, "%" PRIu32, value);
    return buffer;
}

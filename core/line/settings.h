/*
 * The settings of a session: one table drives `set hognose`, `show hognose`,
 * py-set, their help and their completion.
 */
#ifndef HOG_LINE_SETTINGS_H
#define HOG_LINE_SETTINGS_H

#include "base/status.h"
#include "hognose.h"

enum setting {
    SETTING_BACKTRACE,
    SETTING_COLOR,
    SETTING_MAX_DEPTH,
    SETTING_MAX_STRING,
    SETTING_PATH_STYLE,
    SETTING_REDACT,
    SETTING_COUNT
};

enum setting_color { COLOR_AUTO, COLOR_ON, COLOR_OFF };
enum setting_path_style { PATH_SHORT, PATH_FULL };

enum { SETTING_TEXT = 256 };

struct settings {
    uint32_t value[SETTING_COUNT]; /* index of the choice, or the count; 0 of a count: unlimited */
    char redact[SETTING_TEXT];     /* of the one that is words */
};

void settings_init(struct settings *settings);
enum hog_status settings_set(struct settings *settings, const char *name, const char *value,
                             struct hog_error *error) HOG_CHECKED;
/* The value as text, in `buffer` or static; NULL for an unknown name. */
const char *settings_get(const struct settings *settings, const char *name, char buffer[SETTING_TEXT]);

#endif

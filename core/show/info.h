/*
 * What py-info shows, gathered for its two renderers.
 */
#ifndef HOG_SHOW_INFO_H
#define HOG_SHOW_INFO_H

#include "locate/locate.h"
#include "show/report.h"

/* What a dump took. */
struct costs {
    uint64_t reads;
    uint64_t bytes;
    double seconds;
};

struct info_setting {
    const char *name;
    const char *value;
};

struct info {
    struct report report; /* its description of the target alone */
    bool found;
    bool verbose;
    const char *error; /* when it was not found */
    const struct hog_location *location;
    const char *memory_source; /* where bytes come from */
    const char *core_path;     /* "" none */
    size_t thread_count;       /* of the operating system */
    const char *own_warning;   /* NULL none */
    const char *const *process_warnings;
    size_t process_warning_count;
    const struct info_setting *settings;
    size_t setting_count;
    const struct costs *last_dump; /* of this very target; NULL none */
};

void render_info_text(const struct info *info, const struct theme *theme, struct hog_text *text);
void render_info_json(const struct info *info, struct hog_text *text);

#endif

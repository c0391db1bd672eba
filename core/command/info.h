/*
 * What py-info shows, gathered for its two renderers.
 */
#ifndef HOG_COMMAND_INFO_H
#define HOG_COMMAND_INFO_H

#include "command/command.h"
#include "command/report.h"
#include "locate/locate.h"

struct info {
    struct report report; /* its description of the target alone */
    bool found;
    bool verbose;
    const char *error; /* when it was not found */
    const struct hog_location *location;
    const struct hog_memory *memory;
    const char *core_path;   /* "" none */
    size_t thread_count;     /* of the operating system */
    const char *own_warning; /* NULL none */
    const char *const *process_warnings;
    size_t process_warning_count;
    const struct settings *settings;
    const struct dump_costs *last_dump; /* of this very target; NULL none */
};

void render_info_text(const struct info *info, const struct look *look, struct hog_text *text);
void render_info_json(const struct info *info, struct hog_text *text);

#endif

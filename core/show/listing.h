/* Lines of source, as py-list and --source show them. Schema hognose.list/1. */
#ifndef HOG_SHOW_LISTING_H
#define HOG_SHOW_LISTING_H

#include "show/report.h"

enum { LISTING_LINES = 10 };

enum listing_head { LISTING_CONTINUED, LISTING_OF_FRAME, LISTING_OF_FILE };

struct listing {
    const char *filename; /* as the code names it */
    const char *place;    /* "file", "archive", "memory" */
    const char *remark;   /* what to know of the source; NULL: nothing */
    int64_t first;        /* number of the first line */
    const char *const *lines;
    size_t count;
    const struct hog_frame *frame; /* whose line is marked; NULL: none is */
    size_t frame_number;
    enum listing_head head;
};

void render_listing_text(const struct listing *listing, const struct theme *theme, struct hog_text *text);
void render_listing_json(const struct report *report, const struct listing *listing, struct hog_text *text);

/* The line of a frame, `indent` blanks before it, or why it is not to be had. */
void render_source_line(const struct hog_source_line *line, unsigned indent, const struct theme *theme,
                        struct hog_text *text);

#endif

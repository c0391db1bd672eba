/*
 * Source text for the .html: the lines around those that were sampled.
 *
 * The debuggee says which file; so only what looks like Python source and is a
 * file that its user may read (files/files.h), of a sane size, is opened, and no
 * more of it is shown than the neighbourhood of sampled lines.
 */
#ifndef HOG_FORMATS_SOURCE_H
#define HOG_FORMATS_SOURCE_H

#include "files/files.h"

struct source {
    struct hog_text text;
    const char **lines; /* into text, ended by NUL; line 1 is lines[0] */
    uint32_t count;
    const char *note; /* why there is none, or what to know of it; never NULL */
    bool withheld;    /* there is one, and it was not read; `note` says why */
};

/* `taken_at`: when the profile was started, 0 unknown: a file that changed later is not to be trusted. */
enum hog_status source_init(struct source *source, const struct hog_files *files, const char *path,
                            double taken_at) HOG_CHECKED;
void source_deinit(struct source *source);

#endif

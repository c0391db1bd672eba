/*
 * A file of source, split into lines: for the .html of a profile and for
 * py-list (source/source.h).
 *
 * The debuggee says which file; so only what looks like Python source and is a
 * file that its user may read (files.h), of a sane size, is opened.
 */
#ifndef HOG_FILES_SOURCE_FILE_H
#define HOG_FILES_SOURCE_FILE_H

#include "files/files.h"

enum { SOURCE_FILE_MOST = 4 << 20 }; /* bytes */

struct source_file {
    struct hog_text text;
    const char **lines; /* into text, ended by NUL; line 1 is lines[0] */
    uint32_t count;
    double changed;   /* when, in seconds since the epoch; 0: nothing was read */
    const char *note; /* why there is none; "": there is */
    bool withheld;    /* there is one, and it was not read; `note` says why */
};

enum hog_status source_file_init(struct source_file *source, const struct hog_files *files,
                                 const char *path) HOG_CHECKED;
/* Of what was found elsewhere, in an archive: bytes as a file holds them. Once, into an empty one. */
enum hog_status source_file_take(struct source_file *source, const char *bytes, size_t length) HOG_CHECKED;
void source_file_deinit(struct source_file *source);

#endif

/*
 * The source of what runs, wherever it still is:
 *
 *     a file          below the process's own root, with its user's rights (files/files.h)
 *     an archive      a zip file of sys.path that the file's name leads into (zipimport)
 *     memory          linecache.cache of the process: code of exec(), of notebooks and of the
 *                     prompt is nowhere else; and what the file held before it was changed
 *
 * A file that is newer than the process, or than its core, is said to be.
 */
#ifndef HOG_SOURCE_SOURCE_H
#define HOG_SOURCE_SOURCE_H

#include "files/files.h"
#include "snapshot/snapshot.h"
#include "value/values.h"

struct hog_sources;

struct hog_sources_options {
    const struct hog_files *files;
    struct hog_values *values; /* reads the process's memory */
    double since;              /* seconds since the epoch: what is newer is not what runs; 0 unknown */
    bool is_core;
};

/* NULL when memory is exhausted. What it is given must outlive it. */
struct hog_sources *hog_sources_create(const struct hog_sources_options *options) HOG_CHECKED;
void hog_sources_destroy(struct hog_sources *sources); /* NULL is fine */

enum hog_source_place { HOG_SOURCE_NOWHERE, HOG_SOURCE_OF_FILE, HOG_SOURCE_OF_ARCHIVE, HOG_SOURCE_OF_MEMORY };

struct hog_source {
    enum hog_source_place place;
    const char *filename; /* as the code names it */
    const char *remark;   /* why there is none, or what to know of it; NULL: nothing */
    uint64_t count;       /* of lines */
};

/* Of a file, as code objects name it. Never NULL but when memory is exhausted. */
const struct hog_source *hog_source_of_file(struct hog_sources *sources, uint64_t interpreter,
                                            const char *filename);
/* Of code: also what was typed at a prompt, whose files are all of one name. */
const struct hog_source *hog_source_of_code(struct hog_sources *sources, uint64_t interpreter,
                                            const struct hog_code *code);
/* The line of that number, from 1 on, without its end: UTF-8 that may hold tabs and controls. NULL: there is none. */
const char *hog_source_line(struct hog_sources *sources, const struct hog_source *source, int64_t number);
/* The `source` of a frame: one line, kept in the arena of `values`. NULL when memory is exhausted. */
const struct hog_source_line *hog_source_of_frame(struct hog_sources *sources, uint64_t interpreter,
                                                  const struct hog_frame *frame);

/* "file", "archive", "memory"; NULL: nowhere. */
const char *hog_source_place_name(enum hog_source_place place);

#endif

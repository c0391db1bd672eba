/* What the files of source/ share. */
#ifndef HOG_SOURCE_PARTS_H
#define HOG_SOURCE_PARTS_H

#include "files/source_file.h"
#include "source/source.h"

/* linecache.c: an entry of linecache, {size, mtime, lines, name}. */
struct cached_lines {
    uint64_t list;  /* of str; 0: there is none */
    uint64_t count; /* of lines */
    double changed; /* the file's mtime then; 0: it is of no file */
};
/* Of a file; `code` (may be NULL): of that code, where it was typed at a prompt. */
struct cached_lines cached_lines_find(struct hog_values *values, uint64_t interpreter, const char *filename,
                                      const struct hog_code *code);
/* One of them, in the arena of `values`, without its end; NULL: it cannot be read. */
const char *cached_line(struct hog_values *values, const struct cached_lines *lines, uint64_t index);

/* sys.path, an entry a call; NULL: there are no more. */
const char *search_path_entry(struct hog_values *values, uint64_t interpreter, size_t index);

/*
 * archive.c: a file that lies in an archive: "/srv/app.zip/pkg/mod.py". False: no part of the name is an archive with
 * that member, and `source` is untouched. `directories_left`: so many bytes of directories may be read, which what was
 * read is taken off; 0 afterwards: there were more than that, and nothing is known of this one.
 */
bool archive_read(const struct hog_files *files, const char *path, size_t *directories_left,
                  struct source_file *source);
/* The member of that name of the archive that is open as `file`. */
bool archive_read_member(int file, const char *name, size_t *directories_left, struct source_file *source);

#endif

/*
 * The FILEs of a profile: which format each has, and writing them all.
 *
 * Each is replaced as a whole or not at all (output.h). One that cannot be
 * written does not keep the others from it.
 */
#ifndef HOG_COMMAND_PROFILE_FILES_H
#define HOG_COMMAND_PROFILE_FILES_H

#include "command/command.h"
#include "show/report.h"

struct profile_file {
    const char *path; /* as the user gave it: with %t and %p */
    const struct hog_format *format;
};

struct profile_files {
    struct profile_file *files;
    size_t count;
    bool to_host; /* one of them is "-": what else there is to say goes to standard error */
};

/*
 * `format` NULL: by each path's ending. Before anything is sampled: an
 * unknown ending and a FILE that cannot be written are told at once.
 */
enum hog_status profile_files_plan(struct profile_files *files, const char *const *paths, size_t count,
                                   const struct hog_format *format, struct hog_error *error) HOG_CHECKED;
void profile_files_deinit(struct profile_files *files);

/* HOG_USAGE where one of the files holds a profile already, which perhaps cannot be taken again. */
enum hog_status profile_files_spare(const struct profile_files *files, const struct hog_profile *profile,
                                    struct hog_error *error) HOG_CHECKED;
/* Writes all; a line for each into `text`. At the end fails, with words that name those not written. */
enum hog_status profile_files_write(const struct profile_files *files, const struct hog_profile *profile,
                                    const struct hog_write_options *options, struct hog_session *session,
                                    struct hog_text *text) HOG_CHECKED;

/* %t: when the profile was begun, "20261124T113005Z"; %p: its process; %%: %. False: no memory. */
bool profile_file_name(const char *path, const struct hog_profile *profile,
                       struct hog_text *ret_name) HOG_CHECKED;
/* Does it have a %t? */
bool profile_file_has_time(const char *path);

#endif

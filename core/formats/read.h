/*
 * Files back into profiles: hognose.profile/1 with all that it had; a .prof,
 * ours or one that cProfile wrote (Python 3.6 to 3.15), as functions and
 * callers without stacks.
 *
 * A file may come from anyone. Whatever it holds, reading ends, in memory and
 * time that its size bounds, with a profile or with words that say what is
 * wrong with it.
 */
#ifndef HOG_FORMATS_READ_H
#define HOG_FORMATS_READ_H

#include "profile/profile.h"

/* `watch` NULL: nobody asks. HOG_INTERRUPTED: it was due. What is read has it too: it must outlive the profile. */
enum hog_status hog_profile_read_file(const char *path, struct hog_watch *watch,
                                      struct hog_profile **ret_profile, struct hog_error *error) HOG_CHECKED;
/* Is there a profile in this file that can be read back? Told by how it begins, where that tells it. */
bool hog_profile_is_in_file(const char *path, struct hog_watch *watch);
/* `name` is what the words call it. */
enum hog_status hog_profile_read_bytes(const void *bytes, size_t length, const char *name,
                                       struct hog_watch *watch, struct hog_profile **ret_profile,
                                       struct hog_error *error) HOG_CHECKED;

#endif

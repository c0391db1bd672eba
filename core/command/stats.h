/* What the py-stats commands have in common. */
#ifndef HOG_COMMAND_STATS_H
#define HOG_COMMAND_STATS_H

#include "command/command.h"

/* HOG_USAGE where a command, "top", was given fewer or more words than this. */
enum hog_status stats_check_words(const char *verb, const struct options *options, size_t least, size_t most,
                                  struct hog_error *error) HOG_CHECKED;
/* A file that the user named. */
enum hog_status stats_read(struct hog_session *session, const char *path,
                           struct hog_profile **ret_profile) HOG_CHECKED;

#endif

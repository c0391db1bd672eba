/* Documents of JSON, one after the other in a file, as py-group reads them. */
#ifndef HOG_COMMAND_GROUP_FILE_H
#define HOG_COMMAND_GROUP_FILE_H

#include "base/status.h"
#include "base/watch.h"

#include <stdio.h>
#include <yyjson.h>

/* What was read of a file and not yet parsed; all zero but for `file` and `watch`, which are lent, to begin with. */
struct group_file {
    FILE *file;
    struct hog_watch *watch;
    char *bytes;
    size_t at, length; /* the first byte that is not parsed, and behind the last one */
    size_t room;
    bool ended;
};

void group_file_deinit(struct group_file *file);

/*
 * The next document, for the caller to free with yyjson_doc_free. HOG_NOT_FOUND: there is none; HOG_INTERRUPTED;
 * HOG_NO_MEMORY; HOG_USAGE: it is no JSON, and *ret_why says why. Words for the user are the caller's.
 */
enum hog_status group_file_next(struct group_file *file, yyjson_doc **ret_document,
                                char ret_why[static HOG_ERROR_MESSAGE]) HOG_CHECKED;

#endif

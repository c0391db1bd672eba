/* What the files of this folder share. */
#ifndef HOG_FILES_PARTS_H
#define HOG_FILES_PARTS_H

#include "files/files.h"

/* rights.c: may the process do `wanted` (4 read, 1 search) with what `file` (O_PATH) is? */
bool files_may(const struct hog_files *files, int file, const struct stat *about, unsigned wanted);
/* served.c: which file systems are served by programs of users, into files->served. `mounts`: of /proc/PID. */
void files_list_served(struct hog_files *files, int process);
/* Whole small files of /proc. False: it cannot be read. */
bool files_slurp(int folder, const char *name, size_t most, struct hog_text *ret_text);

#endif

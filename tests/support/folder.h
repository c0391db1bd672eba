/* A folder for one test. */
#ifndef SUPPORT_FOLDER_H
#define SUPPORT_FOLDER_H

#include <stdbool.h>

enum { TEST_FOLDER = 64 };

/* Makes a folder of its own, only its user's, below /tmp. */
bool test_folder_make(char path[TEST_FOLDER]);

/* Takes it away with all that is in it; links are not followed. False: something is left. */
bool test_folder_drop(const char *path);

#endif

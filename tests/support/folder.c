/* A folder for one test; see folder.h. */
#define _GNU_SOURCE
#include "support/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPEN_MOST = 16 };

bool test_folder_make(char path[TEST_FOLDER])
{
    snprintf(path, TEST_FOLDER, "/tmp/hognose-test-XXXXXX");
    return mkdtemp(path);
}

static int drop_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about;
    (void)kind;
    (void)place;
    return remove(path);
}

bool test_folder_drop(const char *path)
{
    return nftw(path, drop_one, OPEN_MOST, FTW_DEPTH | FTW_PHYS) == 0;
}

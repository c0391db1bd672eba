/* The versions that hognose knows, for tests that try every one: hog_layout_supported() in words. */
#ifndef HOG_TESTS_VERSIONS_H
#define HOG_TESTS_VERSIONS_H

#include "layout/layout.h"

size_t version_count(void);
/* "3.6", "3.7", …; index below version_count(). The text lives until the next call but 31. */
const char *version_name(size_t index);
/* Its number behind "3.", and that of the newest. */
unsigned version_minor(size_t index);
unsigned newest_minor(void);

/* `words` with "3.15" for NEWEST and "3.16" for NEXT. The text lives until the next call. */
const char *with_versions(const char *words);

#endif

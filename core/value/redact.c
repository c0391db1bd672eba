/* Names whose values are hidden; see render.h. */
#define _GNU_SOURCE
#include "value/render.h"

#include <fnmatch.h>
#include <string.h>

const char hog_redacted[] = "<redacted>";

enum { MOST_PATTERN = 128 };

bool hog_redacts(const char *pattern, const char *name)
{
    while (pattern && *pattern) {
        size_t length = strcspn(pattern, ", ");
        char one[MOST_PATTERN];

        if (length && length < sizeof one) {
            memcpy(one, pattern, length);
            one[length] = '\0';
            if (fnmatch(one, name, FNM_CASEFOLD) == 0)
                return true;
        }
        pattern += length;
        pattern += strspn(pattern, ", ");
    }
    return false;
}

/* See versions.h. */
#include "support/versions.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { NAMES = 32 };

size_t version_count(void)
{
    struct hog_version version;
    size_t count = 0;

    while (hog_layout_supported(count, &version))
        count++;
    return count;
}

const char *version_name(size_t index)
{
    static char names[NAMES][HOG_VERSION_TEXT];
    struct hog_version version;

    if (!hog_layout_supported(index, &version))
        assert(!"no such version");
    return hog_version_text(version, names[index % NAMES]);
}

unsigned version_minor(size_t index)
{
    struct hog_version version;

    if (!hog_layout_supported(index, &version))
        assert(!"no such version");
    return version.minor;
}

unsigned newest_minor(void)
{
    return hog_layout_newest().minor;
}

const char *with_versions(const char *words)
{
    static char text[512];
    size_t length = 0;

    while (*words && length + 8 < sizeof text) {
        bool newest = strncmp(words, "NEWEST", 6) == 0, next = strncmp(words, "NEXT", 4) == 0;

        if (!newest && !next) {
            text[length++] = *words++;
            continue;
        }
        length += (size_t)snprintf(text + length, sizeof text - length, "3.%u", newest_minor() + next);
        words += newest ? 6 : 4;
    }
    assert(!*words);
    text[length] = '\0';
    return text;
}

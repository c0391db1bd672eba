/*
 * Versions as CPython leaves them about: the text of sys.version, the names
 * of files, PY_VERSION_HEX.
 */
#ifndef HOG_LOCATE_VERSION_H
#define HOG_LOCATE_VERSION_H

#include "layout/layout.h"

enum { MICRO_UNKNOWN = 0xff };

/*
 * "3.9.18 (main, Aug 25 2023, …", "3.13.0rc2+ (heads/…": what Py_GetVersion()
 * composes at start-up into a static buffer. False when `bytes` do not begin so.
 */
bool version_parse_text(const char *bytes, size_t length, struct hog_version *ret_version);

/* What the name of a file says, "libpython3.13td.so.1.0" or "python3.6m": micro stays unknown. */
struct version_of_name {
    struct hog_version version;
    bool free_threaded;
    bool debug;
};
bool version_parse_name(const char *path, struct version_of_name *ret_found);

/* A PY_VERSION_HEX that can be one: 3.x, a level that exists. */
bool version_hex_is_plausible(uint64_t hex);

/* By major and minor alone. */
static inline bool version_is_before(struct hog_version version, struct hog_version other)
{
    return version.major != other.major ? version.major < other.major : version.minor < other.minor;
}

#endif

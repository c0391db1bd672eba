/* Opening a profile's file, and telling what it is by its first bytes; see read.h. */
#define _GNU_SOURCE
#include "formats/read.h"
#include "base/cleanup.h"
#include "formats/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_PIECE = 1 << 20, HEAD_BYTES = 4096 };
static const size_t MOST_BYTES = (size_t)1 << 30;

/* Both JSON and a marshalled dict begin with "{"; what follows differs: a key's quote, or the code of a
 * tuple. */
static bool looks_like_json(const char *bytes, size_t length)
{
    size_t at = 0;

    while (at < length && strchr(" \t\r\n", bytes[at]) && bytes[at])
        at++;
    if (at == length || bytes[at] != '{')
        return false;
    at++;
    while (at < length && bytes[at] && strchr(" \t\r\n", bytes[at]))
        at++;
    return at < length && (bytes[at] == '"' || bytes[at] == '}');
}

static bool looks_like_marshal(const char *bytes, size_t length)
{
    return length >= 2 && (bytes[0] & 0x7f) == '{';
}

enum hog_status hog_profile_read_bytes(const void *bytes, size_t length, const char *name,
                                       struct hog_watch *watch, struct hog_profile **ret_profile,
                                       struct hog_error *error)
{
    struct reading reading = {.bytes = bytes, .length = length, .name = name, .error = error, .watch = watch};

    if (looks_like_json(bytes, length))
        return json_read(&reading, ret_profile);
    if (looks_like_marshal(bytes, length))
        return prof_read(&reading, ret_profile);
    if (!length)
        return hog_fail(error, HOG_BAD_DATA, "%s is empty", name);
    return hog_fail(
        error, HOG_UNSUPPORTED,
        "%s is not a profile that can be read back: it is neither a .prof file nor hognose's own .json",
        name);
}

static enum hog_status open_file(const char *path, int *ret_file, size_t *ret_size, struct hog_error *error)
{
    struct stat about;

    *ret_file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*ret_file < 0)
        return hog_fail(error, errno == ENOENT ? HOG_NOT_FOUND : HOG_IO, "cannot open %.300s: %s", path,
                        strerror(errno));
    if (fstat(*ret_file, &about) != 0)
        return hog_fail(error, HOG_IO, "cannot look at %.300s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return hog_fail(error, HOG_IO, "%.300s is not a regular file", path);
    if ((uint64_t)about.st_size > MOST_BYTES)
        return hog_fail(error, HOG_LIMIT, "%.300s has %lld bytes; a profile has %zu at most", path,
                        (long long)about.st_size, MOST_BYTES);
    *ret_size = (size_t)about.st_size;
    return HOG_OK;
}

enum hog_status hog_profile_read_file(const char *path, struct hog_watch *watch,
                                      struct hog_profile **ret_profile, struct hog_error *error)
{
    const struct reading reading = {.name = path, .error = error, .watch = watch};
    HOG_CLOSE int file = -1;
    HOG_FREE char *bytes = NULL;
    size_t size = 0, have = 0;
    enum hog_status status = open_file(path, &file, &size, error);

    if (status != HOG_OK)
        return status;
    bytes = malloc(size + 1);
    if (!bytes)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory to read %.300s", path);
    while (have < size) {
        if (reading_interrupted(&reading, 0))
            return reading_stopped(&reading);
        ssize_t got = read(file, bytes + have, size - have < READ_PIECE ? size - have : READ_PIECE);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return hog_fail(error, HOG_IO, "cannot read %.300s: %s", path, strerror(errno));
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return hog_profile_read_bytes(bytes, have, path, watch, ret_profile, error);
}

bool hog_profile_is_in_file(const char *path, struct hog_watch *watch)
{
    HOG_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    HOG_PROFILE struct hog_profile *profile = NULL;
    struct hog_error error;
    struct stat about;
    char head[HEAD_BYTES];
    ssize_t length;

    if (file < 0 || fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    length = pread(file, head, sizeof head, 0);
    if (length <= 0)
        return false;
    if (!looks_like_json(head, (size_t)length))
        return looks_like_marshal(head, (size_t)length);
    if (memmem(head, (size_t)length, "\"hognose.profile/", strlen("\"hognose.profile/")))
        return true;
    return hog_profile_read_file(path, watch, &profile, &error) == HOG_OK; /* its members in another order */
}

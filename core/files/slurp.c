/* Small files of /proc; see files_parts.h. */
#include "files/files_parts.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <unistd.h>

bool files_slurp(int folder, const char *name, size_t most, struct hog_text *ret_text)
{
    HOG_CLOSE int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
    char chunk[4096];
    ssize_t got = 1;

    while (file >= 0 && got > 0 && ret_text->length < most) {
        got = read(file, chunk, sizeof chunk);
        if (got > 0)
            hog_text_append(ret_text, chunk, (size_t)got);
    }
    return file >= 0 && got >= 0 && ret_text->length && !ret_text->failed;
}

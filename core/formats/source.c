/* Reading source files; see source.h. */
#include "formats/source.h"
#include "base/cleanup.h"
#include "profile/utf8.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_SOURCE = 4 << 20 };

void source_deinit(struct source *source)
{
    hog_text_deinit(&source->text);
    free(source->lines);
}

static bool is_python(const char *path)
{
    static const char *const endings[] = {".py", ".pyw", ".pyx", ".pxd", ".pyi"};
    size_t length = strlen(path);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t size = strlen(endings[i]);

        if (length > size && strcmp(path + length - size, endings[i]) == 0)
            return true;
    }
    return false;
}

static int open_source(const char *path, struct stat *ret_about)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (file < 0 || fstat(file, ret_about) != 0 || !S_ISREG(ret_about->st_mode) ||
        ret_about->st_size > MOST_SOURCE) {
        hog_cleanup_close(&file);
        return -1;
    }
    return file;
}

static enum hog_status read_text(struct source *source, int file)
{
    HOG_FREE char *bytes = malloc(MOST_SOURCE);
    size_t have = 0;
    ssize_t got = 0;

    if (!bytes)
        return HOG_NO_MEMORY;
    while (have < MOST_SOURCE && (got = read(file, bytes + have, MOST_SOURCE - have)) > 0)
        have += (size_t)got;
    utf8_append_clean(&source->text, bytes, have);
    return source->text.failed ? HOG_NO_MEMORY : HOG_OK;
}

/* "\r\n" ends a line as "\n" does. */
static enum hog_status split(struct source *source)
{
    char *at = source->text.bytes;
    uint32_t count = 1;

    for (size_t i = 0; i < source->text.length; i++)
        count += at[i] == '\n';
    source->lines = malloc(count * sizeof *source->lines);
    if (!source->lines)
        return HOG_NO_MEMORY;
    while (at && *at) {
        char *end = strchr(at, '\n');

        source->lines[source->count++] = at;
        if (!end)
            break;
        *end = '\0';
        if (end > at && end[-1] == '\r')
            end[-1] = '\0';
        at = end + 1;
    }
    return HOG_OK;
}

enum hog_status source_init(struct source *source, const char *path, double taken_at)
{
    HOG_CLOSE int file = -1;
    struct stat about;
    enum hog_status status;

    *source = (struct source){.note = "this is no source file"};
    if (!path || !is_python(path))
        return HOG_OK;
    source->note = "the source file is not on this machine";
    file = open_source(path, &about);
    if (file < 0)
        return HOG_OK;
    source->note = "";
    if (taken_at > 0 && (double)about.st_mtim.tv_sec > taken_at)
        source->note = "the file was changed after the profile was taken: lines may be off";
    status = read_text(source, file);
    return status == HOG_OK ? split(source) : status;
}

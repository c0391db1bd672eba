/* Reading source files; see source.h. */
#include "formats/source.h"
#include "base/cleanup.h"
#include "profile/utf8.h"

#include <string.h>

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

enum hog_status source_init(struct source *source, const struct hog_files *files, const char *path,
                            double taken_at)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text bytes = {0};
    enum hog_file_refusal why;
    struct stat about;

    *source = (struct source){.note = "this is no source file"};
    if (!path || !is_python(path))
        return HOG_OK;
    if (!hog_files_read(files, path, MOST_SOURCE, &bytes, &about, &why)) {
        source->withheld = why != HOG_FILE_MISSING;
        source->note =
            source->withheld ? hog_file_refusal_words(why) : "the source file is not on this machine";
        return HOG_OK;
    }
    source->note = "";
    if (taken_at > 0 && (double)about.st_mtim.tv_sec > taken_at)
        source->note = "the file was changed after the profile was taken: lines may be off";
    utf8_append_clean(&source->text, bytes.bytes, bytes.length);
    return bytes.failed || source->text.failed ? HOG_NO_MEMORY : split(source);
}

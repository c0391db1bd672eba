/* Fuzzes the reader of zip files: any bytes, no crash, no hang; what it takes is no more than a source file may be. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "source/parts.h"

#include <assert.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HOG_CLEANUP(source_file_deinit) struct source_file source = {.note = ""};
    size_t directories_left = 64 << 20;
    HOG_CLOSE int file = memfd_create("archive", MFD_CLOEXEC);

    if (file < 0 || write(file, data, size) != (ssize_t)size)
        return 0;
    if (archive_read_member(file, "package/mod.py", &directories_left, &source))
        assert(source.text.length <= 4 * (size_t)SOURCE_FILE_MOST);
    return 0;
}

/* Bytes of the file itself; see core.h. */
#define _GNU_SOURCE
#include "memory/core.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

size_t core_copy(struct core_memory *core, uint64_t offset, void *buffer, size_t length)
{
    uint64_t left = offset < core->size ? core->size - offset : 0;
    size_t wanted = length < left ? length : (size_t)left, done = 0;
    ssize_t got = 1;

    while (done < wanted && got) {
        got = pread(core->image, (unsigned char *)buffer + done, wanted - done, (off_t)(offset + done));
        if (got < 0 && errno != EINTR)
            break;
        done += got > 0 ? (size_t)got : 0;
        got = got < 0 ? 1 : got;
    }
    if (done < wanted && !core->has_shrunk) {
        core->has_shrunk = true;
        process_warn(core->process, "%s could not be read to its end: %s", core->process->core_path,
                     got < 0 ? strerror(errno) : "it was cut short meanwhile");
    }
    return done;
}

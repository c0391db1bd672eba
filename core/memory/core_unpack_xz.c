/* Cores that are compressed with xz; see core_unpack.c. */
#include "base/cleanup.h"
#include "memory/core_unpack.h"

#ifdef HOGNOSE_LZMA

#include <errno.h>
#include <lzma.h>
#include <string.h>

enum { XZ_MEMORY = 256 << 20 }; /* xz -9 takes 65 MB */

static enum hog_status failed_xz(const struct unpacking *job, lzma_ret code)
{
    if (code == LZMA_MEMLIMIT_ERROR)
        return unpack_fail(job, HOG_UNSUPPORTED, "it takes more than 256 MB of memory: unxz it first");
    if (code == LZMA_MEM_ERROR)
        return unpack_fail(job, HOG_NO_MEMORY, "not enough memory");
    return unpack_cut_short(job);
}

/* At the end of the file liblzma has to be told that it is: several may be strung together. */
static enum hog_status unpack_all(struct unpacking *job, lzma_stream *stream)
{
    lzma_ret code = LZMA_OK;
    ssize_t got = 1;

    while (code == LZMA_OK) {
        enum hog_status status;

        if (!stream->avail_in && got > 0) {
            got = unpack_get(job);
            if (got < 0)
                return unpack_fail(job, HOG_IO, strerror(errno));
            stream->next_in = job->in;
            stream->avail_in = (size_t)got;
        }
        stream->next_out = job->out;
        stream->avail_out = UNPACK_CHUNK;
        code = lzma_code(stream, got ? LZMA_RUN : LZMA_FINISH);
        status = unpack_put(job, UNPACK_CHUNK - stream->avail_out);
        if (status != HOG_OK)
            return status;
    }
    return code == LZMA_STREAM_END ? HOG_OK : failed_xz(job, code);
}

enum hog_status unpack_xz(struct unpacking *job)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    enum hog_status status;

    if (lzma_stream_decoder(&stream, XZ_MEMORY, LZMA_CONCATENATED) != LZMA_OK)
        return unpack_fail(job, HOG_NO_MEMORY, "not enough memory");
    status = unpack_all(job, &stream);
    lzma_end(&stream);
    return status;
}

#else

enum hog_status unpack_xz(struct unpacking *job)
{
    return unpack_fail(job, HOG_UNSUPPORTED, "this hognose was built without liblzma: unxz it first");
}

#endif

/* Cores that are compressed with lz4; see core_unpack.c. */
#include "base/cleanup.h"
#include "memory/core_unpack.h"

#ifdef HOGNOSE_LZ4

#include <errno.h>
#include <lz4frame.h>
#include <string.h>

static void context_free(LZ4F_dctx **context)
{
    LZ4F_freeDecompressionContext(*context);
}

/* Frames may be strung together: after one the context is as new. */
enum hog_status unpack_lz4(struct unpacking *job)
{
    HOG_CLEANUP(context_free) LZ4F_dctx *context = NULL;
    size_t more = 1; /* 0 at the end of a frame */
    ssize_t got;

    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
        return unpack_fail(job, HOG_NO_MEMORY, "not enough memory");
    while ((got = unpack_get(job)) > 0) {
        size_t done = 0;
        bool full = false; /* the output was, so that there may be more of it */

        while (done < (size_t)got || (full && more)) {
            size_t taken = (size_t)got - done, made = UNPACK_CHUNK;
            enum hog_status status;

            more = LZ4F_decompress(context, job->out, &made, job->in + done, &taken, NULL);
            if (LZ4F_isError(more))
                return unpack_cut_short(job);
            done += taken;
            full = made == UNPACK_CHUNK;
            status = unpack_put(job, made);
            if (status != HOG_OK)
                return status;
        }
    }
    if (got < 0)
        return unpack_fail(job, HOG_IO, strerror(errno));
    return more ? unpack_cut_short(job) : HOG_OK;
}

#else

enum hog_status unpack_lz4(struct unpacking *job)
{
    return unpack_fail(job, HOG_UNSUPPORTED, "this hognose was built without liblz4: unlz4 it first");
}

#endif

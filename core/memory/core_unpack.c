/*
 * Compressed cores: systemd-coredump writes .zst, people gzip them by hand.
 *
 * They are unpacked, in a stream, into a temporary file that has no name and
 * so is gone when it is closed. Zero pages become holes: a core of 3.5 GB has
 * a lot of those. xz and lz4 have files of their own; bzip2 is named with the
 * command that unpacks it. What does not begin like a core is refused before
 * more of it is unpacked.
 */
#define _GNU_SOURCE
#include "memory/core_unpack.h"
#include "base/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { HOLE = 4096, WINDOW_LOG_MAX = 27 /* 128 MB of memory: zstd's own limit */ };

enum hog_status unpack_fail(const struct unpacking *job, enum hog_status status, const char *why)
{
    return hog_fail(&job->process->error, status, "cannot unpack core file %s: %s", job->process->core_path,
                    why);
}

static int temporary_file(const char *folder)
{
    char *path = NULL;
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (file >= 0 || asprintf(&path, "%s/hognose-core-XXXXXX", folder) < 0)
        return file;
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    free(path);
    return file;
}

static enum hog_status make_temporary(struct unpacking *job)
{
    const char *folder = getenv("TMPDIR");

    if (!folder || !*folder)
        folder = "/var/tmp";
    job->to = temporary_file(folder);
    if (job->to >= 0)
        return HOG_OK;
    return hog_fail(&job->process->error, HOG_IO, "cannot unpack core file %s: no temporary file in %s: %s",
                    job->process->core_path, folder, strerror(errno));
}

static bool all_zero(const unsigned char *bytes, size_t length)
{
    return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* Writes what was unpacked, leaving out runs of zeros. */
static bool write_out(struct unpacking *job, size_t length)
{
    for (size_t done = 0; done < length;) {
        size_t piece = length - done < HOLE ? length - done : HOLE;
        size_t start = done;

        if (all_zero(job->out + done, piece)) {
            done += piece;
            job->written += piece;
            continue;
        }
        while (done < length && !all_zero(job->out + done, piece)) {
            done += piece;
            piece = length - done < HOLE ? length - done : HOLE;
        }
        while (start < done) {
            ssize_t wrote = pwrite(job->to, job->out + start, done - start, (off_t)job->written);

            if (wrote < 0 && errno != EINTR)
                return false;
            start += wrote > 0 ? (size_t)wrote : 0;
            job->written += wrote > 0 ? (uint64_t)wrote : 0;
        }
    }
    return true;
}

ssize_t unpack_get(struct unpacking *job)
{
    ssize_t got;

    do
        got = read(job->from, job->in, UNPACK_CHUNK);
    while (got < 0 && errno == EINTR);
    return got;
}

static enum hog_status cannot_write(const struct unpacking *job)
{
    return unpack_fail(job, HOG_IO,
                       errno == ENOSPC ? "no space for it: set TMPDIR to a folder that has some"
                                       : strerror(errno));
}

enum hog_status unpack_cut_short(const struct unpacking *job)
{
    if (!job->written)
        return unpack_fail(job, HOG_BAD_DATA, "it is damaged");
    process_warn(job->process, "%s is damaged or cut short; what could be unpacked is used",
                 job->process->core_path);
    return HOG_OK;
}

/* Of the first bytes: a log or a disk image of terabytes is told before it is unpacked. */
static bool begins_like_core(const unsigned char *bytes, size_t length)
{
    Elf64_Half type = ET_CORE;

    if (length >= EI_NIDENT + sizeof type)
        memcpy(&type, bytes + EI_NIDENT, sizeof type);
    return type == ET_CORE && memcmp(bytes, ELFMAG, length < SELFMAG ? length : SELFMAG) == 0;
}

enum hog_status unpack_put(struct unpacking *job, size_t length)
{
    if (length && !job->written && !begins_like_core(job->out, length))
        return hog_fail(&job->process->error, HOG_BAD_DATA,
                        "%s is not a core file: it is compressed, but no core is in it",
                        job->process->core_path);
    if (!write_out(job, length))
        return cannot_write(job);
    if (job->request->interrupted && job->request->interrupted(job->request->context))
        return hog_fail(&job->process->error, HOG_INTERRUPTED,
                        "interrupted while core file %s was unpacked: run it again, or unpack it first",
                        job->process->core_path);
    return HOG_OK;
}

static enum hog_status failed_zstd(const struct unpacking *job, size_t code)
{
    if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
        return unpack_fail(job, HOG_UNSUPPORTED,
                           "it takes more than 128 MB of memory: zstd -d --long=31 it first");
    return unpack_cut_short(job);
}

static void zstd_free(ZSTD_DStream **stream)
{
    ZSTD_freeDStream(*stream);
}

static enum hog_status unpack_zstd(struct unpacking *job)
{
    HOG_CLEANUP(zstd_free) ZSTD_DStream *stream = ZSTD_createDStream();
    size_t more = 1; /* 0 at the end of a frame */
    ssize_t got;

    if (!stream)
        return unpack_fail(job, HOG_NO_MEMORY, "not enough memory");
    ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    while ((got = unpack_get(job)) > 0) {
        ZSTD_inBuffer in = {job->in, (size_t)got, 0};
        bool full = false; /* the output was, so that there may be more of it */

        while (in.pos < in.size || (full && more)) {
            ZSTD_outBuffer out = {job->out, UNPACK_CHUNK, 0};
            enum hog_status status;

            more = ZSTD_decompressStream(stream, &out, &in);
            if (ZSTD_isError(more))
                return failed_zstd(job, more);
            full = out.pos == UNPACK_CHUNK;
            status = unpack_put(job, out.pos);
            if (status != HOG_OK)
                return status;
        }
    }
    if (got < 0)
        return unpack_fail(job, HOG_IO, strerror(errno));
    return more ? unpack_cut_short(job) : HOG_OK;
}

static enum hog_status inflate_all(struct unpacking *job, z_stream *stream)
{
    int state = Z_OK;
    enum hog_status status;
    ssize_t got;

    while ((got = unpack_get(job)) > 0) {
        stream->next_in = job->in;
        stream->avail_in = (uInt)got;
        do {
            if (state == Z_STREAM_END && inflateReset(stream) != Z_OK) /* gzip files may be strung together */
                return unpack_cut_short(job);
            stream->next_out = job->out;
            stream->avail_out = UNPACK_CHUNK;
            state = inflate(stream, Z_NO_FLUSH);
            if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
                return unpack_cut_short(job);
            status = unpack_put(job, UNPACK_CHUNK - stream->avail_out);
            if (status != HOG_OK)
                return status;
        } while (stream->avail_in || !stream->avail_out);
    }
    if (got < 0)
        return unpack_fail(job, HOG_IO, strerror(errno));
    return state == Z_STREAM_END ? HOG_OK : unpack_cut_short(job);
}

static enum hog_status unpack_gzip(struct unpacking *job)
{
    z_stream stream = {0};
    enum hog_status status;

    if (inflateInit2(&stream, 15 + 16) != Z_OK)
        return unpack_fail(job, HOG_NO_MEMORY, "not enough memory");
    status = inflate_all(job, &stream);
    inflateEnd(&stream);
    return status;
}

/* Those that we know by sight, and what to do about them. */
struct packing {
    const char *magic;
    size_t magic_size;
    enum hog_status (*unpack)(struct unpacking *job);
    const char *advice;
};

static const struct packing packings[] = {
    {"\x28\xb5\x2f\xfd", 4, unpack_zstd, NULL},
    {"\x1f\x8b", 2, unpack_gzip, NULL},
    {"\xfd"
     "7zXZ",
     5, unpack_xz, NULL},
    {"\x04\x22\x4d\x18", 4, unpack_lz4, NULL},
    {"BZh", 3, NULL, "it is compressed with bzip2: bunzip2 it first"},
};

static enum hog_status unpack_with(struct hog_process *process, const struct hog_core_request *request,
                                   const struct packing *packing, int *file)
{
    HOG_FREE struct unpacking *job = calloc(1, sizeof *job);
    enum hog_status status;

    if (!job)
        return process_no_memory(process);
    job->process = process;
    job->request = request;
    job->from = *file;
    job->to = -1;
    if (!packing->unpack)
        return unpack_fail(job, HOG_UNSUPPORTED, packing->advice);
    status = make_temporary(job);
    if (status == HOG_OK)
        status = packing->unpack(job);
    if (status == HOG_OK && ftruncate(job->to, (off_t)job->written) != 0)
        status = cannot_write(job);
    if (status != HOG_OK) {
        hog_cleanup_close(&job->to);
        return status;
    }
    close(*file);
    *file = job->to;
    return HOG_OK;
}

enum hog_status core_unpack(struct hog_process *process, const struct hog_core_request *request, int *file)
{
    char magic[8] = {0};
    ssize_t got = pread(*file, magic, sizeof magic, 0);

    for (size_t i = 0; got > 0 && i < sizeof packings / sizeof *packings; i++)
        if (memcmp(magic, packings[i].magic, packings[i].magic_size) == 0)
            return unpack_with(process, request, &packings[i], file);
    return HOG_OK;
}

/* Text to the host, or atomically to a file; see output.h. */
#define _GNU_SOURCE
#include "host/output.h"
#include "base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { OUTPUT_PIECE = 64 * 1024, OUTPUT_POLL_MS = 40 };

static enum hog_status output_fail(struct output *output, const char *where, int reason, const char *remedy)
{
    return hog_fail(&output->error, HOG_IO, "cannot write %.300s: %s; %s", where, strerror(reason), remedy);
}

static enum hog_status output_no_memory(struct output *output)
{
    return hog_fail(&output->error, HOG_NO_MEMORY, "cannot write: not enough memory for the text");
}

static bool more(struct hog_outlet *outlet);

/*
 * Opening.
 */

char *output_path(const char *path)
{
    const char *home = path[0] == '~' && path[1] == '/' ? getenv("HOME") : NULL;
    char *expanded = NULL;

    if (!home)
        return strdup(path);
    return asprintf(&expanded, "%s%s", home, path + 1) < 0 ? NULL : expanded;
}

/* The folder that the file was to lie in is missing. There are others, such as /proc, that take no files. */
static enum hog_status no_folder(struct output *output, int reason)
{
    const char *slash = strrchr(output->path, '/');
    HOG_FREE char *folder = slash ? strndup(output->path, (size_t)(slash - output->path)) : strdup(".");
    struct stat about;

    if (folder && stat(folder, &about) == 0 && S_ISDIR(about.st_mode))
        return output_fail(output, output->path, reason, "choose another FILE");
    return hog_fail(&output->error, HOG_IO,
                    "cannot write %.300s: there is no folder %.300s; make it, or choose another FILE",
                    output->path, folder ? folder : "");
}

static enum hog_status open_failed(struct output *output, int reason)
{
    switch (reason) {
    case ENOENT:
    case ENOTDIR:
        return no_folder(output, reason);
    case EISDIR:
        return output_fail(output, output->path, reason, "choose the name of a file in it");
    case ENXIO:
        return output_fail(output, output->path, reason, "start what reads the pipe first");
    case EACCES:
    case EPERM:
    case EROFS:
        return output_fail(output, output->path, reason, "choose another FILE, or make it writable");
    default:
        return output_fail(output, output->path, reason, "choose another FILE");
    }
}

enum hog_status output_open(struct output *output, const struct hog_host *host, const char *path)
{
    *output = (struct output){.outlet.more = more, .host = host, .file = -1};
    if (!path || strcmp(path, "-") == 0)
        return HOG_OK;
    output->path = output_path(path);
    if (!output->path)
        return output_no_memory(output);
    /* Not blocking, so that Ctrl-C works before a pipe that nobody empties. */
    output->file = output_place_open(&output->place, output->path);
    return output->file < 0 ? open_failed(output, errno) : HOG_OK;
}

bool output_is_replaced(const char *path)
{
    HOG_FREE char *expanded = strcmp(path, "-") == 0 ? NULL : output_path(path);
    struct stat known;

    return expanded && (stat(expanded, &known) != 0 || S_ISREG(known.st_mode) || S_ISDIR(known.st_mode));
}

/*
 * Writing.
 */

static enum hog_status write_failed(struct output *output, int reason)
{
    const char *remedy = reason == ENOSPC || reason == EDQUOT || reason == EFBIG
                             ? "free some space, or choose another FILE"
                             : "choose another FILE";

    return output_fail(output, output->path, reason, remedy);
}

/* Waits until a pipe takes more. False: Ctrl-C. */
static bool wait_for_reader(struct output *output)
{
    struct pollfd reader = {.fd = output->file, .events = POLLOUT};

    while (!output->host->interrupted(output->host->self)) {
        int ready = poll(&reader, 1, OUTPUT_POLL_MS);

        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true;
    }
    output->outlet.interrupted = true;
    return false;
}

/* write(2) to a pipe whose reader is gone must not kill the debugger: SIGPIPE is held back and taken away. */
static ssize_t write_quietly(int file, const char *bytes, size_t length)
{
    const struct timespec at_once = {0};
    sigset_t pipe_only, before;
    ssize_t written;
    int reason;

    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    written = write(file, bytes, length);
    reason = errno;
    if (written < 0 && reason == EPIPE && !sigismember(&before, SIGPIPE))
        while (sigtimedwait(&pipe_only, NULL, &at_once) < 0 && errno == EINTR)
            ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return written;
}

static enum hog_status write_to_file(struct output *output, const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = write_quietly(output->file, bytes, length);

        if (written >= 0) {
            bytes += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN) {
            if (!wait_for_reader(output))
                return hog_fail(&output->error, HOG_INTERRUPTED, "interrupted: nobody reads %.300s",
                                output->path);
        } else if (errno != EINTR) {
            return write_failed(output, errno);
        }
    }
    return HOG_OK;
}

static enum hog_status hand_on(struct output *output)
{
    if (output->outlet.text.failed && output->error.status == HOG_OK)
        output_no_memory(output);
    if (output->error.status != HOG_OK)
        return output->error.status;
    if (output->file >= 0)
        output->error.status = write_to_file(output, output->outlet.text.bytes, output->outlet.text.length);
    else if (output->outlet.text.length)
        output->host->write(output->host->self, HOG_STDOUT, output->outlet.text.bytes,
                            output->outlet.text.length);
    hog_text_clear(&output->outlet.text);
    return output->error.status;
}

static bool more(struct hog_outlet *outlet)
{
    struct output *output = (struct output *)outlet;

    if (output->outlet.text.length < OUTPUT_PIECE && !output->outlet.text.failed)
        return !output->outlet.interrupted && output->error.status == HOG_OK;
    if (!output->ignore_interrupt && output->host->interrupted(output->host->self))
        output->outlet.interrupted = true;
    return hand_on(output) == HOG_OK && !output->outlet.interrupted;
}

enum hog_status output_finish(struct output *output)
{
    bool interrupted = output->outlet.interrupted;

    if (interrupted && output->path && output->error.status == HOG_OK)
        return hog_fail(&output->error, HOG_INTERRUPTED,
                        "interrupted: the output is incomplete, and FILE is left as it was");
    if (interrupted && hand_on(output) == HOG_OK)
        return hog_fail(&output->error, HOG_INTERRUPTED, "interrupted: the output is incomplete");
    if (hand_on(output) != HOG_OK || !output->place.temporary[0])
        return output->error.status;
    if (fsync(output->file) != 0 || !output_place_rename(&output->place))
        return write_failed(output, errno);
    return HOG_OK;
}

void output_deinit(struct output *output)
{
    output_place_deinit(&output->place);
    hog_cleanup_close(&output->file);
    free(output->path);
    hog_text_deinit(&output->outlet.text);
}

/*
 * Memory of a local process, read behind the debugger's back; it need not be stopped.
 *
 * /proc/PID/mem, one pread a span: where a page is not there the kernel says so
 * at once. process_vm_readv, which takes a whole batch, waits for whoever
 * provides the page: with userfaultfd(2) that may be the process itself or a
 * friend of it, who never does, and nothing but SIGKILL ends the wait. (CPython
 * plays no part in this; Linux, fs/userfaultfd.c: handle_userfault blocks only
 * a fault that may be retried.) It is used where there is no /proc/PID/mem,
 * and by those who have made sure (hog_memory_join): a batch costs them one call, and the lock of the process's
 * mappings is asked for once a span instead of once a page.
 *
 * Mappings of files that a program of a user serves (FUSE) make either wait:
 * they are left out, see hog_memory_leave_out.
 *
 * process_vm_readv copies span after span and stops at the first page it
 * cannot get at; it returns the bytes until then, or EFAULT when there were none:
 *
 *      spans      |----A----|----B----|----C----|----D----|
 *      returned    ==============X                           A whole, B short
 *      asked again                     |----C----|----D----|
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "memory/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

struct live_range {
    uint64_t start, end;
};

struct live_memory {
    struct hog_memory memory;
    pid_t pid;
    bool joins;   /* the spans of a batch into one call */
    bool refused; /* that call */
    bool tried;   /* to open mem_file */
    int mem_file; /* /proc/PID/mem, -1: it cannot be opened */
    struct live_range *left_out;
    size_t left_out_count;
    struct iovec local[IOV_MAX];
    struct iovec remote[IOV_MAX];
};

/* Deals `bytes` out to the spans in order; returns how many spans are settled: the whole ones and the short
 * one. */
static size_t live_distribute(struct hog_span *spans, size_t count, size_t bytes)
{
    size_t i = 0;

    for (; i < count; i++) {
        spans[i].got = bytes < spans[i].length ? bytes : spans[i].length;
        bytes -= spans[i].got;
        if (spans[i].got < spans[i].length)
            break;
    }
    return i < count ? i + 1 : count;
}

/* One system call for the first spans of the batch. Returns the number of spans settled. */
static size_t live_vm_read(struct live_memory *self, struct hog_span *spans, size_t count)
{
    size_t batch = count < IOV_MAX ? count : IOV_MAX;
    ssize_t got;

    for (size_t i = 0; i < batch; i++) {
        self->local[i] = (struct iovec){.iov_base = spans[i].buffer, .iov_len = spans[i].length};
        self->remote[i] =
            (struct iovec){.iov_base = (void *)(uintptr_t)spans[i].address, .iov_len = spans[i].length};
    }
    got = process_vm_readv(self->pid, self->local, batch, self->remote, batch, 0);
    self->memory.stats.reads++;
    if (got >= 0) {
        self->memory.stats.bytes += (uint64_t)got;
        return live_distribute(spans, batch, (size_t)got);
    }
    self->refused = errno == EPERM || errno == ENOSYS || errno == ESRCH;
    if (self->refused) /* nothing in this batch, or any other, can be read */
        return count;
    /* EFAULT, and EINVAL for a length that no address space has: the first span is to blame */
    return live_distribute(spans, batch, 0);
}

static bool live_open_mem_file(struct live_memory *self)
{
    char path[64];

    if (!self->tried) {
        self->tried = true;
        snprintf(path, sizeof path, "/proc/%d/mem", (int)self->pid);
        self->mem_file = open(path, O_RDONLY | O_CLOEXEC);
        if (self->mem_file < 0)
            self->memory.source = "process_vm_readv";
    }
    return self->mem_file >= 0;
}

static void live_file_read(struct live_memory *self, struct hog_span *span)
{
    while (span->got < span->length) {
        ssize_t got = pread(self->mem_file, (unsigned char *)span->buffer + span->got,
                            span->length - span->got, (off_t)(span->address + span->got));

        self->memory.stats.reads++;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        self->memory.stats.bytes += (uint64_t)got;
        span->got += (size_t)got;
    }
}

/* What of a span lies before anything that is left out. */
static size_t live_allowed(const struct live_memory *self, const struct hog_span *span)
{
    size_t length = span->length;

    for (size_t i = 0; i < self->left_out_count; i++) {
        const struct live_range *range = &self->left_out[i];

        if (span->address >= range->start && span->address < range->end)
            return 0;
        if (span->address < range->start && range->start - span->address < length)
            length = (size_t)(range->start - span->address);
    }
    return length;
}

static void live_read_allowed(struct live_memory *self, struct hog_span *spans, size_t count)
{
    bool has_file = live_open_mem_file(self);
    size_t at = 0;

    while (self->joins && has_file && at < count) {
        size_t settled = live_vm_read(self, spans + at, count - at);

        self->joins = !self->refused;
        if (self->refused)
            break;
        at += settled;
        /* The last may be short where the file is not: a page that the process itself may not read. */
        live_file_read(self, &spans[at - 1]);
    }
    for (; has_file && at < count; at++)
        live_file_read(self, &spans[at]);
    while (at < count)
        at += live_vm_read(self, spans + at, count - at);
}

static bool live_allows_all(const struct live_memory *self, const struct hog_span *spans, size_t count)
{
    for (size_t i = 0; self->left_out_count && i < count; i++)
        if (live_allowed(self, &spans[i]) < spans[i].length)
            return false;
    return true;
}

static void live_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct live_memory *self = (struct live_memory *)memory;

    if (live_allows_all(self, spans, count)) {
        live_read_allowed(self, spans, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct hog_span allowed = spans[i];

        allowed.length = live_allowed(self, &spans[i]);
        if (allowed.length)
            live_read_allowed(self, &allowed, 1);
        spans[i].got = allowed.got;
    }
}

static void live_destroy(struct hog_memory *memory)
{
    struct live_memory *self = (struct live_memory *)memory;

    hog_cleanup_close(&self->mem_file);
    free(self->left_out);
    free(self);
}

struct hog_memory *hog_memory_of_process(int pid)
{
    static const struct hog_memory_ops ops = {.read = live_read, .destroy = live_destroy};
    struct live_memory *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->memory.ops = &ops;
    self->memory.source = "/proc/PID/mem";
    self->pid = pid;
    self->mem_file = -1;
    return &self->memory;
}

void hog_memory_join(struct hog_memory *live)
{
    ((struct live_memory *)live)->joins = true;
}

bool hog_memory_leave_out(struct hog_memory *live, uint64_t start, uint64_t end)
{
    struct live_memory *self = (struct live_memory *)live;
    struct live_range *grown = realloc(self->left_out, (self->left_out_count + 1) * sizeof *self->left_out);

    if (!grown)
        return false;
    self->left_out = grown;
    grown[self->left_out_count++] = (struct live_range){start, end};
    return true;
}

/*
 * Target memory: the one interface through which bytes of the debuggee come.
 *
 *      decode, locate ──▶ struct hog_memory ──▶ a source
 *                          │ page cache           ├─ live.c      /proc/PID/mem, process_vm_readv
 *                          │ recorder             ├─ core_file.c PT_LOAD, then the mapped files
 *                          │ (each wraps another) └─ debugger.c  whatever gdb or lldb reads for us
 *
 * A source answers batches: an array of spans, each of which says afterwards
 * how many bytes, counted from its start, arrived. An unreadable address is
 * not an error of the source; it is an answer. Sources never write and never
 * stop or start the debuggee.
 */
#ifndef HOG_MEMORY_MEMORY_H
#define HOG_MEMORY_MEMORY_H

#include "base/status.h"

/* One read of a batch. `got` is set by the source: bytes valid from the start of `buffer`. */
struct hog_span {
    uint64_t address;
    void *buffer;
    size_t length;
    size_t got;
};

/* What was asked of a source since it was made; a wrapper counts what it asked of the one below. */
struct hog_memory_stats {
    uint64_t reads; /* calls of the source: one system call, one request to the debugger */
    uint64_t bytes; /* bytes that arrived */
};

struct hog_memory;

struct hog_memory_ops {
    /* Called with every `got` 0. What lies behind the first unreadable byte of a span need not be tried. */
    void (*read)(struct hog_memory *memory, struct hog_span *spans, size_t count);
    /* May be NULL. A hint: these ranges will be read soon. */
    void (*prefetch)(struct hog_memory *memory, const struct hog_span *ranges, size_t count);
    void (*destroy)(struct hog_memory *memory);
};

struct hog_memory {
    const struct hog_memory_ops *ops;
    const char *source; /* for py-info: "/proc/PID/mem", "core file", "debugger", … */
    struct hog_memory_stats stats;
    uint64_t fault; /* the first address that could not be read, of the last span that came short */
};

void hog_memory_destroy(struct hog_memory *memory); /* NULL is fine */
void hog_memory_read_batch(struct hog_memory *memory, struct hog_span *spans, size_t count);
void hog_memory_prefetch(struct hog_memory *memory, const struct hog_span *ranges, size_t count);

/* All or nothing: HOG_OK, or HOG_UNREADABLE with memory->fault set and the buffer untouched or partly filled.
 */
enum hog_status hog_memory_read(struct hog_memory *memory, uint64_t address, void *buffer,
                                size_t length) HOG_CHECKED;
/* As much as can be had from the start; returns the number of bytes, and sets `fault` when it is short. */
size_t hog_memory_read_some(struct hog_memory *memory, uint64_t address, void *buffer, size_t length);

enum hog_status hog_memory_u64(struct hog_memory *memory, uint64_t address, uint64_t *ret_value) HOG_CHECKED;
enum hog_status hog_memory_u32(struct hog_memory *memory, uint64_t address, uint32_t *ret_value) HOG_CHECKED;
enum hog_status hog_memory_u8(struct hog_memory *memory, uint64_t address, uint8_t *ret_value) HOG_CHECKED;
/*
 * A NUL-terminated string of at most size-1 bytes; longer ones are cut and
 * still HOG_OK. `ret_text` is always terminated.
 */
enum hog_status hog_memory_text(struct hog_memory *memory, uint64_t address, char *ret_text,
                                size_t size) HOG_CHECKED;

/*
 * Sources. Each returns NULL only when memory is exhausted.
 */

/* A local process, by pid. Does not need the process to be stopped. */
struct hog_memory *hog_memory_of_process(int pid) HOG_CHECKED;
/* Of such a one: never reads there, as whoever provides these pages could let us wait. False: no memory. */
bool hog_memory_leave_out(struct hog_memory *live, uint64_t start, uint64_t end) HOG_CHECKED;
/* Of such a one: the spans of a batch are read in one call, process_vm_readv, which hog_pages_are_provided (provided.h)
 * has said of this process that it does not wait. */
void hog_memory_join(struct hog_memory *live);

/* Asks `read` (the debugger's own) for each span. */
typedef size_t (*hog_read_function)(void *context, uint64_t address, void *buffer, size_t length);
struct hog_memory *hog_memory_of_debugger(hog_read_function read, void *context) HOG_CHECKED;

/* `first`, and for spans that it cannot read, `second`. Owns both. */
struct hog_memory *hog_memory_with_fallback(struct hog_memory *first, struct hog_memory *second) HOG_CHECKED;

/*
 * A page cache over `under` (not owned): one snapshot's view. Each 4 KiB page
 * is fetched at most once, unreadable pages are remembered, a batch fetches
 * all its missing pages in one call of the source (two when a page among them
 * is unreadable). Memory held is bounded by `max_bytes`; past it, the cache
 * is emptied and fills again. Prefetching brings in at most half of that.
 */
struct hog_memory *hog_memory_cached(struct hog_memory *under, size_t max_bytes) HOG_CHECKED;
/* Empties it and keeps what it allocated: the next snapshot begins. Allocates nothing, costs nothing. */
void hog_memory_cache_forget(struct hog_memory *cached);
/* Reads anew what it holds, in as few calls of the source as can be: a copy of one moment. Allocates nothing. */
void hog_memory_cache_refresh(struct hog_memory *cached);

/*
 * A recorder over `under` (not owned): remembers every 4 KiB page that was
 * touched, readable or not, so that record-image can write them as an ELF core.
 */
struct hog_memory *hog_memory_recorded(struct hog_memory *under) HOG_CHECKED;
/* Calls `visit` for each readable page touched, ascending. */
void hog_memory_recorded_pages(struct hog_memory *recorder,
                               void (*visit)(void *context, uint64_t address, const void *page, size_t size),
                               void *context);

#endif

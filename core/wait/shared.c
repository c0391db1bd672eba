/*
 * Locks and semaphores of multiprocessing, seen from outside of their processes.
 *
 *     4711   futex(0x7f…)  ─┐                          /proc/PID/maps: the same file at the same offset is the same
 *                           ├─ /dev/shm/sem.… + 0      semaphore, wherever each process has it
 *     4720   SemLock ───────┘
 *            │ type │ handle │ last_tid │ count │ maxvalue │ kind │       count 1: a thread of 4720 has taken it
 *
 * A SemLock is found by its handle among the words of what its process may write, and is one only if its type is called
 * that. Source: Modules/_multiprocessing/semaphore.c, 3.6 - 3.15.
 */
#define _GNU_SOURCE
#include "wait/shared.h"

#include "base/cleanup.h"
#include "memory/map_line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PROC_PATH = 64,
    LINE = 512,
    MAX_LINES = 65536,
    MAX_PROCESSES = 32768,
    CHUNK = 1 << 20,
    WORD = 8,
    /* Of the SemLock, from its handle on. */
    TYPE_BEFORE = 8,
    COUNT = 16,
    MAXIMUM = 20,
    /* Of a type: tp_name, plain and free-threaded. */
    NAME_PLAIN = 24,
    NAME_FREE_THREADED = 40,
    TYPE_NAME = 32,
};
static const uint64_t MEMORY_MAX = UINT64_C(256) << 20, ASKED_MAX = UINT64_C(64) << 30; /* of one process */
/* Present, or swapped out. Documentation/admin-guide/mm/pagemap.rst */
static const uint64_t PAGE_IS_THERE = UINT64_C(3) << 62;

static FILE *open_maps(int64_t pid)
{
    char path[PROC_PATH];

    snprintf(path, sizeof path, "/proc/%" PRId64 "/maps", pid);
    return fopen(path, "re");
}

bool hog_shared_at(int64_t pid, uint64_t address, struct hog_shared *ret_shared)
{
    HOG_FCLOSE FILE *stream = open_maps(pid);
    struct hog_map_line map;
    char line[LINE];

    for (int i = 0; stream && i < MAX_LINES && fgets(line, sizeof line, stream); i++) {
        if (!hog_map_line_read(line, &map) || address < map.start || address >= map.end)
            continue;
        *ret_shared = (struct hog_shared){
            .device = map.device, .inode = map.inode, .offset = map.offset + (address - map.start)};
        return map.shared && map.inode;
    }
    return false;
}

uint64_t hog_shared_address(int64_t pid, const struct hog_shared *shared, bool *ret_refused)
{
    HOG_FCLOSE FILE *stream = open_maps(pid);
    struct hog_map_line map;
    char line[LINE];

    *ret_refused = !stream && errno != ENOENT && errno != ESRCH;
    for (int i = 0; stream && i < MAX_LINES && fgets(line, sizeof line, stream); i++)
        if (hog_map_line_read(line, &map) && map.inode == shared->inode && map.device == shared->device &&
            shared->offset >= map.offset && shared->offset - map.offset < map.end - map.start)
            return map.start + (shared->offset - map.offset);
    return 0;
}

size_t hog_shared_users(const struct hog_shared *shared, int64_t *ret_pids, size_t most, bool *ret_all,
                        bool (*interrupted)(void *context), void *context)
{
    HOG_CLOSEDIR DIR *folder = opendir("/proc");
    size_t count = 0, met = 0;

    *ret_all = folder != NULL;
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        char *end;
        long long pid = strtoll(entry->d_name, &end, 10);
        bool refused;

        if (*end || pid <= 0)
            continue;
        if (++met > MAX_PROCESSES || (interrupted && interrupted(context))) {
            *ret_all = false;
            break;
        }
        if (hog_shared_address(pid, shared, &refused)) {
            if (count < most)
                ret_pids[count] = pid;
            count++;
        }
        *ret_all = *ret_all && !refused;
    }
    return count;
}

/*
 * SemLocks.
 */

static bool is_semlock(const struct hog_process *process, uint64_t handle_at)
{
    static const uint64_t names[] = {NAME_PLAIN, NAME_FREE_THREADED};
    uint64_t type, name;
    char text[TYPE_NAME];

    if (hog_memory_u64(process->memory, handle_at - TYPE_BEFORE, &type) != HOG_OK || !type || type % WORD)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (hog_memory_u64(process->memory, type + names[i], &name) == HOG_OK &&
            hog_memory_text(process->memory, name, text, sizeof text) == HOG_OK &&
            strcmp(text, "_multiprocessing.SemLock") == 0)
            return true;
    return false;
}

/* There may be more than one for the same semaphore. */
static void take_semlock(const struct hog_process *process, uint64_t handle_at, struct hog_semlock *semlock)
{
    uint32_t count, most;

    if (!is_semlock(process, handle_at))
        return;
    if (hog_memory_u32(process->memory, handle_at + COUNT, &count) != HOG_OK ||
        hog_memory_u32(process->memory, handle_at + MAXIMUM, &most) != HOG_OK) {
        semlock->unknown = true;
        return;
    }
    semlock->found = true;
    semlock->is_lock = most == 1;
    semlock->held = semlock->held || (int32_t)count > 0;
}

/* Looks through the process's memory; what is there is asked of its page map, so that no page comes to be by reading it. */
struct scan {
    const struct hog_process *process;
    uint64_t handle;
    int page_map;
    size_t page;
    uint64_t *words; /* of CHUNK bytes */
    uint64_t *pages; /* what the page map says of so many bytes */
    uint64_t read, asked;
    struct hog_semlock semlock;
};

static void look_at_pages(struct scan *scan, uint64_t start, size_t length)
{
    size_t got = hog_memory_read_some(scan->process->memory, start, scan->words, length) / WORD;

    for (size_t i = 0; i < got; i++)
        if (scan->words[i] == scan->handle)
            take_semlock(scan->process, start + i * WORD, &scan->semlock);
    scan->read += length;
    scan->semlock.unknown |= got < length / WORD || scan->read > MEMORY_MAX;
}

static void look_through(struct scan *scan, const struct hog_mapping *mapping)
{
    for (uint64_t at = mapping->start; at < mapping->end && !scan->semlock.unknown; at += CHUNK) {
        uint64_t left = mapping->end - at;
        size_t count = (left < CHUNK ? (size_t)left : CHUNK) / scan->page, run = 0;

        if (pread(scan->page_map, scan->pages, count * WORD, (off_t)(at / scan->page * WORD)) !=
            (ssize_t)(count * WORD)) {
            scan->semlock.unknown = true;
            return;
        }
        for (size_t i = 0; i <= count; i++) {
            if (i < count && scan->pages[i] & PAGE_IS_THERE) {
                run++;
                continue;
            }
            if (run)
                look_at_pages(scan, at + (i - run) * scan->page, run * scan->page);
            run = 0;
        }
    }
}

struct hog_semlock hog_semlock_of(const struct hog_process *process, uint64_t handle,
                                  bool (*interrupted)(void *context), void *context)
{
    char path[PROC_PATH];
    struct scan scan = {.process = process, .handle = handle, .page = (size_t)sysconf(_SC_PAGESIZE)};

    snprintf(path, sizeof path, "/proc/%" PRId64 "/pagemap", process->pid);
    HOG_CLOSE int page_map = open(path, O_RDONLY | O_CLOEXEC);

    scan.page_map = page_map;
    scan.words = malloc(CHUNK);
    scan.pages = malloc(CHUNK / scan.page * WORD);
    scan.semlock.unknown = page_map < 0 || !scan.words || !scan.pages;
    for (size_t i = 0; !scan.semlock.unknown && i < process->mapping_count; i++) {
        const struct hog_mapping *mapping = &process->mappings[i];

        if (!mapping->readable || !mapping->writable ||
            (*mapping->path && strcmp(mapping->path, "[heap]") != 0))
            continue;
        scan.asked += mapping->end - mapping->start;
        scan.semlock.unknown = scan.asked > ASKED_MAX || (interrupted && interrupted(context));
        look_through(&scan, mapping);
    }
    free(scan.words);
    free(scan.pages);
    return scan.semlock;
}

/* Which thread was on a CPU; see cpu_ring.h. */
#define _GNU_SOURCE
#include "sample/cpu_ring.h"

#include "base/cleanup.h"
#include "base/grow.h"
#include "sample/switches.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    RING_PAGES = 4,    /* of records: 512 switches */
    LISTINGS = 4,      /* of the threads: some may start while they are listed */
    SELECT_MAX = 1024, /* descriptors below are left to those who use select() */
};

/* Descriptors that events may take: half of what the process may have. */
static uint32_t room_for_events(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    return limit.rlim_cur >= 2 * (rlim_t)UINT16_MAX ? UINT16_MAX : (uint32_t)limit.rlim_cur / 2;
}

/* Out of the way of those who cannot use high descriptors. */
static int move_up(int event)
{
    int moved = fcntl(event, F_DUPFD_CLOEXEC, SELECT_MAX);

    if (moved < 0)
        return event;
    close(event);
    return moved;
}

/* False: there is no room for its event, or the thread has ended. */
static bool watch_on(struct cpu_rings *rings, struct cpu_ring *ring, int64_t lwp)
{
    int event;

    if (rings->event_count >= rings->event_limit ||
        !HOG_GROW(rings->events, rings->event_capacity, rings->event_count + 1))
        return false;
    event = switches_open(lwp, ring->cpu);
    if (event < 0)
        return false;
    event = move_up(event);
    if (!ring->page) {
        ring->page = switches_map(event, RING_PAGES);
        ring->event = event;
    }
    if (!ring->page || (ring->event != event && ioctl(event, PERF_EVENT_IOC_SET_OUTPUT, ring->event) != 0)) {
        close(event);
        return false;
    }
    rings->events[rings->event_count++] = event;
    return true;
}

static bool watch(struct cpu_rings *rings, int tasks, int64_t lwp)
{
    uint32_t watched = 0;
    char name[32];

    for (uint32_t i = 0; i < rings->count; i++)
        watched += watch_on(rings, rings->rings + i, lwp);
    snprintf(name, sizeof name, "%lld", (long long)lwp);
    return watched == rings->count || faccessat(tasks, name, F_OK, 0) != 0;
}

/* Threads that are watched. */
struct watched {
    int64_t *lwps;
    uint32_t count, capacity;
};

static bool is_known(const struct watched *known, uint32_t count, int64_t lwp)
{
    for (uint32_t i = 0; i < count; i++)
        if (known->lwps[i] == lwp)
            return true;
    return false;
}

/* Those that were not there the last time; how many. */
static uint32_t watch_new(struct cpu_rings *rings, int tasks, struct watched *known)
{
    int copy = openat(tasks, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    HOG_CLOSEDIR DIR *listing = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;
    uint32_t before = known->count;

    if (!listing)
        hog_cleanup_close(&copy);
    while (listing && (entry = readdir(listing))) {
        int64_t lwp = strtoll(entry->d_name, NULL, 10);

        if (!isdigit((unsigned char)entry->d_name[0]) || is_known(known, before, lwp))
            continue;
        if (rings->event_count >= rings->event_limit ||
            !HOG_GROW(known->lwps, known->capacity, known->count + 1)) {
            rings->whole = false;
            break;
        }
        known->lwps[known->count++] = lwp;
        rings->whole = watch(rings, tasks, lwp) && rings->whole;
    }
    return known->count - before;
}

static enum hog_status list_cpus(struct cpu_rings *rings)
{
    long configured = sysconf(_SC_NPROCESSORS_CONF);

    for (int cpu = 0; cpu < configured; cpu++) {
        char path[64];

        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/online", cpu);
        HOG_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC);
        char online = '1';

        if (file >= 0 && read(file, &online, 1) == 1 && online != '1')
            continue;
        if (!HOG_GROW(rings->rings, rings->capacity, rings->count + 1))
            return HOG_NO_MEMORY;
        rings->rings[rings->count++] = (struct cpu_ring){.cpu = cpu, .event = -1};
    }
    return rings->count ? HOG_OK : HOG_NOT_FOUND;
}

enum hog_status cpu_rings_open(struct cpu_rings *rings, int64_t pid, int tasks)
{
    struct watched known = {0};
    enum hog_status status;

    *rings = (struct cpu_rings){.pid = pid, .whole = true, .event_limit = room_for_events()};
    status = list_cpus(rings);
    if (status == HOG_OK)
        for (int listing = 0; listing < LISTINGS; listing++)
            if (!watch_new(rings, tasks, &known))
                break;
    free(known.lwps);
    for (uint32_t i = 0; status == HOG_OK && i < rings->count; i++)
        if (!rings->rings[i].page)
            status = HOG_DENIED;
    if (status != HOG_OK)
        cpu_rings_close(rings);
    return status;
}

void cpu_rings_close(struct cpu_rings *rings)
{
    for (uint32_t i = 0; i < rings->count; i++)
        switches_unmap(rings->rings[i].page, RING_PAGES);
    for (uint32_t i = 0; i < rings->event_count; i++)
        close(rings->events[i]);
    free(rings->events);
    free(rings->rings);
    *rings = (struct cpu_rings){0};
}

int64_t cpu_ring_at(const struct cpu_rings *rings, const struct cpu_ring *ring, uint64_t when, bool is_here)
{
    uint64_t head = switches_head(ring->page), size = (uint64_t)RING_PAGES * SWITCH_PAGE;
    /* the oldest may be overwritten while it is read */
    uint64_t oldest = head > size ? head - size + SWITCH_BYTES : 0;
    struct switch_record record, next = {0};

    for (uint64_t end = head; end > oldest; end -= SWITCH_BYTES) {
        bool out;

        if (!switches_before(ring->page, RING_PAGES, end, &record))
            continue;
        out = record.misc & PERF_RECORD_MISC_SWITCH_OUT;
        if (record.time > when) {
            next = record;
            continue;
        }
        /* A thread that ends is not seen to leave the CPU; but we are on it now. */
        return out || record.pid != rings->pid || (is_here && next.tid != record.tid) ? 0 : record.tid;
    }
    /* It was on the CPU when it began to be watched, and is off it for the first time. */
    return !oldest && (next.misc & PERF_RECORD_MISC_SWITCH_OUT) && next.pid == rings->pid ? next.tid : 0;
}

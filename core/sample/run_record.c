/* When a thread was on a CPU; see run_record.h. */
#define _GNU_SOURCE
#include "sample/run_record.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
    SWITCH_BYTES = 32, /* of one record: divides the page, so none is ever split */
    SWITCH_PAGE = 4096,
    SWITCH_MAPPING = 2 * SWITCH_PAGE, /* the kernel's control page, then the ring */
    SMALL_FILE = 1024,
    STAT_CPU_FIELD = 39,
};

#ifndef PERF_RECORD_MISC_SWITCH_OUT_PREEMPT
#define PERF_RECORD_MISC_SWITCH_OUT_PREEMPT (1 << 14)
#endif

/* perf_event_header, then what sample_type asks for: TID, TIME, CPU. */
struct switch_record {
    uint32_t type;
    uint16_t misc, size;
    uint32_t pid, tid;
    uint64_t time;
    uint32_t cpu, reserved;
};

static bool open_switches(struct run_record *record)
{
    struct perf_event_attr attributes = {
        .size = sizeof attributes,
        .type = PERF_TYPE_SOFTWARE,
        .config = PERF_COUNT_SW_DUMMY,
        .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
        .sample_id_all = 1,
        .context_switch = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
        .watermark = 1,
        .wakeup_watermark = SWITCH_PAGE,
    };
    HOG_CLOSE int event =
        (int)syscall(SYS_perf_event_open, &attributes, (pid_t)record->lwp, -1, -1, PERF_FLAG_FD_CLOEXEC);
    void *mapping;

    if (event < 0)
        return false;
    /* Without the right to write the kernel overwrites the oldest records. The mapping keeps the event alive.
     */
    mapping = mmap(NULL, SWITCH_MAPPING, PROT_READ, MAP_SHARED, event, 0);
    if (mapping == MAP_FAILED)
        return false;
    record->switches = mapping;
    record->witness = RUN_SWITCHES;
    return true;
}

static uint64_t switches_head(const struct run_record *record)
{
    return __atomic_load_n(&record->switches->data_head, __ATOMIC_ACQUIRE);
}

/* The newest record; false before there is one. */
static bool newest_switch(const struct run_record *record, uint64_t head, struct switch_record *ret_record)
{
    const unsigned char *ring = (const unsigned char *)record->switches + SWITCH_PAGE;

    if (head < SWITCH_BYTES)
        return false;
    memcpy(ret_record, ring + (head - SWITCH_BYTES) % SWITCH_PAGE, sizeof *ret_record);
    return ret_record->type == PERF_RECORD_SWITCH;
}

static int open_task_file(const struct run_record *record, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "%" PRId64 "/%s", record->lwp, name);
    return openat(record->tasks, path, O_RDONLY | O_CLOEXEC);
}

/* A small file of the thread, through `kept` if that is open. False: the thread is gone. */
static bool read_task_file(const struct run_record *record, int kept, const char *name,
                           char ret_text[SMALL_FILE])
{
    HOG_CLOSE int opened = kept >= 0 ? -1 : open_task_file(record, name);
    ssize_t got = pread(kept >= 0 ? kept : opened, ret_text, SMALL_FILE - 1, 0);

    ret_text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* State and CPU out of `stat`; the name in it ends at the last parenthesis. */
static bool read_stat(const struct run_record *record, char *ret_state, int *ret_cpu)
{
    char text[SMALL_FILE];
    const char *at;

    if (!read_task_file(record, record->stat_file, "stat", text))
        return false;
    at = strrchr(text, ')');
    if (!at || at[1] != ' ')
        return false;
    at += 2;
    *ret_state = *at;
    for (int field = 3; at && field < STAT_CPU_FIELD; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    *ret_cpu = at && *at >= '0' && *at <= '9' ? atoi(at) : -1;
    return true;
}

static bool read_schedstat(const struct run_record *record, struct run_mark *ret_mark)
{
    char text[SMALL_FILE];

    return read_task_file(record, record->schedstat_file, "schedstat", text) &&
           sscanf(text, "%" SCNu64 " %*u %" SCNu64, &ret_mark->first, &ret_mark->second) == 2;
}

static bool same_mark(const struct run_mark *one, const struct run_mark *other)
{
    return one->first == other->first && one->second == other->second;
}

enum hog_status run_record_init(struct run_record *record, int tasks, int64_t lwp, bool no_switches,
                                bool keep_files)
{
    struct run_mark mark;
    char state;

    *record = (struct run_record){
        .tasks = tasks, .lwp = lwp, .stat_file = -1, .schedstat_file = -1, .state = RUN_GONE, .cpu = -1};
    if (!read_stat(record, &state, &record->cpu))
        return HOG_NOT_FOUND;
    if (no_switches || !open_switches(record)) {
        /* A kernel without scheduling statistics has zeros there. */
        if (!read_schedstat(record, &mark) || (!mark.first && !mark.second))
            return HOG_DENIED;
        record->witness = RUN_SCHEDSTAT;
    }
    if (keep_files)
        record->stat_file = open_task_file(record, "stat");
    if (keep_files && record->witness == RUN_SCHEDSTAT)
        record->schedstat_file = open_task_file(record, "schedstat");
    return HOG_OK;
}

void run_record_deinit(struct run_record *record)
{
    if (record->switches)
        munmap(record->switches, SWITCH_MAPPING);
    hog_cleanup_close(&record->stat_file);
    hog_cleanup_close(&record->schedstat_file);
    *record = (struct run_record){.stat_file = -1, .schedstat_file = -1};
}

/* What stat says. True when that is news of falling asleep. */
static bool look_at_stat(struct run_record *record, const struct run_mark *mark)
{
    char state;

    if (!read_stat(record, &state, &record->cpu)) {
        record->state = RUN_GONE;
        return false;
    }
    switch (state) {
    case 'R':
        record->state = RUN_RUNNING;
        return false;
    case 't':
    case 'T':
        record->state = RUN_HELD;
        return false;
    case 'Z':
    case 'X':
        record->state = RUN_GONE;
        return false;
    default:
        record->state = RUN_ASLEEP;
        record->asleep_since = *mark;
        record->known_asleep = true;
        return true;
    }
}

/* A record says "running", or "preempted"; anything else, and its absence, has to be asked of stat once. */
static bool look_at_switches(struct run_record *record)
{
    struct run_mark mark = {.first = switches_head(record)};
    struct switch_record newest;

    if (newest_switch(record, mark.first, &newest)) {
        bool out = newest.misc & PERF_RECORD_MISC_SWITCH_OUT;

        if (!out || (newest.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT)) {
            record->state = out ? RUN_READY : RUN_RUNNING;
            record->cpu = (int)newest.cpu;
            record->known_asleep = false;
            return false;
        }
    }
    if (record->known_asleep && same_mark(&record->asleep_since, &mark))
        return false;
    record->known_asleep = false;
    return look_at_stat(record, &mark);
}

static bool look_at_schedstat(struct run_record *record)
{
    struct run_mark mark;

    if (!read_schedstat(record, &mark)) {
        record->state = RUN_GONE;
        return false;
    }
    if (record->known_asleep && same_mark(&record->asleep_since, &mark))
        return false;
    record->known_asleep = false;
    return look_at_stat(record, &mark);
}

bool run_record_look(struct run_record *record)
{
    return record->witness == RUN_SWITCHES ? look_at_switches(record) : look_at_schedstat(record);
}

bool run_record_is_over(struct run_record *record)
{
    char state;
    int cpu;

    if (read_stat(record, &state, &cpu) && state != 'Z' && state != 'X')
        return false;
    record->state = RUN_GONE;
    return true;
}

bool run_record_is_unmoved(const struct run_record *record, const struct run_mark *mark)
{
    if (record->witness == RUN_SWITCHES && switches_head(record) != mark->first)
        return false;
    if (record->witness == RUN_SWITCHES && mark->first >= SWITCH_BYTES)
        return true;
    return record->state == RUN_ASLEEP && record->known_asleep && same_mark(&record->asleep_since, mark);
}

bool run_record_mark(struct run_record *record, struct run_mark *ret_mark)
{
    struct switch_record newest;

    if (record->witness != RUN_SWITCHES)
        return read_schedstat(record, ret_mark);
    *ret_mark = (struct run_mark){.first = switches_head(record)};
    return !newest_switch(record, ret_mark->first, &newest) || (newest.misc & PERF_RECORD_MISC_SWITCH_OUT);
}

bool run_record_stood_still(struct run_record *record, const struct run_mark *mark, int own_cpu)
{
    struct run_mark now;
    char state;
    int cpu;

    if (record->witness == RUN_SWITCHES && switches_head(record) >= SWITCH_BYTES)
        return switches_head(record) == mark->first;
    /* No switch yet since it is watched: it may have been running all the time, elsewhere. */
    if (record->witness == RUN_SWITCHES)
        return read_stat(record, &state, &cpu) && (state != 'R' || cpu == own_cpu) &&
               switches_head(record) == mark->first;
    return read_schedstat(record, &now) && same_mark(&now, mark) && read_stat(record, &state, &cpu) &&
           (state != 'R' || cpu == own_cpu);
}

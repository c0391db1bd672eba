/* When a thread was on a CPU; see run_record.h. */
#define _GNU_SOURCE
#include "sample/run_record.h"

#include "base/cleanup.h"
#include "sample/switches.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const double TAKEN_WITHIN = 0.05; /* milliseconds */

enum {
    RECORD_PAGES = 1,      /* 128 switches */
    WOKEN_TO_STOP = 40000, /* nanoseconds that the kernel needs for that at most */
    FILE_TEXT = 4096,      /* of sched the beginning */
    STAT_CPU_FIELD = 39,
};

static bool open_record(struct run_record *record)
{
    HOG_CLOSE int event = switches_open(record->lwp, -1);

    /* The mapping keeps the event alive. */
    record->switches = event >= 0 ? switches_map(event, RECORD_PAGES) : NULL;
    if (record->switches)
        record->witness = RUN_SWITCHES;
    return record->switches != NULL;
}

/* The newest record; false before there is one. */
static bool newest_switch(const struct run_record *record, uint64_t head, struct switch_record *ret_record)
{
    return switches_before(record->switches, RECORD_PAGES, head, ret_record);
}

static int open_task_file(const struct run_record *record, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "%" PRId64 "/%s", record->lwp, name);
    return openat(record->tasks, path, O_RDONLY | O_CLOEXEC);
}

/* False: it is not open, or its thread is gone; the text is empty. */
static bool read_text(int file, char ret_text[FILE_TEXT])
{
    ssize_t got = pread(file, ret_text, FILE_TEXT - 1, 0);

    ret_text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* A file of the thread, through `kept` if that is open. False: the thread is gone. */
static bool read_task_file(const struct run_record *record, int kept, const char *name,
                           char ret_text[FILE_TEXT])
{
    if (kept >= 0)
        return read_text(kept, ret_text);
    HOG_CLOSE int opened = open_task_file(record, name);

    return read_text(opened, ret_text);
}

/* State and CPU out of `stat`; the name in it ends at the last parenthesis. */
static bool read_stat(const struct run_record *record, char *ret_state, int *ret_cpu)
{
    char text[FILE_TEXT];
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
    char text[FILE_TEXT];

    return read_task_file(record, record->schedstat_file, "schedstat", text) &&
           sscanf(text, "%" SCNu64 " %*u %" SCNu64, &ret_mark->first, &ret_mark->second) == 2;
}

static uint64_t waited_in_all(const struct run_record *record)
{
    char text[FILE_TEXT];
    uint64_t waited;

    return read_task_file(record, record->schedstat_file, "schedstat", text) &&
                   sscanf(text, "%*u %" SCNu64, &waited) == 1
               ? waited
               : 0;
}

double run_record_waited(const struct run_record *record)
{
    uint64_t now = record->lwp ? waited_in_all(record) : 0;

    return now > record->waited ? (double)(now - record->waited) / 1e9 : 0;
}

double run_record_ran(const struct run_record *record)
{
    struct run_mark mark;

    return read_schedstat(record, &mark) ? (double)mark.first / 1e9 : 0;
}

/* How a thread came to have the CPU in the time that ends before `end`: since when, and what it had done before. */
static bool turn_before(const struct run_record *record, uint64_t end, struct switch_record *ret_in,
                        struct switch_record *ret_out)
{
    if (!newest_switch(record, end, ret_in) || (ret_in->misc & PERF_RECORD_MISC_SWITCH_OUT))
        return false;
    if (!newest_switch(record, end - SWITCH_BYTES, ret_out))
        *ret_out = (struct switch_record){0}; /* it was seen to begin */
    return true;
}

bool run_record_ran_until_stopped(const struct run_record *record, uint64_t asked_at, bool in_call)
{
    uint64_t head = switches_head(record->switches), end = head - SWITCH_BYTES;
    struct switch_record stop, in, out;
    uint64_t last;

    if (!newest_switch(record, head, &stop) || !(stop.misc & PERF_RECORD_MISC_SWITCH_OUT) ||
        stop.time < asked_at || !turn_before(record, end, &in, &out))
        return false;
    last = stop.time - in.time;
    if (!asked_at)
        return last >= WOKEN_TO_STOP;
    while (in.time > asked_at && out.time >= asked_at && (out.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT)) {
        end -= 2 * SWITCH_BYTES;
        if (head - end >= SWITCH_PAGE || !turn_before(record, end, &in, &out))
            return false;
    }
    if (in.time <= asked_at)
        return true;
    return out.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT ? last >= WOKEN_TO_STOP : !in_call;
}

static bool same_mark(const struct run_mark *one, const struct run_mark *other)
{
    return one->first == other->first && one->second == other->second;
}

/* A kernel without scheduling statistics has zeros there; so has a thread that has not run yet. We have. */
static bool kernel_counts(void)
{
    HOG_CLOSE int file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    char text[FILE_TEXT];

    return read_text(file, text) && text[strspn(text, "0 \n")] != '\0';
}

static bool is_there(const struct run_record *record)
{
    char state;
    int cpu;

    return read_stat(record, &state, &cpu) && state != 'Z' && state != 'X';
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
    if (no_switches || !open_record(record)) {
        if (!read_schedstat(record, &mark) || (!mark.first && !mark.second && !kernel_counts()))
            return is_there(record) ? HOG_DENIED : HOG_NOT_FOUND;
        record->witness = RUN_SCHEDSTAT;
    }
    record->waited = waited_in_all(record);
    if (keep_files)
        record->stat_file = open_task_file(record, "stat");
    if (keep_files && record->witness == RUN_SCHEDSTAT)
        record->schedstat_file = open_task_file(record, "schedstat");
    return HOG_OK;
}

void run_record_deinit(struct run_record *record)
{
    switches_unmap(record->switches, RECORD_PAGES);
    hog_cleanup_close(&record->stat_file);
    hog_cleanup_close(&record->schedstat_file);
    *record = (struct run_record){.stat_file = -1, .schedstat_file = -1};
}

bool run_record_was_on(const struct run_record *record, int cpu, uint64_t when)
{
    uint64_t head = record->witness == RUN_SWITCHES ? switches_head(record->switches) : 0;
    struct switch_record at;

    for (uint64_t end = head; end && head - end < SWITCH_PAGE - SWITCH_BYTES; end -= SWITCH_BYTES)
        if (switches_before(record->switches, RECORD_PAGES, end, &at) && at.time <= when)
            return !(at.misc & PERF_RECORD_MISC_SWITCH_OUT) && (cpu < 0 || (int)at.cpu == cpu);
    return false;
}

/* What stat says. True when that is news of falling asleep. */
static bool look_at_stat(struct run_record *record, const struct run_mark *mark)
{
    char state;

    record->since = 0;
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
    struct run_mark mark = {.first = switches_head(record->switches)};
    struct switch_record newest = {0};
    bool fell_asleep;

    if (newest_switch(record, mark.first, &newest)) {
        bool out = newest.misc & PERF_RECORD_MISC_SWITCH_OUT;

        if (!out || (newest.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT)) {
            record->state = out ? RUN_READY : RUN_RUNNING;
            record->since = newest.time;
            record->cpu = (int)newest.cpu;
            record->known_asleep = false;
            return false;
        }
    }
    if (record->known_asleep && same_mark(&record->asleep_since, &mark))
        return false;
    fell_asleep = look_at_stat(record, &mark);
    /* Off its CPU, and not asleep: it was woken, or its quota was used up, and waits for one. */
    if (record->state == RUN_RUNNING && mark.first >= SWITCH_BYTES &&
        switches_head(record->switches) == mark.first)
        record->state = RUN_READY;
    record->since = newest.time;
    return fell_asleep;
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
    return look_at_stat(record, &mark);
}

bool run_record_look(struct run_record *record)
{
    return record->witness == RUN_SWITCHES ? look_at_switches(record) : look_at_schedstat(record);
}

/* Milliseconds, of the scheduler's own clock. */
static bool read_exec_start(int file, double *ret_at)
{
    char text[FILE_TEXT];
    const char *line = read_text(file, text) ? strstr(text, "se.exec_start") : NULL;

    return line && sscanf(line, "se.exec_start : %lf", ret_at) == 1;
}

bool run_record_was_taken_from(const struct run_record *record)
{
    HOG_CLOSE int own = open("/proc/thread-self/sched", O_RDONLY | O_CLOEXEC);
    HOG_CLOSE int file = open_task_file(record, "sched");
    double ours, its;

    return !read_exec_start(own, &ours) || !read_exec_start(file, &its) || ours - its < TAKEN_WITHIN;
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
    if (record->witness == RUN_SWITCHES && switches_head(record->switches) != mark->first)
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
    *ret_mark = (struct run_mark){.first = switches_head(record->switches)};
    return !newest_switch(record, ret_mark->first, &newest) || (newest.misc & PERF_RECORD_MISC_SWITCH_OUT);
}

bool run_record_stood_still(struct run_record *record, const struct run_mark *mark, int own_cpu)
{
    struct run_mark now;
    char state;
    int cpu;

    if (record->witness == RUN_SWITCHES && switches_head(record->switches) >= SWITCH_BYTES)
        return switches_head(record->switches) == mark->first;
    /* No switch yet since it is watched: it may have been running all the time, elsewhere. */
    if (record->witness == RUN_SWITCHES)
        return read_stat(record, &state, &cpu) && (state != 'R' || cpu == own_cpu) &&
               switches_head(record->switches) == mark->first;
    return read_schedstat(record, &now) && same_mark(&now, mark) && read_stat(record, &state, &cpu) &&
           (state != 'R' || cpu == own_cpu);
}

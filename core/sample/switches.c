/* A ring of records of switches; see switches.h. */
#define _GNU_SOURCE
#include "sample/switches.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int open_event(struct perf_event_attr *attributes, int64_t lwp, int cpu)
{
    return (int)syscall(SYS_perf_event_open, attributes, (pid_t)lwp, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

int switches_open(int64_t lwp, int cpu)
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
        .wakeup_watermark = UINT32_MAX, /* nobody waits for it */
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
        .inherit = cpu >= 0,
        .inherit_thread = cpu >= 0,
    };
    int event = open_event(&attributes, lwp, cpu);

    /* Before Linux 5.13 processes inherit too; their records tell another pid. */
    if (event < 0 && attributes.inherit_thread && (errno == EINVAL || errno == E2BIG)) {
        attributes.inherit_thread = 0;
        event = open_event(&attributes, lwp, cpu);
    }
    return event;
}

struct perf_event_mmap_page *switches_map(int event, uint32_t pages)
{
    void *ring = mmap(NULL, (1 + (size_t)pages) * SWITCH_PAGE, PROT_READ, MAP_SHARED, event, 0);

    return ring == MAP_FAILED ? NULL : ring;
}

void switches_unmap(struct perf_event_mmap_page *ring, uint32_t pages)
{
    if (ring)
        munmap(ring, (1 + (size_t)pages) * SWITCH_PAGE);
}

bool switches_before(const struct perf_event_mmap_page *ring, uint32_t pages, uint64_t end,
                     struct switch_record *ret_record)
{
    const unsigned char *records = (const unsigned char *)ring + SWITCH_PAGE;

    if (end < SWITCH_BYTES)
        return false;
    memcpy(ret_record, records + (end - SWITCH_BYTES) % ((uint64_t)pages * SWITCH_PAGE), sizeof *ret_record);
    return ret_record->type == PERF_RECORD_SWITCH;
}

/*
 * A sampler of two threads whose switches are made by hand:
 *
 *     fabricated interpreter   thread 100: main ─▶ work      thread 101: main ─▶ wait
 *     a ring for each thread   when it was put on a CPU, and taken off it
 *     a ring for each CPU      the same, of all threads
 *     FOLDER/100/stat          what /proc/PID/task/100/stat would say now
 *
 * What each look has to come to is plain from the rings: who had a CPU when the tick came is sampled, who wanted one or
 * slept is told beside, and what is not known for sure is dropped.
 */
#ifndef TEST_SAMPLE_WORLD_H
#define TEST_SAMPLE_WORLD_H

#include "profile/view.h"
#include "sample/sampler_parts.h"
#include "support/fabricate.h"
#include "support/fake_memory.h"
#include "support/folder.h"
#include "support/switch_ring.h"
#include "support/test.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PID = 1, BUSY = 100, OTHER = 101, STRANGER = 102 };
enum { BUSY_ID = 0x7000, OTHER_ID = 0x8000, STRANGER_ID = 0x9000 };
enum { FUTEX = 202 }; /* on x86-64 */
enum { CPUS = 2, RING_PAGES = 4, SECOND = 1000000000 };

struct world {
    struct fabrication fake;
    struct fake_segment segment;
    struct hog_process process;
    struct hog_os_thread threads[3]; /* the last is none of Python's, unless a test makes it one */
    struct hog_location location;
    struct hog_sampler *sampler;
    uint64_t busy_tstate, other_tstate, busy_frame, gil;
    struct sampled_thread *busy, *other;
    char folder[TEST_FOLDER];
    int tasks;
    struct cpu_ring rings[CPUS];
    struct worker crew[CPUS];
};

static inline uint64_t make_thread(struct world *world, uint64_t id, const char *name)
{
    struct fabrication *fake = &world->fake;
    uint64_t tstate = fabricate_thread(fake, id), main_code = fabricate_code(fake, "main", 10);

    fabricate_frame(fake, main_code);
    world->busy_frame = fabricate_frame(fake, fabricate_code(fake, name, 20));
    return tstate;
}

static inline struct perf_event_mmap_page *make_ring(uint32_t pages)
{
    size_t size = (1 + (size_t)pages) * SWITCH_PAGE;
    struct perf_event_mmap_page *ring = aligned_alloc(SWITCH_PAGE, size);

    assert_non_null(ring);
    return memset(ring, 0, size);
}

/* The file of that name of a thread says so. */
static inline void say(const struct world *world, int64_t lwp, const char *name, const char *text)
{
    char path[2 * TEST_FOLDER];
    FILE *file;

    snprintf(path, sizeof path, "%s/%d/%s", world->folder, (int)lwp, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

/* On CPU 0, which is field 39 of proc(5). */
static inline void say_stat(const struct world *world, int64_t lwp, char state)
{
    char text[256];

    snprintf(text, sizeof text,
             "%d (python) %c 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0",
             (int)lwp, state);
    say(world, lwp, "stat", text);
}

static inline void watch(const struct world *world, struct sampled_thread *thread)
{
    char path[2 * TEST_FOLDER];

    snprintf(path, sizeof path, "%s/%d", world->folder, (int)thread->lwp);
    assert_int_equal(mkdir(path, 0700), 0);
    say_stat(world, thread->lwp, 'S');
    thread->record = (struct run_record){.witness = RUN_SWITCHES,
                                         .lwp = thread->lwp,
                                         .tasks = world->tasks,
                                         .stat_file = -1,
                                         .schedstat_file = -1,
                                         .switches = make_ring(1),
                                         .cpu = -1};
}

static inline void world_init(struct world *world, const struct hog_sampler_options *options)
{
    struct hog_sampler *sampler;
    struct hog_error error;

    *world = (struct world){0};
    fabricate_init(&world->fake, "3.12");
    world->other_tstate = make_thread(world, OTHER_ID, "wait");
    world->busy_tstate = make_thread(world, BUSY_ID, "work");
    world->gil = fabricate_text(&world->fake, "room for a GIL");
    fabricate_poke(&world->fake, fabricate_field(&world->fake, world->fake.interpreter, HOG_F_interp_gil),
                   world->gil);
    world->segment = (struct fake_segment){world->fake.runtime, world->fake.bytes, FABRICATED_SIZE};
    hog_process_init_remote(&world->process, PID, fake_memory_create(&world->segment, 1, FAKE_WHOLE_PAGES));
    for (int i = 0; i < 3; i++)
        world->threads[i] =
            (struct hog_os_thread){.lwp = BUSY + i,
                                   .registers = {.known = true,
                                                 .system_call = -1,
                                                 .has_thread_pointer = true,
                                                 .thread_pointer = BUSY_ID + 0x1000 * (uint64_t)i}};
    world->process.threads = world->threads;
    world->process.thread_count = 3;
    world->process.elf_machine = EM_X86_64;
    world->location.python = (struct hog_python){.layout = world->fake.layout,
                                                 .runtime = world->fake.runtime,
                                                 .interpreters_head = world->fake.interpreter};
    assert_int_equal(hog_sampler_create(&world->process, &world->location, options, &world->sampler, &error),
                     HOG_OK);
    sampler = world->sampler;
    assert_null(count_refresh(sampler));
    world->busy = roster_find(&sampler->roster, world->busy_tstate);
    world->other = roster_find(&sampler->roster, world->other_tstate);
    assert_true(world->busy && world->busy->lwp == BUSY && world->other && world->other->lwp == OTHER);
    assert_true(test_folder_make(world->folder));
    world->tasks = open(world->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    watch(world, world->busy);
    watch(world, world->other);
    for (int cpu = 0; cpu < CPUS; cpu++)
        world->rings[cpu] = (struct cpu_ring){.cpu = cpu, .event = -1, .page = make_ring(RING_PAGES)};
    sampler->rings = (struct cpu_rings){.pid = PID, .rings = world->rings, .count = CPUS, .whole = true};
    sampler->crew = world->crew;
}

static inline void unwatch(struct sampled_thread *thread)
{
    free(thread->record.switches);
    thread->record.switches = NULL;
    thread->record.witness = RUN_NO_WITNESS;
}

static inline void world_deinit(struct world *world)
{
    world->sampler->rings = (struct cpu_rings){0};
    world->sampler->crew = NULL;
    world->sampler->roster.tasks = -1;
    unwatch(world->busy);
    unwatch(world->other);
    for (int cpu = 0; cpu < CPUS; cpu++)
        free(world->rings[cpu].page);
    hog_sampler_destroy(world->sampler);
    hog_process_deinit(&world->process);
    fabricate_deinit(&world->fake);
    close(world->tasks);
    assert_true(test_folder_drop(world->folder));
}

static inline void put_in(struct perf_event_mmap_page *ring, uint32_t pages, char turn, int64_t lwp,
                          double seconds, int cpu)
{
    switch_ring_put(ring, pages, turn, PID, lwp, (uint64_t)(seconds * SECOND), (uint32_t)cpu);
}

static inline void put(struct world *world, char turn, int64_t lwp, double seconds, int cpu)
{
    put_in(world->rings[cpu].page, RING_PAGES, turn, lwp, seconds, cpu);
    if (lwp != STRANGER)
        put_in((lwp == BUSY ? world->busy : world->other)->record.switches, 1, turn, lwp, seconds, cpu);
}

/* A whole turn: it ends as switch_ring_put() has it. */
static inline void had_cpu(struct world *world, int64_t lwp, int cpu, double from, double to, char how)
{
    put(world, 'i', lwp, from, cpu);
    put(world, how, lwp, to, cpu);
}

static inline void lock_the_gil(struct world *world, uint64_t holder)
{
    fabricate_poke(&world->fake, fabricate_field(&world->fake, world->gil, HOG_F_gil_last_holder), holder);
    fabricate_poke(&world->fake, fabricate_field(&world->fake, world->gil, HOG_F_gil_locked), 1);
}

/* Its interpreter is collecting garbage. */
static inline void collect_garbage(struct world *world)
{
    fabricate_poke_u32(&world->fake,
                       fabricate_field(&world->fake, world->fake.interpreter, HOG_F_interp_gc_collecting), 1);
}

/* In a futex(2) at this place of the GIL, as /proc/PID/task/LWP/syscall says. */
static inline void say_futex(struct world *world, int64_t lwp, uint64_t address)
{
    char text[64];

    snprintf(text, sizeof text, "%d 0x%llx 0x189 0x0", FUTEX, (unsigned long long)address);
    say(world, lwp, "syscall", text);
    world->sampler->roster.tasks = world->tasks;
}

/* All that was found so far. */
static inline struct hog_sampler_stats stats_of(struct world *world)
{
    struct hog_sampler_stats stats;

    count_samples(world->sampler, true);
    hog_sampler_stats(world->sampler, &stats);
    return stats;
}

static inline uint64_t dropped_of(const struct hog_sampler_stats *stats)
{
    uint64_t count = 0;

    for (int i = 0; i < HOG_DROP_COUNT; i++)
        count += stats->dropped[i];
    return count;
}

/* Samples of a function in the profile, and the counts of all threads. */
static inline uint64_t self_of(struct world *world, const char *name, struct hog_profile_counts *ret_counts)
{
    const struct hog_profile_info info = {0};
    struct hog_profile *profile;
    struct hog_view view;
    uint64_t self = 0;

    count_samples(world->sampler, true);
    assert_int_equal(hog_sampler_profile(world->sampler, &info, &profile), HOG_OK);
    assert_int_equal(hog_view_init(&view, profile), HOG_OK);
    for (uint32_t i = 0; i < profile->function_count; i++)
        if (strcmp(profile->functions[i].name, name) == 0)
            self = view.functions[i].self;
    if (ret_counts)
        *ret_counts = profile->counts;
    hog_view_deinit(&view);
    hog_profile_destroy(profile);
    return self;
}

#endif

/* The threads of a running process that have a Python state; see roster.h. */
#define _GNU_SOURCE
#include "sample/roster.h"
#include "base/grow.h"

#include "base/cleanup.h"
#include "base/grow.h"
#include "sample/lwp.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_INTERPRETERS = 1024,
    MAX_THREADS = 65536,
    TSTATE_BYTES_MAX = 1024,
    STATES_A_POLL = 32,
    LOST_MAX = 1024,        /* states whose thread is not known */
    SEARCHES = 16,          /* in one walk, of the whole struct pthread for the kernel's id */
    KEEP_FILES_UP_TO = 128, /* threads whose /proc files stay open */
    /* Where a thread that has just begun is looked for: so many states of so many interpreters. */
    NEWEST_STATES = 16,
    NEWEST_INTERPRETERS = 8,
    NEWEST_SEARCHES = 2,
};

static void cover(struct roster *roster, enum hog_field field)
{
    uint32_t offset = roster_offset(roster, field);

    if (offset != HOG_ABSENT && offset + 8 > roster->tstate_bytes)
        roster->tstate_bytes = offset + 8;
}

enum hog_status roster_init(struct roster *roster, const struct hog_process *process,
                            const struct hog_location *location, struct hog_memory *memory, bool no_switches)
{
    char path[64];

    *roster = (struct roster){.process = process,
                              .python = &location->python,
                              .memory = memory,
                              .no_switches = no_switches,
                              .tasks = -1};
    cover(roster, HOG_F_tstate_prev);
    cover(roster, HOG_F_tstate_next);
    cover(roster, HOG_F_tstate_interp);
    cover(roster, HOG_F_tstate_thread_id);
    cover(roster, HOG_F_tstate_native_thread_id);
    if (roster->tstate_bytes > TSTATE_BYTES_MAX)
        return HOG_UNSUPPORTED;
    for (size_t i = 0; i < process->thread_count; i++)
        roster->namespaced |= process->threads[i].namespace_lwp != 0;
    roster->finder = (struct hog_thread_finder){.process = process, .memory = memory};
    if (process->kind == HOG_TARGET_LIVE) {
        snprintf(path, sizeof path, "/proc/%" PRId64 "/task", process->pid);
        roster->tasks = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        roster->finder.by_own_id = roster->tasks >= 0 ? lwp_by_own_id : NULL;
        roster->finder.context = roster;
    }
    return HOG_OK;
}

static void thread_destroy(struct sampled_thread *thread)
{
    run_record_deinit(&thread->record);
    page_forecast_deinit(&thread->forecast);
    free(thread);
}

bool roster_is_denied(const struct roster *roster)
{
    uint32_t denied = 0;

    for (uint32_t i = 0; i < roster->count; i++)
        if (roster->threads[i]->denied)
            denied++;
        else if (roster->threads[i]->lwp && !roster->threads[i]->gone)
            return false;
    return denied > 0;
}

void roster_deinit(struct roster *roster)
{
    for (uint32_t i = 0; i < roster->count; i++)
        thread_destroy(roster->threads[i]);
    hash_index_deinit(&roster->by_tstate);
    hash_index_deinit(&roster->by_lwp);
    free(roster->threads);
    free(roster->gils);
    hog_cleanup_close(&roster->tasks);
    *roster = (struct roster){.tasks = -1};
}

void roster_read_from(struct roster *roster, const struct hog_process *process, struct hog_memory *memory)
{
    roster->process = roster->finder.process = process;
    roster->memory = roster->finder.memory = memory;
}

/*
 * Finding.
 */

static uint32_t hash_of(uint64_t key)
{
    return hash_fold(hash_word(0, key));
}

struct sampled_thread *roster_find(const struct roster *roster, uint64_t tstate)
{
    uint32_t hash = hash_of(tstate), found;
    size_t at = hash_index_start(&roster->by_tstate, hash);

    while ((found = hash_index_next(&roster->by_tstate, hash, &at)) != HASH_INDEX_NONE)
        if (roster->threads[found]->tstate == tstate && !roster->threads[found]->gone)
            return roster->threads[found];
    return NULL;
}

uint32_t roster_of_lwp(const struct roster *roster, int64_t lwp, uint32_t *ret_numbers, uint32_t most)
{
    uint32_t hash = hash_of((uint64_t)lwp), found, count = 0;
    size_t at = hash_index_start(&roster->by_lwp, hash);

    while (count < most && (found = hash_index_next(&roster->by_lwp, hash, &at)) != HASH_INDEX_NONE)
        if (roster->threads[found]->lwp == lwp && !roster->threads[found]->gone)
            ret_numbers[count++] = found;
    return count;
}

static bool index_thread(struct roster *roster, uint32_t number)
{
    const struct sampled_thread *thread = roster->threads[number];

    return hash_index_add(&roster->by_tstate, hash_of(thread->tstate), number) &&
           (!thread->lwp || hash_index_add(&roster->by_lwp, hash_of((uint64_t)thread->lwp), number));
}

/*
 * GILs and collectors.
 */

uint32_t roster_gil(struct roster *roster, uint64_t interpreter)
{
    struct hog_gil_place place = hog_gil_locate(roster->python, roster->memory, interpreter);
    uint32_t at = 0;

    while (at < roster->gil_count && roster->gils[at].holder != place.holder)
        at++;
    if (at < roster->gil_count)
        return at;
    /* A process that moves its interpreters about would make us remember ever more. */
    if (at >= MAX_INTERPRETERS || !HOG_GROW(roster->gils, roster->gil_capacity, roster->gil_count + 1))
        return ROSTER_NO_GIL;
    roster->gils[roster->gil_count] = place;
    return roster->gil_count++;
}

/* Address of "garbage is being collected"; 0 unknown. */
static uint64_t collecting_flag(const struct roster *roster, uint64_t interpreter)
{
    if (roster_offset(roster, HOG_F_interp_gc_collecting) != HOG_ABSENT)
        return interpreter + roster_offset(roster, HOG_F_interp_gc_collecting);
    if (roster->python->runtime && roster_offset(roster, HOG_F_runtime_gc_collecting) != HOG_ABSENT)
        return roster->python->runtime + roster_offset(roster, HOG_F_runtime_gc_collecting);
    return 0;
}

/*
 * Threads.
 */

struct tstate_words {
    uint64_t prev, next, interpreter, thread_id, native_id;
};

static uint64_t word_of(const struct roster *roster, const unsigned char *bytes, enum hog_field field)
{
    uint32_t offset = roster_offset(roster, field);
    uint64_t word = 0;

    if (offset != HOG_ABSENT)
        memcpy(&word, bytes + offset, sizeof word);
    return word;
}

static bool read_tstate(const struct roster *roster, uint64_t tstate, struct tstate_words *ret_words)
{
    unsigned char bytes[TSTATE_BYTES_MAX];

    if (tstate % 8 || hog_memory_read(roster->memory, tstate, bytes, roster->tstate_bytes) != HOG_OK)
        return false;
    *ret_words = (struct tstate_words){
        .prev = word_of(roster, bytes, HOG_F_tstate_prev),
        .next = word_of(roster, bytes, HOG_F_tstate_next),
        .interpreter = word_of(roster, bytes, HOG_F_tstate_interp),
        .thread_id = word_of(roster, bytes, HOG_F_tstate_thread_id),
        .native_id = word_of(roster, bytes, HOG_F_tstate_native_thread_id),
    };
    return true;
}

/* What /proc says its name is: the best there is until Python's own is known. */
static void name_by_kernel(const struct roster *roster, struct sampled_thread *thread)
{
    char path[64];
    ssize_t got;

    snprintf(path, sizeof path, "%" PRId64 "/comm", thread->lwp);
    HOG_CLOSE int file = openat(roster->tasks, path, O_RDONLY | O_CLOEXEC);
    got = file >= 0 ? read(file, thread->name, sizeof thread->name - 1) : 0;
    if (got > 0)
        thread->name[thread->name[got - 1] == '\n' ? got - 1 : got] = '\0';
    thread->name_is_of_os = true;
}

static bool has_room(struct roster *roster)
{
    return roster->count < MAX_THREADS && HOG_GROW(roster->threads, roster->capacity, roster->count + 1);
}

static int64_t find_lwp(struct roster *roster, const struct tstate_words *words)
{
    return hog_thread_find(&roster->finder, words->thread_id, (int64_t)words->native_id);
}

/* More states than any program has of one thread, or of threads that are not there, are somebody's idea of harm.
 */
static bool is_one_too_many(const struct roster *roster, int64_t lwp)
{
    uint32_t others[ROSTER_STATES];

    if (!lwp)
        return roster->lost >= LOST_MAX;
    return roster_of_lwp(roster, lwp, others, ROSTER_STATES) == ROSTER_STATES;
}

static void observe(struct roster *roster, struct sampled_thread *thread)
{
    enum hog_status status = run_record_init(&thread->record, roster->tasks, thread->lwp, roster->no_switches,
                                             roster->count < KEEP_FILES_UP_TO);

    thread->denied = status == HOG_DENIED;
    name_by_kernel(roster, thread);
}

static void add_thread(struct roster *roster, uint64_t tstate, const struct tstate_words *words, uint32_t gil)
{
    int64_t lwp = find_lwp(roster, words);
    struct sampled_thread *thread =
        !is_one_too_many(roster, lwp) && has_room(roster) ? calloc(1, sizeof *thread) : NULL;

    if (!thread)
        return;
    *thread = (struct sampled_thread){
        .tstate = tstate,
        .interpreter = words->interpreter,
        .thread_id = words->thread_id,
        .lwp = lwp,
        .gil = gil,
        .collecting = collecting_flag(roster, words->interpreter),
        .met = true,
        .profile_thread = HOG_NO_THREAD,
        .last_stack = NO_STACK,
        .record = {.stat_file = -1, .schedstat_file = -1},
    };
    roster->lost += !lwp;
    if (roster->tasks >= 0 && lwp)
        observe(roster, thread);
    roster->threads[roster->count] = thread;
    if (index_thread(roster, roster->count))
        roster->count++;
    else
        thread_destroy(thread);
}

/* A state that was freed and made anew for another thread is another thread, though it may have the address and
 * the stack of the one that has just ended. */
static bool is_another(const struct roster *roster, const struct sampled_thread *known,
                       const struct tstate_words *words)
{
    return known->thread_id != words->thread_id || known->interpreter != words->interpreter ||
           !lwp_is_there(roster, known->lwp);
}

static void meet_thread(struct roster *roster, uint64_t tstate, const struct tstate_words *words,
                        uint32_t gil)
{
    struct sampled_thread *known = roster_find(roster, tstate);

    /* The child of a fork in C does not know its own id before it has run for the first time. */
    if (known && (is_another(roster, known, words) ||
                  (!known->lwp && roster->tasks >= 0 && find_lwp(roster, words)))) {
        roster_lose(known);
        known = NULL;
    }
    if (known)
        known->met = true;
    else
        add_thread(roster, tstate, words, gil);
}

/* Who owns the memory decides how long its lists are; a walk is not given more time for that. */
static bool may_go_on(struct roster *roster)
{
    if (!roster->budget)
        return false;
    roster->budget--;
    return roster->budget % STATES_A_POLL || !roster->poll || roster->poll(roster->poll_context);
}

/* The list's head, where new states are linked. False: it cannot be read. */
static bool newest_state(const struct roster *roster, uint64_t interpreter, uint64_t *ret_tstate)
{
    return hog_memory_u64(roster->memory, interpreter + roster_offset(roster, HOG_F_interp_threads_head),
                          ret_tstate) == HOG_OK;
}

static void walk_threads(struct roster *roster, uint64_t interpreter)
{
    uint32_t gil = roster_gil(roster, interpreter);
    struct tstate_words words;
    uint64_t tstate, previous = 0;

    if (gil == ROSTER_NO_GIL || !newest_state(roster, interpreter, &tstate)) {
        roster->whole = false;
        return;
    }
    /* The first one's `prev` is 0, but while a new one is linked before it. */
    for (; tstate; previous = tstate, tstate = words.next) {
        if (!may_go_on(roster) || !read_tstate(roster, tstate, &words) || words.interpreter != interpreter ||
            (previous && words.prev != previous)) {
            roster->whole = false;
            return;
        }
        /* Made but not started yet, or being taken down: it has no thread. */
        if (words.thread_id)
            meet_thread(roster, tstate, &words, gil);
    }
}

static uint64_t first_interpreter(const struct roster *roster)
{
    uint64_t head;

    if (!roster->python->runtime || roster_offset(roster, HOG_F_runtime_interpreters_head) == HOG_ABSENT)
        return roster->python->interpreters_head;
    if (hog_memory_u64(roster->memory,
                       roster->python->runtime + roster_offset(roster, HOG_F_runtime_interpreters_head),
                       &head))
        return 0;
    return head;
}

/* A list did not end, or is not there any more. */
static enum roster_state why_broken(const struct roster *roster)
{
    uint64_t entry;

    if (roster->tasks < 0)
        return ROSTER_NO_PYTHON;
    if (lwp_process_ended(roster->process->pid))
        return ROSTER_EXITED;
    if (roster->process->phdr_address && lwp_process_phdr(roster->process->pid, &entry) &&
        entry != roster->process->phdr_address)
        return ROSTER_REPLACED;
    return ROSTER_NO_PYTHON;
}

static void mark_shared(struct roster *roster)
{
    uint32_t numbers[2];

    for (uint32_t i = 0; i < roster->count; i++) {
        struct sampled_thread *thread = roster->threads[i];

        thread->shares_lwp =
            thread->lwp && !thread->gone && roster_of_lwp(roster, thread->lwp, numbers, 2) > 1;
    }
}

/* Among the newest of one interpreter. */
static bool meet_newest(struct roster *roster, uint64_t interpreter, int64_t lwp)
{
    uint32_t gil = roster_gil(roster, interpreter);
    struct tstate_words words;
    uint64_t tstate;

    if (gil == ROSTER_NO_GIL || !newest_state(roster, interpreter, &tstate))
        return false;
    for (int i = 0; i < NEWEST_STATES && tstate; i++, tstate = words.next) {
        if (!read_tstate(roster, tstate, &words) || words.interpreter != interpreter)
            return false;
        if (!words.thread_id || find_lwp(roster, &words) != lwp)
            continue;
        meet_thread(roster, tstate, &words, gil);
        return true;
    }
    return false;
}

bool roster_meet(struct roster *roster, int64_t lwp)
{
    uint64_t interpreter = first_interpreter(roster);
    uint32_t numbers[ROSTER_STATES], count;
    bool met = false;

    roster->finder.searches = NEWEST_SEARCHES;
    for (int i = 0; i < NEWEST_INTERPRETERS && interpreter && !met; i++) {
        met = meet_newest(roster, interpreter, lwp);
        if (hog_memory_u64(roster->memory, interpreter + roster_offset(roster, HOG_F_interp_next),
                           &interpreter))
            break;
    }
    count = met ? roster_of_lwp(roster, lwp, numbers, ROSTER_STATES) : 0;
    for (uint32_t i = 0; i < count; i++)
        roster->threads[numbers[i]]->shares_lwp = count > 1;
    return count > 0;
}

enum roster_state roster_refresh(struct roster *roster)
{
    uint64_t interpreter = first_interpreter(roster);
    enum roster_state state;
    uint32_t interpreters = 0;

    for (uint32_t i = 0; i < roster->count; i++)
        roster->threads[i]->met = false;
    roster->whole = interpreter != 0;
    roster->budget = MAX_THREADS;
    roster->finder.searches = SEARCHES;
    while (interpreter && interpreters++ < MAX_INTERPRETERS && may_go_on(roster)) {
        walk_threads(roster, interpreter);
        if (hog_memory_u64(roster->memory, interpreter + roster_offset(roster, HOG_F_interp_next),
                           &interpreter)) {
            roster->whole = false;
            break;
        }
    }
    roster->whole = roster->whole && roster->budget && !interpreter;
    for (uint32_t i = 0; i < roster->count; i++) {
        struct sampled_thread *thread = roster->threads[i];

        if (!thread->met && (roster->whole || thread->record.state == RUN_GONE))
            thread->gone = true;
    }
    mark_shared(roster);
    if (roster->whole)
        return ROSTER_FINE;
    state = why_broken(roster);
    return state == ROSTER_NO_PYTHON && interpreters && roster->count ? ROSTER_FINE : state;
}

void roster_forget_gone(struct roster *roster)
{
    uint32_t kept = 0, all = roster->count;

    roster->lost = 0;

    for (uint32_t i = 0; i < roster->count; i++) {
        if (roster->threads[i]->gone)
            thread_destroy(roster->threads[i]);
        else
            roster->threads[kept++] = roster->threads[i];
    }
    for (uint32_t i = 0; i < kept; i++) {
        roster->lost += !roster->threads[i]->lwp;
    }
    roster->count = kept;
    if (kept == all)
        return;
    hash_index_deinit(&roster->by_tstate);
    hash_index_deinit(&roster->by_lwp);
    for (uint32_t i = 0; i < kept; i++)
        if (!index_thread(roster, i))
            roster->threads[i]->gone = true;
}

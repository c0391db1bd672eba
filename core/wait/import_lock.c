/*
 * The import lock, to 3.11.
 *
 *     .data  import_lock_thread   begins as -1; the id of the thread that has the lock
 *     .bss   import_lock_level    how often it has taken it    ┐ side by side, in either order; beside the count may be
 *            import_lock          points to the semaphore      ┘ another int
 *
 * .symtab alone names them. They are told by what they hold: import_lock is the one word of .bss that points to the futex,
 * beside a count that is not 0. import_lock_thread is the one word of .data that is the id of a thread that is alive, but
 * for those that _PyRuntime and its thread states are known to hold: ids of other variables begin as 0, in .bss.
 *
 * Source: Python/import.c, 3.6 - 3.11; looked at in the builds of gcc and clang, with LTO and without, of
 * docs/support.md.
 */
#include "wait/import_lock.h"

#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 16 << 20, PAGE = 4096, MAX_LEVEL = 1 << 16 };

/* What cannot be read, as pages of a core that nobody has touched, is 0. */
static void read_words(struct waits_reader *reader, uint64_t start, uint64_t end, struct static_words *words)
{
    uint64_t fault = reader->memory->fault;

    words->read = true;
    start = (start + 7) & ~UINT64_C(7);
    if (end <= start || end - start > MAX_BYTES)
        return;
    words->items = hog_arena_array(reader->arena, (end - start) / 8, sizeof *words->items);
    if (!words->items)
        return;
    words->start = start;
    words->count = (end - start) / 8;
    for (uint64_t at = start; at < end && !waits_interrupted(reader);) {
        uint64_t next = (at / PAGE + 1) * PAGE < end ? (at / PAGE + 1) * PAGE : end & ~UINT64_C(7);

        if (next > at &&
            hog_memory_read(reader->memory, at, words->items + (at - start) / 8, next - at) != HOG_OK) {
            memset(words->items + (at - start) / 8, 0, next - at);
            words->has_holes = true;
        }
        at = next > at ? next : end;
    }
    reader->memory->fault = fault;
}

/* A count, and nothing or another small number beside it: no pointer. */
static bool has_level(const struct static_words *words, size_t at)
{
    uint64_t word = at < words->count ? words->items[at] : 0;

    return word && (uint32_t)word < MAX_LEVEL && word >> 32 < MAX_LEVEL;
}

uint64_t import_lock_of(struct waits_reader *reader, uint64_t futex, bool *ret_not)
{
    const struct hog_python *python = &reader->location->python;
    struct static_words *words = &reader->bss;
    size_t found = 0, at = 0;

    *ret_not = false;
    if (!futex || futex % 4)
        return 0;
    if (!words->read)
        read_words(reader, python->bss, python->data_end, words);
    for (size_t i = 0; i < words->count; i++)
        if (words->items[i] == futex) {
            at = i;
            found++;
        }
    *ret_not = words->count && !words->has_holes && !found;
    if (found != 1 || !(has_level(words, at - 1) || has_level(words, at + 1)))
        return 0;
    return words->start + 8 * at;
}

/* Of the threads that are alive; NULL: no memory. */
static uint64_t *list_ids(struct waits_reader *reader, size_t *ret_count)
{
    const struct hog_snapshot *snapshot = reader->snapshot;
    uint64_t *ids = hog_arena_array(reader->arena, snapshot->thread_count + 1, sizeof *ids);

    *ret_count = 0;
    for (size_t i = 0; ids && i < snapshot->thread_count; i++)
        if (snapshot->threads[i].thread_id && snapshot->threads[i].state != HOG_STATE_FINISHING)
            ids[(*ret_count)++] = snapshot->threads[i].thread_id;
    if (ids)
        qsort(ids, *ret_count, sizeof *ids, hog_by_u64);
    return ids;
}

static bool is_known_id(const struct waits_reader *reader, uint64_t address)
{
    uint64_t runtime = reader->location->python.runtime;

    if (runtime && hog_layout_has(reader->layout, HOG_F_runtime_main_thread) &&
        address == member_address(reader, runtime, HOG_F_runtime_main_thread))
        return true;
    for (size_t i = 0; i < reader->snapshot->thread_count; i++)
        if (reader->snapshot->threads[i].tstate &&
            address == member_address(reader, reader->snapshot->threads[i].tstate, HOG_F_tstate_thread_id))
            return true;
    return false;
}

uint64_t import_lock_owner(struct waits_reader *reader)
{
    const struct hog_python *python = &reader->location->python;
    struct static_words words = {.read = false};
    size_t count;
    const uint64_t *ids = list_ids(reader, &count);
    uint64_t owner = 0;

    if (!ids)
        return 0;
    read_words(reader, python->data, python->bss, &words);
    for (size_t i = 0; i < words.count; i++) {
        uint64_t address = words.start + 8 * i;

        if (!bsearch(&words.items[i], ids, count, sizeof *ids, hog_by_u64) || is_known_id(reader, address))
            continue;
        if (owner)
            return 0;
        owner = address;
    }
    return owner;
}

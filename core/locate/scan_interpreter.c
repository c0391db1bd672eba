/*
 * Interpreters by their circle. See scan_interpreter.h.
 *
 *      .data, .bss      … | word P | main | …
 *                            │ P + threads_head ─▶ T        read in batches: all P + threads_head
 *                            │ T + interp       == P        of a block, then all T + interp
 *
 * Many words point to an interpreter (the first thread state does); only the
 * one in _PyRuntime is followed by interpreters.main, itself an interpreter
 * of the list that starts at P. In 3.6 the variable stands alone.
 */
#include "locate/scan_interpreter.h"

#include "base/cleanup.h"
#include "locate/scan.h"

#include <inttypes.h>
#include <string.h>

enum { BATCH = 256, HITS_MAX = 64, INTERPRETERS_MAX = 1024 };
/* Words that may be tried; where mappings are unknown every one of them may cost a round trip. */
enum { TRIES_MAPPED = 1 << 20, TRIES_UNMAPPED = 1 << 14 };

struct hit {
    uint64_t at; /* where the pointer is */
    uint64_t head;
};

struct circle_search {
    struct locator *locator;
    const uint32_t *offset;
    unsigned tries;
    struct hit hits[HITS_MAX];
    size_t hit_count;
    struct hit batch[BATCH];
    uint64_t words[BATCH];
    struct hog_span spans[BATCH];
    size_t batch_count;
};

/* Interpreters and thread states lie on the heap, or in the data of a module: in what can be written. */
static bool can_point_to_state(const struct circle_search *search, uint64_t pointer)
{
    const struct hog_process *process = search->locator->process;
    const struct hog_mapping *mapping;

    if (pointer < 4096 || pointer % sizeof(uint64_t) != 0 || pointer >> 56)
        return false;
    if (!process->mapping_count)
        return true;
    mapping = hog_process_mapping_at(process, pointer);
    return mapping && mapping->readable && mapping->writable;
}

/* Replaces each head by what lies at `words + offset`, in one batch of reads. Unreadable ones become 0. */
static void read_words(struct circle_search *search, uint32_t offset)
{
    for (size_t i = 0; i < search->batch_count; i++)
        search->spans[i] = (struct hog_span){.address = search->words[i] + offset,
                                             .buffer = &search->words[i],
                                             .length = sizeof search->words[i]};
    hog_memory_read_batch(search->locator->memory, search->spans, search->batch_count);
    for (size_t i = 0; i < search->batch_count; i++)
        if (search->spans[i].got < sizeof(uint64_t))
            search->words[i] = 0;
}

static void finish_batch(struct circle_search *search)
{
    size_t kept = 0;

    for (size_t i = 0; i < search->batch_count; i++)
        search->words[i] = search->batch[i].head;
    read_words(search, search->offset[HOG_F_interp_threads_head]);
    for (size_t i = 0; i < search->batch_count; i++) {
        if (!can_point_to_state(search, search->words[i]) || search->words[i] == search->batch[i].head)
            continue;
        search->batch[kept] = search->batch[i];
        search->words[kept++] = search->words[i];
    }
    search->batch_count = kept;
    read_words(search, search->offset[HOG_F_tstate_interp]);
    for (size_t i = 0; i < kept && search->hit_count < HITS_MAX; i++)
        if (search->words[i] == search->batch[i].head)
            search->hits[search->hit_count++] = search->batch[i];
    search->batch_count = 0;
}

static bool visit_words(void *context, const struct scan_block *block)
{
    struct circle_search *search = context;
    uint64_t last = 0;

    for (size_t at = 0; at + sizeof(uint64_t) <= block->length; at += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, block->bytes + at, sizeof word);
        if (!word || word == last || !can_point_to_state(search, word))
            continue;
        last = word;
        search->batch[search->batch_count++] = (struct hit){.at = block->address + at, .head = word};
        if (search->batch_count == BATCH)
            finish_batch(search);
        if (!search->tries-- || search->hit_count == HITS_MAX)
            return false;
    }
    return true;
}

/* NULL when memory is exhausted or the layout lacks the fields. */
static struct circle_search *find_circles(struct locator *locator, const struct candidate *candidate)
{
    struct circle_search *search = calloc(1, sizeof *search);

    if (!search)
        return NULL;
    search->locator = locator;
    search->offset = candidate->layout.offset;
    search->tries = locator->process->mapping_count ? TRIES_MAPPED : TRIES_UNMAPPED;
    (void)scan_module(locator, candidate->module, visit_words, search);
    finish_batch(search);
    locator_note(locator, "scanned the data of %s for interpreters: %zu pointers close the circle",
                 candidate->module->seen->path, search->hit_count);
    return search;
}

/* Is `interp` in the list that starts at `head`? */
static bool leads_to(const struct circle_search *search, uint64_t head, uint64_t interp)
{
    for (unsigned budget = INTERPRETERS_MAX; budget && head; budget--) {
        if (head == interp)
            return true;
        if (hog_memory_u64(search->locator->memory, head + search->offset[HOG_F_interp_next], &head) !=
            HOG_OK)
            return false;
    }
    return false;
}

static bool is_runtime(const struct circle_search *search, uint64_t runtime, uint64_t head)
{
    uint64_t main;

    return hog_memory_u64(search->locator->memory, runtime + search->offset[HOG_F_runtime_interpreters_main],
                          &main) == HOG_OK &&
           main && leads_to(search, head, main);
}

bool scan_for_runtime(struct locator *locator, struct candidate *candidate)
{
    HOG_FREE struct circle_search *search = find_circles(locator, candidate);
    uint32_t offset = candidate->layout.offset[HOG_F_runtime_interpreters_head];

    for (size_t i = 0; search && i < search->hit_count; i++) {
        uint64_t runtime = search->hits[i].at - offset;

        if (!is_runtime(search, runtime, search->hits[i].head))
            continue;
        candidate->runtime = runtime;
        return true;
    }
    return false;
}

/* Static variables point to the first and to the main interpreter: the first is the one that leads to the
 * others. */
uint64_t scan_for_loose_head(struct locator *locator, struct candidate *candidate)
{
    HOG_FREE struct circle_search *search = find_circles(locator, candidate);
    uint64_t head = 0;

    for (size_t i = 0; search && i < search->hit_count; i++)
        if (!head || leads_to(search, search->hits[i].head, head))
            head = search->hits[i].head;
    return head;
}

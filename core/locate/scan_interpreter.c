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
#include "locate/candidate_object.h"
#include "locate/scan.h"

#include <string.h>

enum { BATCH = 256, CIRCLES_MAX = 4096, INTERPRETERS_MAX = 1024, REJECTED_BITS = 13 };
/* Words that may be tried; where mappings are unknown every one of them may cost a round trip. */
enum { TRIES_MAPPED = 1 << 20, TRIES_UNMAPPED = 1 << 16 };

/* A word of the data: where it is, and what it holds. */
struct pointer {
    uint64_t at;
    uint64_t head;
};

struct circle_search {
    struct locator *locator;
    const struct image *image;
    const uint32_t *offset;
    bool loose;       /* no _PyRuntime around it: 3.6 */
    uint64_t runtime; /* found */
    uint64_t head;    /* found */
    unsigned tries;   /* words that may yet be tried */
    unsigned circles; /* that were closed */
    struct pointer batch[BATCH];
    size_t batch_count;
    uint64_t words[BATCH];
    struct hog_span spans[BATCH];
    uint64_t
        rejected[1 << REJECTED_BITS]; /* what has been tried in vain; types, for one, are pointed to often */
};

/* Where the module says its own segments lie: false for a pointer to one that is not writable. */
static bool image_lets_write(const struct image *image, uint64_t pointer)
{
    if (pointer < image->start || pointer >= image->end)
        return true;
    for (size_t i = 0; i < image->phdr_count; i++) {
        const Elf64_Phdr *phdr = &image->phdrs[i];

        if (phdr->p_type == PT_LOAD && pointer - (image->bias + phdr->p_vaddr) < phdr->p_memsz)
            return phdr->p_flags & PF_W;
    }
    return false;
}

/* Interpreters and thread states lie on the heap, or in the data of a module: in what can be written. */
static bool can_point_to_state(const struct circle_search *search, uint64_t pointer)
{
    const struct hog_process *process = search->locator->process;
    const struct hog_mapping *mapping;

    if (pointer < 4096 || pointer % sizeof(uint64_t) != 0 || pointer >> 56)
        return false;
    if (!process->mapping_count)
        return image_lets_write(search->image, pointer);
    mapping = hog_process_mapping_at(process, pointer);
    return mapping && mapping->readable && mapping->writable;
}

static uint64_t *rejected_slot(struct circle_search *search, uint64_t pointer)
{
    return &search->rejected[(pointer * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - REJECTED_BITS)];
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

/* Pools of pymalloc and other rings close circles too; but sys.modules is an object, with a type. */
static bool has_modules(const struct circle_search *search, uint64_t interp)
{
    uint64_t modules;

    return hog_memory_u64(search->locator->memory, interp + search->offset[HOG_F_interp_modules], &modules) ==
               HOG_OK &&
           modules && candidate_is_object(search->locator, modules);
}

/* The main interpreter is the oldest: new ones are put before it, it has number 0. */
static bool is_main(const struct circle_search *search, uint64_t main)
{
    struct hog_memory *memory = search->locator->memory;
    uint64_t next, id;

    return hog_memory_u64(memory, main + search->offset[HOG_F_interp_next], &next) == HOG_OK && !next &&
           hog_memory_u64(memory, main + search->offset[HOG_F_interp_id], &id) == HOG_OK && !id &&
           has_modules(search, main);
}

static bool is_runtime(const struct circle_search *search, uint64_t runtime, uint64_t head)
{
    uint64_t main;

    return hog_memory_u64(search->locator->memory, runtime + search->offset[HOG_F_runtime_interpreters_main],
                          &main) == HOG_OK &&
           main && leads_to(search, head, main) && is_main(search, main);
}

/* A circle is closed. In 3.6 variables point to the first and to the main interpreter: the first leads on. */
static void meet_circle(struct circle_search *search, struct pointer pointer)
{
    search->circles++;
    if (search->loose) {
        if (has_modules(search, pointer.head) &&
            (!search->head || leads_to(search, pointer.head, search->head)))
            search->head = pointer.head;
    } else if (is_runtime(search, pointer.at - search->offset[HOG_F_runtime_interpreters_head],
                          pointer.head)) {
        search->runtime = pointer.at - search->offset[HOG_F_runtime_interpreters_head];
        search->head = pointer.head;
    }
}

/* Replaces each word by what lies at word + offset, in one batch of reads. Unreadable ones become 0. */
static void follow_words(struct circle_search *search, uint32_t offset)
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

static void try_batch(struct circle_search *search)
{
    size_t kept = 0;

    for (size_t i = 0; i < search->batch_count; i++)
        search->words[i] = search->batch[i].head;
    follow_words(search, search->offset[HOG_F_interp_threads_head]);
    for (size_t i = 0; i < search->batch_count; i++) {
        if (!can_point_to_state(search, search->words[i]) || search->words[i] == search->batch[i].head) {
            *rejected_slot(search, search->batch[i].head) = search->batch[i].head;
            continue;
        }
        search->batch[kept] = search->batch[i];
        search->words[kept++] = search->words[i];
    }
    search->batch_count = kept;
    follow_words(search, search->offset[HOG_F_tstate_interp]);
    for (size_t i = 0; i < kept && !search->runtime; i++) {
        if (search->words[i] == search->batch[i].head)
            meet_circle(search, search->batch[i]);
        else
            *rejected_slot(search, search->batch[i].head) = search->batch[i].head;
    }
    search->batch_count = 0;
}

static bool visit_words(void *context, const struct scan_block *block)
{
    struct circle_search *search = context;
    for (size_t at = 0; at + sizeof(uint64_t) <= block->length; at += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, block->bytes + at, sizeof word);
        if (!can_point_to_state(search, word) || *rejected_slot(search, word) == word)
            continue;
        search->batch[search->batch_count++] = (struct pointer){.at = block->address + at, .head = word};
        if (search->batch_count == BATCH)
            try_batch(search);
        if (search->runtime || search->circles >= CIRCLES_MAX || !search->tries-- ||
            locator_interrupted(search->locator))
            return false;
    }
    return true;
}

static bool find_circles(struct locator *locator, const struct candidate *candidate, bool loose,
                         uint64_t *ret_found)
{
    HOG_FREE struct circle_search *search = calloc(1, sizeof *search);

    if (!search)
        return false;
    search->locator = locator;
    search->image = &candidate->module->image;
    search->offset = candidate->layout.offset;
    search->loose = loose;
    search->tries = locator->process->mapping_count ? TRIES_MAPPED : TRIES_UNMAPPED;
    (void)scan_module(locator, candidate->module, scan_whole, visit_words, search);
    try_batch(search);
    *ret_found = loose ? search->head : search->runtime;
    locator_note(locator, "scanned the data of %s for interpreters: %s", candidate->module->seen->path,
                 *ret_found ? "found" : "none");
    return *ret_found != 0;
}

bool scan_for_runtime(struct locator *locator, struct candidate *candidate)
{
    return find_circles(locator, candidate, false, &candidate->runtime);
}

uint64_t scan_for_loose_head(struct locator *locator, struct candidate *candidate)
{
    uint64_t head = 0;

    return find_circles(locator, candidate, true, &head) ? head : 0;
}

/* Code objects that samples met; see codes.h. */
#include "sample/codes.h"
#include "base/grow.h"
#include "sample/codes_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ENTRIES = 4096,
    ROOM_WANTED = 1024,  /* free entries that a sample begins with */
    BELIEVED_LOOKS = 24, /* of entries on probation, of them */
    LARGEST_TABLE = 1 << 22,
};

enum hog_status codes_init(struct code_table *codes, const struct hog_layout *layout,
                           struct hog_profile_builder *builder)
{
    *codes = (struct code_table){.layout = layout, .builder = builder, .sample = 1};
    codes->head_bytes = layout->offset[HOG_F_code_SIZE];
    if (codes->head_bytes > 1024)
        return HOG_UNSUPPORTED;
    codes->looks = calloc(CODES_BATCH, sizeof *codes->looks);
    codes->spans = calloc(CODES_BATCH, sizeof *codes->spans);
    codes->heads = malloc((size_t)CODES_BATCH * codes->head_bytes);
    if (codes->looks && codes->spans && codes->heads && codes_grow(codes) == HOG_OK)
        return HOG_OK;
    codes_deinit(codes);
    return HOG_NO_MEMORY;
}

void codes_entry_deinit(struct cached_code *entry)
{
    free(entry->lines);
    free(entry->line_table);
    free(entry->copies);
    *entry = (struct cached_code){.function = HOG_NO_FUNCTION};
}

void codes_deinit(struct code_table *codes)
{
    for (uint32_t i = 0; i < codes->count; i++)
        codes_entry_deinit(codes->entries + i);
    free(codes->entries);
    free(codes->slots);
    free(codes->free_entries);
    free(codes->fresh);
    free(codes->looks);
    free(codes->spans);
    free(codes->heads);
    *codes = (struct code_table){0};
}

static uint32_t *slot_of(const struct code_table *codes, uint64_t address)
{
    uint64_t hash = (address >> 4) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(hash >> 32) & codes->slot_mask;

    while (codes->slots[at] && codes->entries[codes->slots[at] - 1].address != address)
        at = (at + 1) & codes->slot_mask;
    return codes->slots + at;
}

static void fill_slots(struct code_table *codes)
{
    for (uint32_t i = 0; i < codes->count; i++)
        if (codes->entries[i].address && !codes->entries[i].replaced)
            *slot_of(codes, codes->entries[i].address) = i + 1;
}

/* All of the table's arrays are as long as `entries`. */
static bool lengthen(struct code_table *codes, uint32_t wanted)
{
    uint32_t entries = codes->capacity, spare = codes->capacity, fresh = codes->capacity;

    return HOG_GROW(codes->entries, entries, wanted) && HOG_GROW(codes->free_entries, spare, wanted) &&
           HOG_GROW(codes->fresh, fresh, wanted);
}

enum hog_status codes_grow(struct code_table *codes)
{
    uint32_t capacity = codes->capacity ? codes->capacity * 2 : FIRST_ENTRIES;
    uint32_t *slots;

    codes->full = false;
    if (codes->capacity - codes->count + codes->free_count >= ROOM_WANTED)
        return HOG_OK;
    if (capacity > LARGEST_TABLE)
        return HOG_LIMIT;
    slots = calloc(4 * (size_t)capacity, sizeof *slots);
    if (!slots || !lengthen(codes, capacity)) {
        free(slots);
        return HOG_NO_MEMORY;
    }
    free(codes->slots);
    codes->slots = slots;
    codes->slot_mask = 4 * capacity - 1;
    codes->capacity = capacity;
    fill_slots(codes);
    return HOG_OK;
}

/*
 * Fingerprints.
 */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 32;
}

static uint64_t head_word(const struct code_table *codes, const unsigned char *head, enum hog_field field,
                          size_t size)
{
    uint32_t offset = codes->layout->offset[field];
    uint64_t word = 0;

    if (offset != HOG_ABSENT && offset + size <= codes->head_bytes)
        memcpy(&word, head + offset, size);
    return word;
}

/* 0: no code object. */
static uint64_t fingerprint(const struct code_table *codes, const unsigned char *head)
{
    uint64_t type = head_word(codes, head, HOG_F_object_ob_type, 8);
    uint64_t hash = mix(0, type);

    if (codes->code_type && type != codes->code_type)
        return 0;
    /* Before 3.11 a code object has no ob_size, and what lies there does not change either. */
    hash = mix(hash, head_word(codes, head, HOG_F_object_ob_size, 8));
    hash = mix(hash, head_word(codes, head, HOG_F_code_co_firstlineno, 4));
    hash = mix(hash, head_word(codes, head, HOG_F_code_co_name, 8));
    hash = mix(hash, head_word(codes, head, HOG_F_code_co_filename, 8));
    hash = mix(hash, head_word(codes, head, HOG_F_code_co_linetable, 8));
    hash = mix(hash, head_word(codes, head, HOG_F_code_co_code, 8));
    return hash | 1;
}

void codes_read_heads(struct code_table *codes, struct hog_memory *memory, const uint32_t *entries,
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        codes->spans[i] = (struct hog_span){.address = codes->entries[entries[i]].address,
                                            .buffer = codes->heads + (size_t)i * codes->head_bytes,
                                            .length = codes->head_bytes};
    codes->reads++;
    hog_memory_read_batch(memory, codes->spans, count);
}

uint64_t codes_head_fingerprint(const struct code_table *codes, uint32_t i)
{
    if (codes->spans[i].got < codes->spans[i].length)
        return 0;
    return fingerprint(codes, codes->heads + (size_t)i * codes->head_bytes);
}

uint64_t codes_head_type(const struct code_table *codes, uint32_t i)
{
    return head_word(codes, codes->heads + (size_t)i * codes->head_bytes, HOG_F_object_ob_type, 8);
}

/*
 * Within a sample.
 */

static uint32_t take_entry(struct code_table *codes, uint64_t address)
{
    uint32_t number;

    if (codes->free_count)
        number = codes->free_entries[--codes->free_count];
    else if (codes->count < codes->capacity)
        number = codes->count++;
    else
        return CODE_NONE;
    codes->entries[number] = (struct cached_code){.address = address, .function = HOG_NO_FUNCTION};
    return number;
}

static bool wants_look(const struct code_table *codes, const struct cached_code *entry, uint32_t on_probation)
{
    if (entry->looked_in == codes->sample)
        return false;
    if (!entry->fingerprint || entry->changes_hands)
        return true;
    return entry->trust < CODE_TRUSTED && on_probation < BELIEVED_LOOKS;
}

static uint32_t find_entry(struct code_table *codes, const struct walk_frame *frame)
{
    uint32_t *slot = slot_of(codes, frame->code);
    uint32_t number;

    if (*slot)
        return *slot - 1;
    if (!frame->code || frame->code % 8)
        return CODE_NONE;
    number = take_entry(codes, frame->code);
    codes->full = number == CODE_NONE;
    if (number == CODE_NONE)
        return CODE_NONE;
    codes->entries[number].globals = frame->globals;
    *slot = number + 1;
    return number;
}

/* Entries of the frames, known or new, and the list of those to look at. */
static bool find_entries(struct code_table *codes, const struct walk *walk, uint32_t *ret_entries)
{
    uint64_t before = 0;
    uint32_t number = CODE_NONE, on_probation = 0;

    codes->look_count = 0;
    for (uint32_t i = 0; i < walk->count; ret_entries[i++] = number) {
        struct cached_code *entry;

        if (walk->frames[i].code == before && i)
            continue;
        before = walk->frames[i].code;
        number = find_entry(codes, walk->frames + i);
        if (number == CODE_NONE)
            return false;
        entry = codes->entries + number;
        if (codes->look_count < CODES_BATCH && wants_look(codes, entry, on_probation)) {
            on_probation += entry->fingerprint && !entry->changes_hands;
            entry->looked_in = codes->sample;
            codes->looks[codes->look_count++] = number;
        } else if (entry->looked_in != codes->sample) {
            entry->unproved = true;
        }
    }
    return true;
}

/* The address has a new owner: its entry is found no more, another takes its place. */
static bool replace(struct code_table *codes, uint32_t number, uint64_t new_fingerprint)
{
    uint64_t address = codes->entries[number].address;
    uint32_t *slot = slot_of(codes, address);
    uint32_t successor = take_entry(codes, address);

    if (successor == CODE_NONE) {
        codes->full = true;
        return false;
    }
    codes->entries[number].replaced = true;
    codes->replaced_count++;
    codes->entries[successor].fingerprint = new_fingerprint;
    codes->entries[successor].changes_hands = true;
    codes->entries[successor].looked_in = codes->sample;
    *slot = successor + 1;
    return true;
}

static void rename_entries(const struct code_table *codes, const struct walk *walk, uint32_t *entries)
{
    for (uint32_t i = 0; i < walk->count; i++) {
        entries[i] = *slot_of(codes, walk->frames[i].code) - 1;
        codes->entries[entries[i]].globals = walk->frames[i].globals;
    }
}

static bool judge_looks(struct code_table *codes, const struct walk *walk, uint32_t *entries)
{
    bool renamed = false;

    for (uint32_t i = 0; i < codes->look_count; i++) {
        struct cached_code *entry = codes->entries + codes->looks[i];
        uint64_t seen = codes_head_fingerprint(codes, i);

        if (!seen)
            return false;
        if (!entry->fingerprint)
            entry->fingerprint = seen;
        if (entry->fingerprint == seen) {
            entry->trust += entry->trust < CODE_TRUSTED;
            continue;
        }
        if (!replace(codes, codes->looks[i], seen))
            return false;
        renamed = true;
    }
    if (renamed)
        rename_entries(codes, walk, entries);
    return true;
}

bool codes_match(struct code_table *codes, struct hog_memory *memory, const struct walk *walk,
                 uint32_t *ret_entries)
{
    codes->sample++;
    if (!find_entries(codes, walk, ret_entries))
        return false;
    if (!codes->look_count)
        return true;
    codes_read_heads(codes, memory, codes->looks, codes->look_count);
    return judge_looks(codes, walk, ret_entries);
}

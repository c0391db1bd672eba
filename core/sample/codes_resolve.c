/* From code objects to functions and lines, after a sample; and whether they are still the same. See codes.h.
 */
#include "sample/codes.h"
#include "sample/codes_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    DECODE_TRIES = 8,
    LINES_MAX = 1 << 20, /* instructions whose lines are kept */
    COPIES_MAX = 256,
    FURTHEST_BEFORE = -2, /* a frame that has not started points this far before its code */
};

#define LINE_UNKNOWN   INT32_MIN
#define LINE_NOT_BEGUN (INT32_MIN + 1) /* a frame whose call has not begun */

static bool keep_lines(struct cached_code *entry, const struct hog_code_facts *facts)
{
    size_t units = facts->length / HOG_CODE_UNIT;

    if (facts->line_table) {
        entry->line_table = malloc(facts->line_table_length + 1);
        if (!entry->line_table)
            return false;
        memcpy(entry->line_table, facts->line_table, facts->line_table_length);
        entry->line_table_length = facts->line_table_length;
    }
    if (units > LINES_MAX || !units)
        return true;
    entry->lines = malloc(units * sizeof *entry->lines);
    for (size_t i = 0; entry->lines && i < units; i++)
        entry->lines[i] = LINE_UNKNOWN;
    return true;
}

static bool decode_entry(struct code_table *codes, struct hog_code_reader *reader, struct cached_code *entry)
{
    const struct hog_code_request request = {.code = entry->address, .globals = entry->globals};
    struct hog_code_facts facts;
    struct hog_function function;
    uint32_t number;

    if (hog_code_reader_read(reader, &request, &facts) != HOG_OK || !keep_lines(entry, &facts))
        return false;
    function = (struct hog_function){
        .name = facts.code.name,
        .qualname = facts.code.qualname,
        .filename = facts.code.filename,
        .module = facts.module,
        .first_line = facts.code.first_line,
    };
    if (hog_profile_builder_function(codes->builder, &function, &number) != HOG_OK)
        return false;
    entry->instructions = facts.instructions;
    entry->length = facts.length;
    entry->first_line = facts.code.first_line;
    entry->first_traceable = facts.first_traceable;
    entry->function = number;
    return true;
}

static void undo_decoding(struct cached_code *entry)
{
    free(entry->lines);
    free(entry->line_table);
    entry->lines = NULL;
    entry->line_table = NULL;
    entry->function = HOG_NO_FUNCTION;
    entry->failures++;
}

/* The process may have run on while they were decoded: what is not the same any more was decoded in vain. */
static void check_decoded(struct code_table *codes, struct hog_memory *memory)
{
    codes_read_heads(codes, memory, codes->fresh, codes->fresh_count);
    for (uint32_t i = 0; i < codes->fresh_count; i++) {
        struct cached_code *entry = codes->entries + codes->fresh[i];

        if (entry->function == HOG_NO_FUNCTION)
            continue;
        if (codes_head_fingerprint(codes, i) != entry->fingerprint)
            undo_decoding(entry);
        else if (!codes->code_type)
            codes->code_type = codes_head_type(codes, i);
    }
}

static void decode_fresh(struct code_table *codes, struct hog_memory *memory, struct hog_code_reader *reader)
{
    struct hog_code_request *requests = calloc(codes->fresh_count, sizeof *requests);

    for (uint32_t i = 0; requests && i < codes->fresh_count; i++)
        requests[i] = (struct hog_code_request){.code = codes->entries[codes->fresh[i]].address,
                                                .globals = codes->entries[codes->fresh[i]].globals};
    hog_code_reader_begin(reader, requests, requests ? codes->fresh_count : 0);
    free(requests);
    for (uint32_t i = 0; i < codes->fresh_count; i++)
        if (!decode_entry(codes, reader, codes->entries + codes->fresh[i]))
            undo_decoding(codes->entries + codes->fresh[i]);
    check_decoded(codes, memory);
}

/* Entries that have no function yet, each once; not those for which that was tried too often. */
static void collect_fresh(struct code_table *codes, const uint32_t *entries, uint32_t count)
{
    codes->fresh_count = 0;
    for (uint32_t i = 0; i < count && codes->fresh_count < CODES_BATCH; i++) {
        struct cached_code *entry = codes->entries + entries[i];

        if (entry->function != HOG_NO_FUNCTION || entry->queued || entry->failures >= DECODE_TRIES)
            continue;
        entry->queued = true;
        codes->fresh[codes->fresh_count++] = entries[i];
    }
    for (uint32_t i = 0; i < codes->fresh_count; i++)
        codes->entries[codes->fresh[i]].queued = false;
}

/* Where the frame's copy of the instructions starts; 0 unknown. */
static uint64_t copy_start(const struct cached_code *entry, uint32_t tlbc_index)
{
    for (uint32_t i = 0; i < entry->copy_count; i++)
        if (entry->copies[i].index == tlbc_index)
            return entry->copies[i].instructions;
    return 0;
}

static bool learn_copy(struct cached_code *entry, struct hog_code_reader *reader, uint32_t tlbc_index)
{
    struct code_copy *grown;
    uint64_t start;

    if (entry->copy_count == COPIES_MAX ||
        hog_code_reader_copy(reader, entry->address, tlbc_index, &start) != HOG_OK)
        return false;
    grown = realloc(entry->copies, (entry->copy_count + 1) * sizeof *grown);
    if (!grown)
        return false;
    grown[entry->copy_count++] = (struct code_copy){.index = tlbc_index, .instructions = start};
    entry->copies = grown;
    return true;
}

bool codes_decode(struct code_table *codes, struct hog_memory *memory, struct hog_code_reader *reader,
                  const struct walk *walk, const uint32_t *entries)
{
    uint32_t learned = 0;

    collect_fresh(codes, entries, walk->count);
    if (codes->fresh_count)
        decode_fresh(codes, memory, reader);
    for (uint32_t i = 0; i < codes->fresh_count; i++)
        learned += codes->entries[codes->fresh[i]].function != HOG_NO_FUNCTION;
    for (uint32_t i = 0; i < walk->count; i++) {
        uint32_t tlbc_index = walk->frames[i].tlbc_index;

        if (tlbc_index && !copy_start(codes->entries + entries[i], tlbc_index))
            learned += learn_copy(codes->entries + entries[i], reader, tlbc_index);
    }
    return learned > 0;
}

static int32_t line_of(const struct code_table *codes, struct cached_code *entry, int64_t offset)
{
    int32_t *kept = offset >= 0 && entry->lines ? entry->lines + offset / HOG_CODE_UNIT : NULL;
    int32_t line;

    if (kept && *kept != LINE_UNKNOWN)
        return *kept;
    line = entry->line_table ? hog_code_line(codes->layout, entry->line_table, entry->line_table_length,
                                             entry->first_line, offset)
                             : 0;
    if (kept)
        *kept = line;
    return line;
}

/* How far into its code the frame is. */
static enum codes_result offset_in(const struct cached_code *entry, const struct walk_frame *frame,
                                   int64_t *ret_offset)
{
    uint64_t start = frame->tlbc_index ? copy_start(entry, frame->tlbc_index) : entry->instructions;
    int64_t offset = (int64_t)(frame->instruction - start);

    if (entry->function == HOG_NO_FUNCTION || (frame->tlbc_index && !start))
        return CODES_UNDECODED;
    if (offset < FURTHEST_BEFORE || offset >= (int64_t)entry->length)
        return CODES_OUTSIDE;
    *ret_offset = offset;
    return CODES_FOUND;
}

/* Where the frame is; LINE_NOT_BEGUN: it is no frame of the program yet. */
static enum codes_result frame_line(const struct code_table *codes, struct cached_code *entry,
                                    const struct walk_frame *frame, bool by_line, int32_t *ret_line)
{
    int64_t offset;
    enum codes_result result = offset_in(entry, frame, &offset);

    if (result == CODES_UNDECODED || (result == CODES_OUTSIDE && frame->set_line <= 0))
        return result;
    if (frame->set_line > 0)
        *ret_line = by_line ? frame->set_line : 0;
    else if (offset < (int64_t)entry->first_traceable && !frame->of_generator)
        *ret_line = LINE_NOT_BEGUN;
    else
        *ret_line = by_line ? line_of(codes, entry, offset) : 0;
    return CODES_FOUND;
}

enum codes_result codes_resolve(struct code_table *codes, struct walk *walk, uint32_t *entries, bool by_line,
                                int32_t *ret_lines)
{
    uint32_t kept = 0, call = 0;

    for (uint32_t i = 0; i < walk->count; i++) {
        enum codes_result result =
            frame_line(codes, codes->entries + entries[i], walk->frames + i, by_line, ret_lines + i);

        if (result != CODES_FOUND)
            return result;
    }
    for (uint32_t i = 0; i < walk->count; i++) {
        while (call < walk->entry_count && walk->entries[call].frames <= i)
            walk->entries[call++].frames = kept;
        if (ret_lines[i] == LINE_NOT_BEGUN)
            continue;
        walk->frames[kept] = walk->frames[i];
        entries[kept] = entries[i];
        ret_lines[kept++] = ret_lines[i];
    }
    while (call < walk->entry_count)
        walk->entries[call++].frames = kept;
    walk->count = kept;
    return CODES_FOUND;
}

void codes_prove(struct code_table *codes, struct hog_memory *memory, const uint32_t *entries, size_t count)
{
    while (count) {
        uint32_t batch = count < CODES_BATCH ? (uint32_t)count : CODES_BATCH;

        codes_read_heads(codes, memory, entries, batch);
        for (uint32_t i = 0; i < batch; i++) {
            struct cached_code *entry = codes->entries + entries[i];

            entry->unproved = false;
            entry->disproved = codes_head_fingerprint(codes, i) != entry->fingerprint;
            if (entry->disproved)
                entry->trust = 0; /* so that the next sample finds out whose it is now */
        }
        entries += batch;
        count -= batch;
    }
}

void codes_recycle(struct code_table *codes)
{
    if (!codes->replaced_count)
        return;
    codes->replaced_count = 0;
    for (uint32_t i = 0; i < codes->count; i++) {
        struct cached_code *entry = codes->entries + i;

        if (!entry->replaced)
            continue;
        codes_entry_deinit(entry);
        codes->free_entries[codes->free_count++] = i;
    }
}

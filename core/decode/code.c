/*
 * Code objects.
 *
 *     PyCodeObject
 *     ┌───────────────────┐
 *     │ co_firstlineno    │
 *     │ co_name ──────────┼──▶ str
 *     │ co_qualname ──────┼──▶ str                    (3.11+)
 *     │ co_filename ──────┼──▶ str
 *     │ co_linetable ─────┼──▶ bytes                  (co_lnotab to 3.9)
 *     │ co_code ──────────┼──▶ bytes                  (to 3.10)
 *     │ co_tlbc ──────────┼──▶ {size, copies[]}       (free-threaded 3.14+: one copy of the code a thread)
 *     │ co_code_adaptive… │    the instructions       (3.11+)
 *     └───────────────────┘
 *
 * There is no type flag for code objects; that co_name and co_filename are
 * str objects is the evidence that the address holds one.
 *
 * Source: Include/code.h (3.6, 3.7), Include/cpython/code.h.
 */
#include "decode/code.h"
#include "base/text.h"

#include "decode/object.h"
#include "decode/unicode.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    MAX_LINE_TABLE = 16 << 20,
    MAX_TLBC = 1 << 16,
};

struct code_entry {
    uint64_t address;
    enum hog_status status; /* of decoding it: failures are remembered too */
    struct hog_code code;
    unsigned char *line_table; /* NULL until a position is asked for; then in the arena */
    size_t line_table_length;
    enum hog_status line_table_status;
    uint64_t line_table_object;
    uint64_t instructions; /* address of the first (3.11+) */
    uint64_t units;        /* how many there are; 0: not known */
    uint32_t first_traceable;
    int64_t last_offset; /* of the position below: recursion asks the same again and again */
    struct source_position last_position;
    UT_hash_handle hh;
};

const struct hog_code *code_of(const struct code_entry *entry)
{
    return &entry->code;
}

/* A missing name is "?" and a warning; what lies behind a bad pointer must not hide the frame. */
static const char *text_field(struct decoder *decoder, uint64_t code, enum hog_field field)
{
    uint64_t object;
    const char *text;
    enum hog_status status = field_u64(decoder, code, field, &object);

    if (status == HOG_OK)
        status = unicode_text(decoder, object, &text);
    if (status == HOG_OK)
        return text;
    decoder_warn(decoder, "%s of the code object at " HOG_ADDRESS " could not be read (%s)",
                 hog_field_name(field), code, hog_status_name(status));
    return "?";
}

/* HOG_OK when the field points to a str, HOG_BAD_DATA when to something else. */
static enum hog_status text_evidence(struct decoder *decoder, uint64_t code, enum hog_field field)
{
    uint64_t object, flags;
    enum hog_status status = field_u64(decoder, code, field, &object);

    if (status == HOG_OK)
        status = object_type_flags(decoder, object, &flags);
    if (status != HOG_OK)
        return status;
    return flags & TYPE_UNICODE ? HOG_OK : HOG_BAD_DATA;
}

static enum hog_status code_evidence(struct decoder *decoder, uint64_t code)
{
    enum hog_status name = text_evidence(decoder, code, HOG_F_code_co_name);
    enum hog_status filename = name ? text_evidence(decoder, code, HOG_F_code_co_filename) : HOG_OK;

    return filename ? name : HOG_OK;
}

/* To 3.10: bytes, which a core need not have. */
static uint64_t count_units(struct decoder *decoder, uint64_t code)
{
    uint64_t fault = decoder->memory->fault;
    uint64_t instructions, length;

    if (field_u64(decoder, code, HOG_F_code_co_code, &instructions) ||
        !object_is(decoder, instructions, TYPE_BYTES) ||
        field_u64(decoder, instructions, HOG_F_object_ob_size, &length))
        length = 0;
    decoder->memory->fault = fault;
    return length / HOG_CODE_UNIT;
}

static enum hog_status code_decode(struct decoder *decoder, struct code_entry *entry)
{
    uint64_t address = entry->address;
    struct hog_code *code = &entry->code;
    enum hog_status status = code_evidence(decoder, address);

    code->address = address;
    if (status != HOG_OK)
        return status;
    code->name = text_field(decoder, address, HOG_F_code_co_name);
    code->filename = text_field(decoder, address, HOG_F_code_co_filename);
    code->short_filename = hog_path_last(code->filename);
    if (hog_layout_has(decoder->layout, HOG_F_code_co_qualname))
        code->qualname = text_field(decoder, address, HOG_F_code_co_qualname);
    status = field_u32(decoder, address, HOG_F_code_co_firstlineno, (uint32_t *)&code->first_line);
    if (status == HOG_OK && code->first_line < 0)
        decoder_warn(decoder,
                     "the code object at " HOG_ADDRESS " (%s) begins at line %" PRId32 ": it is damaged",
                     address, code->name, code->first_line);
    if (status == HOG_OK)
        status = field_u64(decoder, address, HOG_F_code_co_linetable, &entry->line_table_object);
    if (status == HOG_OK && hog_layout_has(decoder->layout, HOG_F_code_co_code_adaptive)) {
        entry->instructions = field_address(decoder, address, HOG_F_code_co_code_adaptive);
        status = field_u64(decoder, address, HOG_F_object_ob_size, &entry->units);
    } else if (status == HOG_OK) {
        entry->units = count_units(decoder, address);
    }
    if (status == HOG_OK && hog_layout_has(decoder->layout, HOG_F_code_co_firsttraceable))
        status = field_u32(decoder, address, HOG_F_code_co_firsttraceable, &entry->first_traceable);
    /* That of _Py_InitCleanup (Python/specialize.c, 3.13+) is 4, though it is of fewer units. */
    if (status == HOG_OK && entry->units && entry->first_traceable > entry->units + 4)
        decoder_warn(decoder,
                     "the code object at " HOG_ADDRESS " (%s) does not say where it begins: it is damaged",
                     address, code->name);
    return status;
}

static struct code_entry *code_find(struct decoder *decoder, uint64_t address)
{
    struct code_entry *entry;

    HASH_FIND(hh, decoder->codes, &address, sizeof address, entry);
    return entry;
}

static struct code_entry *code_add(struct decoder *decoder, uint64_t address)
{
    struct code_entry *entry = hog_arena_alloc(decoder->arena, sizeof *entry);

    if (!entry)
        return NULL;
    entry->address = address;
    entry->last_offset = INT64_MIN;
    HASH_ADD(hh, decoder->codes, address, sizeof entry->address, entry);
    return entry;
}

enum hog_status code_at(struct decoder *decoder, uint64_t address, struct code_entry **ret_entry)
{
    struct code_entry *entry = code_find(decoder, address);

    if (!address || address % 8)
        return HOG_BAD_DATA;
    if (!entry) {
        entry = code_add(decoder, address);
        if (!entry)
            return HOG_NO_MEMORY;
        entry->status = code_decode(decoder, entry);
    }
    *ret_entry = entry;
    return entry->status;
}

static enum hog_status line_table_load(struct decoder *decoder, struct code_entry *entry)
{
    uint64_t object = entry->line_table_object;
    uint64_t length;
    enum hog_status status;

    if (!object_is(decoder, object, TYPE_BYTES))
        return HOG_BAD_DATA;
    status = field_u64(decoder, object, HOG_F_object_ob_size, &length);
    if (status != HOG_OK)
        return status;
    if (length > MAX_LINE_TABLE)
        return HOG_LIMIT;
    entry->line_table = hog_arena_alloc(decoder->arena, length + 1);
    if (!entry->line_table)
        return HOG_NO_MEMORY;
    entry->line_table_length = length;
    /* with the NUL that follows the bytes of each object: a length that is wrong does not lead to one */
    status = hog_memory_read(decoder->memory, field_address(decoder, object, HOG_F_bytes_ob_sval),
                             entry->line_table, length + 1);
    if (status != HOG_OK)
        return status;
    return !entry->line_table[length] &&
                   line_table_is_sound(decoder->layout->traits.line_table, entry->line_table, length,
                                       entry->units * HOG_CODE_UNIT)
               ? HOG_OK
               : HOG_BAD_DATA;
}

/* The line table, read when first needed; false (with one warning) when it cannot be. */
static bool line_table_ready(struct decoder *decoder, struct code_entry *entry)
{
    if (!entry->line_table && entry->line_table_status == HOG_OK) {
        entry->line_table_status = line_table_load(decoder, entry);
        if (entry->line_table_status != HOG_OK)
            decoder_warn(decoder, "the line table of %s (%s) could not be read (%s): its lines are unknown",
                         entry->code.name, entry->code.filename, hog_status_name(entry->line_table_status));
    }
    return entry->line_table_status == HOG_OK;
}

enum hog_status code_line_table(struct decoder *decoder, struct code_entry *entry,
                                const unsigned char **ret_table, size_t *ret_length)
{
    if (!line_table_ready(decoder, entry))
        return entry->line_table_status;
    *ret_table = entry->line_table;
    *ret_length = entry->line_table_length;
    return HOG_OK;
}

uint64_t code_copy(struct decoder *decoder, uint64_t code, uint32_t tlbc_index)
{
    uint64_t table, size, copy;

    if (!tlbc_index || tlbc_index > MAX_TLBC || field_u64(decoder, code, HOG_F_code_co_tlbc, &table) ||
        hog_memory_u64(decoder->memory, table, &size) || tlbc_index >= size ||
        hog_memory_u64(decoder->memory, table + 8 + 8 * (uint64_t)tlbc_index, &copy))
        return 0;
    return copy;
}

static uint64_t instructions_of(struct decoder *decoder, const struct code_entry *entry,
                                const struct raw_frame *frame)
{
    uint64_t copy = frame->tlbc_index ? code_copy(decoder, entry->address, frame->tlbc_index) : 0;

    return copy ? copy : entry->instructions;
}

static int64_t instruction_offset(struct decoder *decoder, const struct code_entry *entry,
                                  const struct raw_frame *frame)
{
    if (decoder->layout->traits.instruction != HOG_INSTRUCTION_POINTER)
        return (int64_t)frame->instruction;
    return (int64_t)(frame->instruction - instructions_of(decoder, entry, frame));
}

/* A frame that has not started points before its code. */
static bool is_within(const struct decoder *decoder, const struct code_entry *entry, int64_t offset)
{
    if (decoder->layout->traits.instruction != HOG_INSTRUCTION_POINTER && !entry->units)
        return true; /* to 3.10 its length may be unknown */
    return offset >= -HOG_CODE_UNIT && (uint64_t)(offset + HOG_CODE_UNIT) / HOG_CODE_UNIT <= entry->units;
}

bool code_is_within(struct decoder *decoder, const struct code_entry *entry, const struct raw_frame *frame)
{
    return is_within(decoder, entry, instruction_offset(decoder, entry, frame));
}

struct source_position code_position(struct decoder *decoder, struct code_entry *entry,
                                     const struct raw_frame *frame)
{
    int64_t offset = instruction_offset(decoder, entry, frame);

    if (offset == entry->last_offset)
        return entry->last_position;
    if (!is_within(decoder, entry, offset)) {
        decoder_warn(decoder,
                     "the frame at " HOG_ADDRESS " does not point into its code (%s): its line is unknown",
                     frame->address, entry->code.name);
        return (struct source_position){0};
    }
    if (!line_table_ready(decoder, entry))
        return (struct source_position){0};
    entry->last_position = line_table_position(decoder->layout->traits.line_table, entry->line_table,
                                               entry->line_table_length, entry->code.first_line, offset);
    entry->last_offset = offset;
    return entry->last_position;
}

bool code_may_have_line(struct decoder *decoder, struct code_entry *entry, int32_t line)
{
    return !line_table_ready(decoder, entry) ||
           line_table_may_have(decoder->layout->traits.line_table, entry->line_table,
                               entry->line_table_length, entry->code.first_line, line);
}

bool code_not_started(struct decoder *decoder, const struct code_entry *entry, const struct raw_frame *frame)
{
    if (decoder->layout->traits.instruction != HOG_INSTRUCTION_POINTER ||
        frame->owner == decoder->layout->traits.owner_generator)
        return false;
    return instruction_offset(decoder, entry, frame) < (int64_t)entry->first_traceable * HOG_CODE_UNIT;
}

void code_release(struct decoder *decoder)
{
    HASH_CLEAR(hh, decoder->codes);
}

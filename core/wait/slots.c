/*
 * Slots of frames.
 *
 *     to 3.10   PyFrameObject       f_localsplus ─▶ │ variables │ cells │ free │ value stack …
 *     3.11+     _PyInterpreterFrame   localsplus ─▶ │ variables, cells, free   │ value stack …
 *
 * While a frame runs its stack has no depth in memory (but for 3.14+), and what
 * lies above the depth is stale. What surely is in use is what a handler counts
 * on: a block (to 3.10, f_blockstack) or a row of the exception table (3.11+)
 * says how deep the stack is when it is unwound to. So the `__exit__` of a
 * `with` whose body runs lies below that depth, and one whose `__enter__` still
 * runs does not: its handler covers the body alone.
 *
 * Source: Include/frameobject.h (3.6 - 3.10), Objects/exception_handling_notes.txt (3.11+).
 */
#include "wait/slots.h"

#include <string.h>
#include <uthash.h>

enum {
    BLOCK_SIZE = 12, /* PyTryBlock: int b_type, b_handler, b_level */
    BLOCK_LEVEL = 8,
    MAX_BLOCKS = 20,  /* CO_MAXBLOCKS */
    TABLE_MAX = 8192, /* of a longer one the rows behind that are not looked at */
    TAGS = 3,
};

enum locks { LOCKS_UNKNOWN, LOCKS_NO, LOCKS_YES };

/* What is the same for all frames of a code object, read once. */
struct code_facts {
    uint64_t code;
    bool known; /* `locals` and `room` were read */
    uint32_t locals, room;
    const unsigned char *table; /* co_exceptiontable; NULL: none */
    size_t table_length;
    enum locks locks;
    UT_hash_handle hh;
};

static uint64_t without_tags(const struct waits_reader *reader, uint64_t reference)
{
    if (reader->layout->traits.stack_refs != HOG_STACK_REFS_TAGGED)
        return reference;
    return (reference & TAGS) == TAGS ? 0 : reference & ~(uint64_t)TAGS;
}

static uint32_t block_level(struct waits_reader *reader, uint64_t frame)
{
    uint32_t blocks, level;

    if (!read_member_u32(reader, frame, HOG_F_frame_f_iblock, &blocks) || !blocks || blocks > MAX_BLOCKS ||
        !hog_layout_has(reader->layout, HOG_F_frame_f_blockstack) ||
        hog_memory_u32(reader->memory,
                       member_address(reader, frame, HOG_F_frame_f_blockstack) +
                           (uint64_t)(blocks - 1) * BLOCK_SIZE + BLOCK_LEVEL,
                       &level) != HOG_OK)
        return 0;
    return level;
}

static bool object_slots(struct waits_reader *reader, uint64_t frame, struct frame_slots *slots)
{
    uint64_t stack;

    if (!read_member(reader, frame, HOG_F_frame_f_valuestack, &stack))
        return false;
    slots->first = member_address(reader, frame, HOG_F_frame_f_localsplus);
    if (stack < slots->first || (stack - slots->first) / 8 > SLOTS_MAX || stack % 8)
        return false;
    slots->locals = (uint32_t)((stack - slots->first) / 8);
    slots->live = block_level(reader, frame);
    return true;
}

/* Six bits a byte, the highest first; bit 6 says that more follow. Bit 7 marks the first byte of a row. */
static bool take_varint(const unsigned char *table, size_t length, size_t *at, uint32_t *ret_value)
{
    uint32_t value = 0;
    unsigned char byte;

    for (unsigned count = 0; count < 6; count++) {
        if (*at >= length)
            return false;
        byte = table[(*at)++];
        value = value << 6 | (byte & 63);
        if (!(byte & 64)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

uint32_t exception_table_depth(const unsigned char *table, size_t length, uint64_t unit)
{
    size_t at = 0;
    uint32_t start, size, target, depth;

    while (take_varint(table, length, &at, &start) && take_varint(table, length, &at, &size) &&
           take_varint(table, length, &at, &target) && take_varint(table, length, &at, &depth)) {
        if (unit < start)
            return 0;
        if (unit < (uint64_t)start + size)
            return depth >> 1;
    }
    return 0;
}

/* Where the instructions that the frame runs begin: each thread of a free-threaded 3.14+ may have a copy. */
static bool instructions_of(struct waits_reader *reader, uint64_t frame, uint64_t code, uint64_t *ret_start)
{
    uint64_t copies;
    uint32_t copy = 0;

    if (!hog_layout_has(reader->layout, HOG_F_code_co_code_adaptive))
        return false;
    *ret_start = member_address(reader, code, HOG_F_code_co_code_adaptive);
    if (!hog_layout_has(reader->layout, HOG_F_iframe_tlbc_index))
        return true;
    if (!read_member_u32(reader, frame, HOG_F_iframe_tlbc_index, &copy))
        return false;
    return !copy || (copy < 1 << 20 && read_member(reader, code, HOG_F_code_co_tlbc, &copies) && copies &&
                     hog_memory_u64(reader->memory, copies + 8 + 8 * (uint64_t)copy, ret_start) == HOG_OK);
}

static void read_table(struct waits_reader *reader, struct code_facts *facts)
{
    uint64_t table, length;
    unsigned char *bytes;

    if (!read_member(reader, facts->code, HOG_F_code_co_exceptiontable, &table) ||
        !read_member(reader, table, HOG_F_object_ob_size, &length) || !length)
        return;
    length = length < TABLE_MAX ? length : TABLE_MAX;
    bytes = hog_arena_alloc(reader->arena, length);
    if (!bytes || hog_memory_read(reader->memory, member_address(reader, table, HOG_F_bytes_ob_sval), bytes,
                                  length) != HOG_OK)
        return;
    facts->table = bytes;
    facts->table_length = length;
}

/* NULL: no memory. */
static struct code_facts *facts_of(struct waits_reader *reader, uint64_t code)
{
    struct code_facts *facts;
    bool objects = reader->layout->traits.frame_chain == HOG_FRAMES_OBJECTS;

    HASH_FIND(hh, reader->codes, &code, sizeof code, facts);
    if (facts)
        return facts;
    facts = hog_arena_alloc(reader->arena, sizeof *facts);
    if (!facts) {
        reader->no_memory = true;
        return NULL;
    }
    *facts = (struct code_facts){.code = code};
    facts->known =
        read_member_u32(reader, code, HOG_F_code_co_stacksize, &facts->room) && facts->room <= SLOTS_MAX;
    if (facts->known && !objects)
        facts->known = read_member_u32(reader, code, HOG_F_code_co_nlocalsplus, &facts->locals) &&
                       facts->locals <= SLOTS_MAX;
    if (facts->known && !objects)
        read_table(reader, facts);
    HASH_ADD(hh, reader->codes, code, sizeof facts->code, facts);
    return facts;
}

bool slots_code_locks(struct waits_reader *reader, uint64_t code)
{
    struct code_facts *facts = code ? facts_of(reader, code) : NULL;
    bool acquires = false, releases = false;
    struct hog_value_walk walk;
    struct hog_value_item item;
    uint64_t names;

    if (!facts || facts->locks != LOCKS_UNKNOWN)
        return facts && facts->locks == LOCKS_YES;
    facts->locks = LOCKS_NO;
    if (!read_member(reader, code, HOG_F_code_co_names, &names) ||
        hog_value_walk_start(reader->values, names, &walk) != HOG_OK)
        return false;
    while (hog_value_walk_next(reader->values, &walk, &item)) {
        acquires = acquires || hog_value_text_is(reader->values, item.value, "acquire");
        releases = releases || hog_value_text_is(reader->values, item.value, "release");
    }
    facts->locks = acquires && releases ? LOCKS_YES : LOCKS_NO;
    return acquires && releases;
}

static uint32_t handler_depth(struct waits_reader *reader, uint64_t frame, const struct code_facts *facts)
{
    uint64_t start, instruction;

    if (!facts->table || !instructions_of(reader, frame, facts->code, &start) ||
        !read_member(reader, frame, HOG_F_iframe_instr_ptr, &instruction) || instruction < start)
        return 0;
    return exception_table_depth(facts->table, facts->table_length, (instruction - start) / 2);
}

static bool interpreter_slots(struct waits_reader *reader, uint64_t frame, const struct code_facts *facts,
                              struct frame_slots *slots)
{
    slots->locals = facts->locals;
    slots->first = member_address(reader, frame, HOG_F_iframe_localsplus);
    slots->live = handler_depth(reader, frame, facts);
    return true;
}

bool slots_of(struct waits_reader *reader, const struct hog_frame *frame, struct frame_slots *ret_slots)
{
    struct frame_slots slots = {.code = frame->code->address};
    bool objects = reader->layout->traits.frame_chain == HOG_FRAMES_OBJECTS;
    const struct code_facts *facts = frame->frame && slots.code ? facts_of(reader, slots.code) : NULL;

    if (!facts || !facts->known ||
        !(objects ? object_slots(reader, frame->frame, &slots)
                  : interpreter_slots(reader, frame->frame, facts, &slots)))
        return false;
    slots.room = facts->room;
    if (slots.live > slots.room)
        slots.live = 0;
    *ret_slots = slots;
    return true;
}

void slots_release(struct waits_reader *reader)
{
    HASH_CLEAR(hh, reader->codes);
}

uint32_t slots_read(struct waits_reader *reader, const struct frame_slots *slots, uint32_t from,
                    uint32_t count, uint64_t *ret_objects)
{
    size_t got = hog_memory_read_some(reader->memory, slots->first + 8 * (uint64_t)from, ret_objects,
                                      (size_t)count * 8);

    for (size_t i = 0; i < got / 8; i++)
        ret_objects[i] = without_tags(reader, ret_objects[i]);
    return (uint32_t)(got / 8);
}

uint32_t slots_stack(struct waits_reader *reader, const struct hog_frame *frame,
                     uint64_t ret_objects[SLOTS_OF_STACK])
{
    struct frame_slots slots;

    if (!slots_of(reader, frame, &slots))
        return 0;
    return slots_read(reader, &slots, slots.locals, slots.room < SLOTS_OF_STACK ? slots.room : SLOTS_OF_STACK,
                      ret_objects);
}

uint64_t slots_variable(struct waits_reader *reader, const struct frame_slots *slots, uint32_t index)
{
    uint64_t object = 0, content;

    if (index >= slots->locals || slots_read(reader, slots, index, 1, &object) != 1)
        return 0;
    if (object && hog_value_is(reader->values, object, "builtins", "cell"))
        return read_member(reader, object, HOG_F_cell_ob_ref, &content) ? content : 0;
    return object;
}

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

enum {
    BLOCK_SIZE = 12, /* PyTryBlock: int b_type, b_handler, b_level */
    BLOCK_LEVEL = 8,
    MAX_BLOCKS = 20,  /* CO_MAXBLOCKS */
    TABLE_MAX = 8192, /* of a longer one the rows behind that are not looked at */
    TAGS = 3,
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

    if (!read_member(reader, frame, HOG_F_frame_f_code, &slots->code) ||
        !read_member(reader, frame, HOG_F_frame_f_valuestack, &stack))
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

static uint32_t handler_depth(struct waits_reader *reader, uint64_t frame, uint64_t code)
{
    uint64_t start, instruction, table, length;
    unsigned char bytes[TABLE_MAX];

    if (!instructions_of(reader, frame, code, &start) ||
        !read_member(reader, frame, HOG_F_iframe_instr_ptr, &instruction) || instruction < start ||
        !read_member(reader, code, HOG_F_code_co_exceptiontable, &table) ||
        !read_member(reader, table, HOG_F_object_ob_size, &length) || !length)
        return 0;
    length = length < sizeof bytes ? length : sizeof bytes;
    if (hog_memory_read(reader->memory, member_address(reader, table, HOG_F_bytes_ob_sval), bytes, length) !=
        HOG_OK)
        return 0;
    return exception_table_depth(bytes, length, (instruction - start) / 2);
}

static bool interpreter_slots(struct waits_reader *reader, uint64_t frame, struct frame_slots *slots)
{
    uint64_t executable;

    if (!read_member(reader, frame, HOG_F_iframe_f_executable, &executable))
        return false;
    slots->code = without_tags(reader, executable);
    if (!read_member_u32(reader, slots->code, HOG_F_code_co_nlocalsplus, &slots->locals) ||
        slots->locals > SLOTS_MAX)
        return false;
    slots->first = member_address(reader, frame, HOG_F_iframe_localsplus);
    slots->live = handler_depth(reader, frame, slots->code);
    return true;
}

bool slots_of(struct waits_reader *reader, const struct hog_frame *frame, struct frame_slots *ret_slots)
{
    struct frame_slots slots = {0};
    bool objects = reader->layout->traits.frame_chain == HOG_FRAMES_OBJECTS;

    if (!frame->frame || !(objects ? object_slots(reader, frame->frame, &slots)
                                   : interpreter_slots(reader, frame->frame, &slots)))
        return false;
    if (!read_member_u32(reader, slots.code, HOG_F_code_co_stacksize, &slots.room) || slots.room > SLOTS_MAX)
        return false;
    if (slots.live > slots.room)
        slots.live = 0;
    *ret_slots = slots;
    return true;
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

uint64_t slots_variable(struct waits_reader *reader, const struct frame_slots *slots, uint32_t index)
{
    uint64_t object = 0, content;

    if (index >= slots->locals || slots_read(reader, slots, index, 1, &object) != 1)
        return 0;
    if (object && hog_value_is(reader->values, object, "builtins", "cell"))
        return read_member(reader, object, HOG_F_cell_ob_ref, &content) ? content : 0;
    return object;
}

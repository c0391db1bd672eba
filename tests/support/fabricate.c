/* The fabricated interpreter of fabricate.h: a bump allocator over a block that stands for the debuggee's
 * memory. */
#include "support/fabricate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OBJECT_ROOM = 1024,
    TYPE_ROOM = 1024,
    STATE_ROOM = 16384,
    CODE_BYTES = 64,
    ROOT_RECORD = 512,
    RECURSION_LIMIT = 1000
};
static const uint64_t base = FABRICATED_BASE;

static uint64_t reserve(struct fabrication *fake, size_t size)
{
    uint64_t address = base + fake->used;

    fake->used += (size + 15) & ~(size_t)15;
    assert(fake->used <= FABRICATED_SIZE);
    return address;
}

static void put(struct fabrication *fake, uint64_t address, const void *bytes, size_t length)
{
    assert(address >= base && address - base + length <= FABRICATED_SIZE);
    memcpy(fake->bytes + (address - base), bytes, length);
}

void fabricate_poke(struct fabrication *fake, uint64_t address, uint64_t value)
{
    put(fake, address, &value, sizeof value);
}

void fabricate_poke_u32(struct fabrication *fake, uint64_t address, uint32_t value)
{
    put(fake, address, &value, sizeof value);
}

void fabricate_poke_byte(struct fabrication *fake, uint64_t address, uint8_t value)
{
    put(fake, address, &value, sizeof value);
}

uint64_t fabricate_field(const struct fabrication *fake, uint64_t object, enum hog_field field)
{
    assert(hog_layout_has(&fake->layout, field));
    return object + fake->layout.offset[field];
}

static void set(struct fabrication *fake, uint64_t object, enum hog_field field, uint64_t value)
{
    if (hog_layout_has(&fake->layout, field))
        fabricate_poke(fake, object + fake->layout.offset[field], value);
}

static void set_u32(struct fabrication *fake, uint64_t object, enum hog_field field, uint32_t value)
{
    put(fake, fabricate_field(fake, object, field), &value, sizeof value);
}

/* Behind the pointer to the main interpreter. */
static void set_next_id(struct fabrication *fake, uint64_t id)
{
    enum hog_field main = HOG_F_runtime_interpreters_main;

    if (hog_layout_has(&fake->layout, main))
        put(fake, fabricate_field(fake, fake->runtime, main) + sizeof id, &id, sizeof id);
}

static void set_u8(struct fabrication *fake, uint64_t object, enum hog_field field, uint8_t value)
{
    put(fake, fabricate_field(fake, object, field), &value, sizeof value);
}

static uint64_t object_of(struct fabrication *fake, uint64_t type, size_t size)
{
    uint64_t object = reserve(fake, size);

    set(fake, object, HOG_F_object_ob_type, type);
    return object;
}

static uint64_t type_with(struct fabrication *fake, uint64_t flags)
{
    uint64_t type = reserve(fake, TYPE_ROOM);

    set(fake, type, HOG_F_type_tp_flags, flags);
    return type;
}

/* An empty dict, which any code may be run with. */
static uint64_t globals_without_names(struct fabrication *fake)
{
    uint64_t dict = object_of(fake, type_with(fake, 1u << 29), OBJECT_ROOM);
    uint64_t keys = reserve(fake, OBJECT_ROOM);

    set(fake, keys, HOG_F_keys_dk_size, 8);
    if (hog_layout_has(&fake->layout, HOG_F_keys_dk_log2_index_bytes))
        set_u8(fake, keys, HOG_F_keys_dk_log2_index_bytes, 3);
    set(fake, dict, HOG_F_dict_ma_keys, keys);
    return dict;
}

void fabricate_init(struct fabrication *fake, const char *version)
{
    struct hog_build build = {.version = {.micro = 0, .level = 0xf}};
    struct hog_error error;
    unsigned major, minor;

    *fake = (struct fabrication){.bytes = calloc(1, FABRICATED_SIZE)};
    assert(fake->bytes && sscanf(version, "%u.%u", &major, &minor) == 2);
    build.version.major = (uint8_t)major;
    build.version.minor = (uint8_t)minor;
    if (hog_layout_select(&fake->layout, &build, &error))
        abort();
    fake->runtime = reserve(fake, STATE_ROOM);
    fake->interpreter = reserve(fake, STATE_ROOM);
    set(fake, fake->runtime, HOG_F_runtime_interpreters_head, fake->interpreter);
    set_next_id(fake, 1);
    fake->code_type = type_with(fake, 0);
    fake->unicode_type = type_with(fake, 1u << 28);
    fake->bytes_type = type_with(fake, 1u << 27);
    fake->globals = globals_without_names(fake);
}

void fabricate_deinit(struct fabrication *fake)
{
    free(fake->bytes);
}

uint64_t fabricate_thread(struct fabrication *fake, uint64_t thread_id)
{
    uint64_t tstate = reserve(fake, OBJECT_ROOM);
    uint64_t cframe = reserve(fake, 64);

    set(fake, tstate, HOG_F_tstate_interp, fake->interpreter);
    set(fake, tstate, HOG_F_tstate_next, fake->newest_thread);
    if (fake->newest_thread)
        set(fake, fake->newest_thread, HOG_F_tstate_prev, tstate);
    set(fake, tstate, HOG_F_tstate_thread_id, thread_id);
    set(fake, tstate, HOG_F_tstate_cframe, cframe);
    if (hog_layout_has(&fake->layout, HOG_F_tstate_recursion_limit)) {
        set_u32(fake, tstate, HOG_F_tstate_recursion_limit, RECURSION_LIMIT);
        set_u32(fake, tstate, HOG_F_tstate_recursion_remaining, RECURSION_LIMIT);
    }
    set(fake, cframe, HOG_F_cframe_previous, tstate + ROOT_RECORD);
    set(fake, fake->interpreter, HOG_F_interp_threads_head, tstate);
    fake->newest_thread = tstate;
    fake->newest_frame = 0;
    return tstate;
}

uint64_t fabricate_text(struct fabrication *fake, const char *ascii)
{
    uint64_t object = object_of(fake, fake->unicode_type, OBJECT_ROOM);
    unsigned shift = fake->layout.traits.unicode_kind_shift;

    set(fake, object, HOG_F_unicode_length, strlen(ascii));
    set_u32(fake, object, HOG_F_unicode_state, 1u << shift | 1u << (shift + 3) | 1u << (shift + 4));
    put(fake, fabricate_field(fake, object, HOG_F_unicode_ascii_data), ascii, strlen(ascii));
    return object;
}

/*
 * The code's first line for the first 16 bytes of code, then `step` lines further on; from 3.11 on for all 64, as a table
 * is for all of its code.
 */
static uint64_t line_table(struct fabrication *fake, uint8_t step)
{
    enum { HEAD = 0x80 | 13 << 3 | 7 };
    const unsigned char pairs[] = {16, 0, 16, step};
    const unsigned char location[] = {HEAD, 0, HEAD, (unsigned char)(step << 1), HEAD, 0, HEAD, 0};
    bool locations = fake->layout.traits.line_table == HOG_LINES_LOCATIONS;
    size_t length = locations ? sizeof location : step ? sizeof pairs : sizeof pairs / 2;
    uint64_t object = object_of(fake, fake->bytes_type, OBJECT_ROOM);

    set(fake, object, HOG_F_object_ob_size, length);
    put(fake, fabricate_field(fake, object, HOG_F_bytes_ob_sval), locations ? location : pairs, length);
    return object;
}

static uint64_t instructions(struct fabrication *fake)
{
    uint64_t object = object_of(fake, fake->bytes_type, OBJECT_ROOM);

    set(fake, object, HOG_F_object_ob_size, CODE_BYTES);
    return object;
}

uint64_t fabricate_code(struct fabrication *fake, const char *name, int32_t first_line)
{
    return fabricate_code_of_lines(fake, name, first_line, 0);
}

uint64_t fabricate_code_of_lines(struct fabrication *fake, const char *name, int32_t first_line, uint8_t step)
{
    uint64_t code = object_of(fake, fake->code_type, OBJECT_ROOM);

    set(fake, code, HOG_F_code_co_name, fabricate_text(fake, name));
    set(fake, code, HOG_F_code_co_qualname, fabricate_text(fake, name));
    set(fake, code, HOG_F_code_co_filename, fabricate_text(fake, "/made/up.py"));
    set(fake, code, HOG_F_code_co_linetable, line_table(fake, step));
    if (hog_layout_has(&fake->layout, HOG_F_code_co_code_adaptive))
        set(fake, code, HOG_F_object_ob_size, CODE_BYTES / 2);
    else
        set(fake, code, HOG_F_code_co_code, instructions(fake));
    set_u32(fake, code, HOG_F_code_co_firstlineno, (uint32_t)first_line);
    return code;
}

static uint64_t frame_object(struct fabrication *fake, uint64_t code)
{
    uint64_t frame = object_of(fake, fake->code_type, OBJECT_ROOM);

    set(fake, frame, HOG_F_frame_f_code, code);
    set(fake, frame, HOG_F_frame_f_globals, fake->globals);
    set(fake, frame, HOG_F_frame_f_back, fake->newest_frame);
    set(fake, fake->newest_thread, HOG_F_tstate_frame, frame);
    return frame;
}

/* What runs a thread's outermost frame was called from C: a mark of it (3.12+). */
static uint64_t entry_mark(struct fabrication *fake)
{
    uint64_t mark = reserve(fake, OBJECT_ROOM);

    if (!fake->layout.traits.first_marker_owner)
        return 0;
    set_u8(fake, mark, HOG_F_iframe_owner, fake->layout.traits.first_marker_owner);
    return mark;
}

static uint64_t interpreter_frame(struct fabrication *fake, uint64_t code)
{
    uint64_t caller = fake->newest_frame ? fake->newest_frame : entry_mark(fake);
    uint64_t frame = reserve(fake, OBJECT_ROOM);
    uint64_t head = fake->newest_thread;
    uint64_t cframe;

    set(fake, frame, HOG_F_iframe_f_executable, code);
    set(fake, frame, HOG_F_iframe_f_globals, fake->globals);
    set(fake, frame, HOG_F_iframe_previous, caller);
    if (hog_layout_has(&fake->layout, HOG_F_iframe_is_entry))
        set_u8(fake, frame, HOG_F_iframe_is_entry, !caller);
    set(fake, frame, HOG_F_iframe_instr_ptr, fabricate_field(fake, code, HOG_F_code_co_code_adaptive));
    set_u8(fake, frame, HOG_F_iframe_owner, 0);
    if (fake->layout.traits.frame_chain == HOG_FRAMES_CFRAME) {
        memcpy(&cframe, fake->bytes + (fabricate_field(fake, head, HOG_F_tstate_cframe) - base),
               sizeof cframe);
        set(fake, cframe, HOG_F_cframe_current_frame, frame);
    } else {
        set(fake, head, HOG_F_tstate_current_frame, frame);
    }
    return frame;
}

uint64_t fabricate_frame(struct fabrication *fake, uint64_t code)
{
    bool objects = fake->layout.traits.frame_chain == HOG_FRAMES_OBJECTS;

    fake->newest_frame = objects ? frame_object(fake, code) : interpreter_frame(fake, code);
    return fake->newest_frame;
}

static uint64_t word_at(const struct fabrication *fake, uint64_t address)
{
    uint64_t word;

    memcpy(&word, fake->bytes + (address - base), sizeof word);
    return word;
}

uint64_t fabricate_record(struct fabrication *fake, uint64_t tstate)
{
    uint64_t now = word_at(fake, fabricate_field(fake, tstate, HOG_F_tstate_cframe));
    uint64_t inner = reserve(fake, 64);

    set(fake, inner, HOG_F_cframe_previous, now);
    set(fake, tstate, HOG_F_tstate_cframe, inner);
    return inner;
}

/* The block as debuggee memory: a fuzzer decodes it some thousand times a second. */
struct block_memory {
    struct hog_memory memory;
    const unsigned char *bytes;
};

static void block_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    const struct block_memory *self = (struct block_memory *)memory;

    for (size_t i = 0; i < count; i++) {
        uint64_t offset = spans[i].address - base;
        size_t left = offset < FABRICATED_SIZE ? FABRICATED_SIZE - (size_t)offset : 0;

        spans[i].got = left < spans[i].length ? left : spans[i].length;
        if (spans[i].got)
            memcpy(spans[i].buffer, self->bytes + offset, spans[i].got);
    }
}

static void block_destroy(struct hog_memory *memory)
{
    free(memory);
}

static struct hog_memory *block_memory_create(const struct fabrication *fake)
{
    static const struct hog_memory_ops ops = {.read = block_read, .destroy = block_destroy};
    struct block_memory *self = calloc(1, sizeof *self);

    assert(self);
    self->memory.ops = &ops;
    self->memory.source = "fabricated";
    self->bytes = fake->bytes;
    return &self->memory;
}

struct hog_snapshot *fabricate_decode(struct fabrication *fake, enum hog_status *ret_status)
{
    struct hog_process process;
    struct hog_location location = {.python = {.runtime = fake->runtime,
                                               .interpreters_head = fake->interpreter,
                                               .build = fake->layout.build,
                                               .layout = fake->layout}};
    struct hog_decode_options options = {.max_frames = fake->max_frames};
    struct hog_snapshot *snapshot = NULL;
    struct hog_memory *cache;
    struct hog_error error;

    hog_process_init_remote(&process, 1, block_memory_create(fake));
    cache = hog_memory_cached(process.memory, 16 << 20);
    *ret_status = hog_decode_snapshot(&process, &location, cache, &options, &snapshot, &error);
    hog_memory_destroy(cache);
    hog_process_deinit(&process);
    return snapshot;
}

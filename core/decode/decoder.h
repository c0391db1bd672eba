/*
 * What the files of decode/ share: the state of one decoding, and the reading
 * of single fields. Seen by decode/ and by value/, which reads on from there.
 *
 *     decode.c ─▶ interpreter.c ─▶ thread.c ─▶ frame_head.c ─▶ frame_walk.c      addresses
 *        │             └ gil.c
 *        ├─▶ frame.c ─▶ code.c ─▶ line_table.c                                        frames, lines
 *        └─▶ thread_name.c, module_name.c ─▶ attribute.c, dict.c, integer.c, unicode.c ─▶ object.c
 */
#ifndef HOG_DECODE_DECODER_H
#define HOG_DECODE_DECODER_H

#include "decode/decode.h"
#include "decode/os_thread.h"

#include <inttypes.h>

enum {
    MAX_INTERPRETERS = 1024,
    MAX_THREADS = 65536,
    MAX_FRAMES_IN_ALL = 500000,
    DEFAULT_MAX_TEXT = 4096,
    MAX_WARNINGS = 64,
    TYPE_CACHE_SIZE = 64,
    THREAD_SEARCHES = 64,
};

/* A frame as the walk leaves it: addresses only, nothing of its code read yet. */
struct raw_frame {
    uint64_t address;
    uint64_t code;
    uint64_t globals;
    uint64_t instruction; /* an address (3.11+), else f_lasti in bytes */
    uint32_t flags;       /* enum hog_frame_flag */
    uint8_t owner;
    bool made_up;        /* by Nuitka: a part of its frame object */
    int32_t set_line;    /* that its maker has set in the frame object; 0 or less: none */
    uint32_t tlbc_index; /* free-threaded 3.14+: which copy of the bytecode, 0 the main one */
};

struct raw_thread {
    struct hog_thread decoded; /* all but name, module, frames and entries */
    size_t first_frame;        /* into decoder.raw_frames */
    size_t frame_count;
    size_t first_entry; /* into decoder.raw_entries */
    size_t entry_count;
    size_t omitted, omitted_at; /* frames left out, and after how many */
    bool placed;                /* it is known by more than its ids on which OS thread it runs */
    uint64_t c_stack;           /* an address on the C stack on which its innermost frame runs; 0 unknown */
};

/* tp_flags of a type object seen before. */
struct known_type {
    uint64_t address;
    uint64_t flags;
};

struct decoder {
    const struct hog_process *process;
    const struct hog_location *location;
    const struct hog_layout *layout;
    struct hog_memory *memory;
    struct hog_decode_options options;
    struct hog_snapshot *snapshot;
    struct hog_arena *arena; /* the snapshot's */

    struct raw_frame *raw_frames; /* malloc'ed, freed when decoding ends */
    size_t raw_frame_count, raw_frame_capacity;
    struct hog_c_entry *raw_entries;
    size_t raw_entry_count, raw_entry_capacity;
    struct raw_thread *raw_threads;
    size_t raw_thread_count, raw_thread_capacity;
    struct hog_interpreter *interpreters;
    size_t interpreter_count;

    struct hog_thread_finder finder;

    struct code_entry *codes;      /* hash by address */
    struct globals_entry *globals; /* hash by address: __name__ of a globals dict */
    struct known_type types[TYPE_CACHE_SIZE];

    const char *warnings[MAX_WARNINGS];
    size_t warning_count;
    bool interrupted;
    bool incomplete;
    uint64_t steps;      /* polls so far: every walk makes one a step */
    uint64_t most_steps; /* at so many it is as if interrupted, until there may be more; 0: no end */
};

/* Adds a warning to the snapshot and marks it incomplete. Repeats and overflow are dropped. */
void decoder_warn(struct decoder *decoder, const char *format, ...) HOG_PRINTF(2, 3);
/* Polls for Ctrl-C; once true, always true. True as well when most_steps are made. */
bool decoder_interrupted(struct decoder *decoder);

static inline uint64_t field_address(const struct decoder *decoder, uint64_t base, enum hog_field field)
{
    return base + decoder->layout->offset[field];
}

/* HOG_NOT_FOUND when this build has no such field. */
static inline enum hog_status field_u64(struct decoder *decoder, uint64_t base, enum hog_field field,
                                        uint64_t *ret_value)
{
    if (!hog_layout_has(decoder->layout, field))
        return HOG_NOT_FOUND;
    return hog_memory_u64(decoder->memory, field_address(decoder, base, field), ret_value);
}

static inline enum hog_status field_u32(struct decoder *decoder, uint64_t base, enum hog_field field,
                                        uint32_t *ret_value)
{
    if (!hog_layout_has(decoder->layout, field))
        return HOG_NOT_FOUND;
    return hog_memory_u32(decoder->memory, field_address(decoder, base, field), ret_value);
}

static inline enum hog_status field_u8(struct decoder *decoder, uint64_t base, enum hog_field field,
                                       uint8_t *ret_value)
{
    if (!hog_layout_has(decoder->layout, field))
        return HOG_NOT_FOUND;
    return hog_memory_u8(decoder->memory, field_address(decoder, base, field), ret_value);
}

#endif

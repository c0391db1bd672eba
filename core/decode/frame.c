/*
 * Frames decoded: the code of each, the module, the line. What frame_walk.c
 * has collected, addresses alone, becomes what a snapshot shows.
 */
#include "decode/frame.h"

#include "decode/code.h"
#include "decode/frame_walk.h"
#include "decode/frame_whole.h"
#include "decode/module_name.h"

#include <string.h>

enum { POLL_EVERY = 256 };

/* A tracer sets the line that the instruction has, too; who makes frames up sets it alone. */
static struct source_position frame_position(struct decoder *decoder, const struct raw_frame *raw,
                                             struct code_entry *entry)
{
    struct source_position at = {0};

    if (raw->set_line <= 0 || code_is_within(decoder, entry, raw))
        at = code_position(decoder, entry, raw);
    if (raw->set_line <= 0 || at.line == raw->set_line)
        return at;
    if (code_may_have_line(decoder, entry, raw->set_line))
        return (struct source_position){.line = raw->set_line};
    decoder_warn(decoder,
                 "the frame at " HOG_ADDRESS " was set to line %" PRId32
                 ", which its code (%s) does not have: it is damaged",
                 raw->address, raw->set_line, code_of(entry)->name);
    return at;
}

/*
 * One that has not started may be the frame that CPython 3.12 - 3.14 puts below an __init__ which it calls
 * without C (_PyFrame_PushTrampolineUnchecked): its f_globals is whatever was there before.
 */
static void frame_decode(struct decoder *decoder, const struct raw_frame *raw, struct code_entry *entry,
                         struct hog_frame *ret_frame)
{
    struct source_position at = frame_position(decoder, raw, entry);
    bool started = raw->set_line > 0 || !code_not_started(decoder, entry, raw);

    if (started && !raw->globals)
        decoder_warn(decoder, "the frame at " HOG_ADDRESS " has no globals: it is damaged", raw->address);

    *ret_frame = (struct hog_frame){
        .code = code_of(entry),
        .module = started ? module_name_of_globals(decoder, raw->globals) : NULL,
        .line = at.line,
        .end_line = at.end_line,
        .column = at.column,
        .end_column = at.end_column,
        .flags = raw->flags | (started ? 0 : HOG_FRAME_INCOMPLETE),
        .frame = raw->address,
    };
}

/* Without them the stack is whole all the same. */
static void keep_entries(struct decoder *decoder, struct raw_thread *thread)
{
    size_t count = thread->entry_count;
    struct hog_c_entry *entries = count ? hog_arena_array(decoder->arena, count, sizeof *entries) : NULL;

    if (!entries)
        return;
    memcpy(entries, decoder->raw_entries + thread->first_entry, count * sizeof *entries);
    thread->decoded.entries = entries;
    thread->decoded.entry_count = count;
}

void frame_decode_all(struct decoder *decoder, struct raw_thread *thread)
{
    const struct raw_frame *raw = thread->frame_count ? decoder->raw_frames + thread->first_frame : NULL;
    struct hog_frame *frames = hog_arena_array(decoder->arena, thread->frame_count, sizeof *frames);
    size_t count = 0;

    keep_entries(decoder, thread);
    if (!frames) {
        thread->decoded.stopped_because = "out of memory";
        decoder->incomplete = true;
        return;
    }
    for (; count < thread->frame_count; count++) {
        struct code_entry *entry;

        enum hog_status status = code_at(decoder, raw[count].code, &entry);

        if (status != HOG_OK) {
            thread->decoded.stopped_because = walk_end(
                decoder,
                status == HOG_BAD_DATA ? "holds no code object" : "has a code object that could not be read",
                raw[count].address);
            break;
        }
        frame_decode(decoder, raw + count, entry, frames + count);
        if (count % POLL_EVERY == 0 && decoder_interrupted(decoder)) {
            thread->decoded.stopped_because = "interrupted";
            break;
        }
    }
    thread->decoded.frames = frames;
    thread->decoded.frame_count = count;
    if (!thread->decoded.stopped_because)
        thread->decoded.stopped_because = frame_doubt(decoder, thread);
    if (thread->omitted && count > thread->omitted_at) {
        thread->decoded.omitted = thread->omitted;
        thread->decoded.omitted_at = thread->omitted_at;
    }
}

enum hog_status frame_decode_at(struct decoder *decoder, uint64_t address, struct hog_frame *ret_frame)
{
    struct raw_frame raw;
    struct code_entry *entry;
    uint64_t previous;
    enum hog_status status = address % 8 ? HOG_BAD_DATA : frame_read(decoder, address, &raw, &previous);

    if (status == HOG_OK)
        status = code_at(decoder, raw.code, &entry);
    if (status == HOG_OK)
        frame_decode(decoder, &raw, entry, ret_frame);
    return status;
}

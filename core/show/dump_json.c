/*
 * py-dump and py-threads as JSON, schemas hognose.dump/1 and hognose.threads/1.
 *
 *     {"schema": "hognose.dump/1",
 *      "tool": {…}, …
 *      "threads": [
 *       {"thread_id": …, "frames": [
 *        {"name": …},                 one line a frame
 *        {"name": …}]}]}
 *
 * After a Ctrl-C while it is written the brackets stay open: what is cut off
 * must not pass for a whole document.
 * A frame becomes text once: what a deep recursion, or a pool of threads that
 * wait in the same place, repeats is copied.
 */
#include "base/text.h"
#include "show/locals_json.h"
#include "show/paint.h"
#include "show/tasks.h"
#include "show/wait_words.h"

#include <inttypes.h>
#include <string.h>

enum { MEMO_SLOTS = 1024, MEMO_BYTES = 4 * 1024 * 1024 };

struct memo_slot {
    const struct hog_frame *frame; /* NULL: empty */
    size_t start, length;          /* of its text */
};

/* The texts of frames seen lately. */
struct memo {
    struct hog_text text;
    struct memo_slot *slots;
};

static json_t *frame_object(struct hog_text *text, const struct hog_frame *frame)
{
    json_t *object = json_frame(text, frame);

    json_add_span(text, object, frame);
    json_set(text, object, "is_entry", json_boolean((frame->flags & HOG_FRAME_ENTRY) != 0));
    json_set(text, object, "incomplete", json_boolean((frame->flags & HOG_FRAME_INCOMPLETE) != 0));
    json_set(text, object, "kind", json_words("python"));
    json_set(text, object, "locals", frame->locals ? json_locals(text, frame->locals) : json_null());
    if (frame->locals)
        json_set(text, object, "locals_missing_because", json_words(frame->locals->because));
    json_set(text, object, "source", json_words(frame->source ? frame->source->text : NULL));
    if (frame->source) {
        json_set(text, object, "source_place", json_words(frame->source->place));
        json_set(text, object, "source_remark", json_words(frame->source->remark));
    }
    return object;
}

/* The library stands where the file is for Python: what is known of the source has keys of its own. */
static json_t *native_object(struct hog_text *text, const struct hog_frame *frame)
{
    const struct hog_code *code = frame->code;
    json_t *object = json_object();

    json_set(text, object, "name", json_words(code->name));
    json_set(text, object, "qualname", json_null());
    json_set(text, object, "filename", json_words(code->library));
    json_set(text, object, "short_filename", json_words(hog_path_last(code->library)));
    json_set(text, object, "module", json_null());
    json_set(text, object, "line", json_null());
    json_set(text, object, "end_line", json_null());
    json_set(text, object, "column", json_null());
    json_set(text, object, "end_column", json_null());
    json_set(text, object, "is_entry", json_false());
    json_set(text, object, "incomplete", json_false());
    json_set(text, object, "kind", json_words("native"));
    json_set(text, object, "locals", json_null());
    json_set(text, object, "source", json_null());
    json_set(text, object, "address", json_address(frame->address));
    json_set(text, object, "source_file", json_words(code->filename));
    json_set(text, object, "source_line", code->filename ? json_known(frame->line) : json_null());
    return object;
}

static bool same_frame(const struct hog_frame *one, const struct hog_frame *other)
{
    return one->code == other->code && one->module == other->module && one->line == other->line &&
           one->end_line == other->end_line && one->column == other->column &&
           one->end_column == other->end_column && one->flags == other->flags &&
           one->address == other->address && one->source == other->source;
}

static struct memo_slot *memo_slot_of(struct memo *memo, const struct hog_frame *frame)
{
    uint64_t hash = (uint64_t)(uintptr_t)frame->code ^ ((uint64_t)(uint32_t)frame->line << 32) ^
                    frame->flags ^ (frame->address << 8);

    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return &memo->slots[(hash >> 40) % MEMO_SLOTS];
}

static void put_frame(struct memo *memo, const struct hog_frame *frame, struct hog_text *text)
{
    struct memo_slot *slot = memo_slot_of(memo, frame);

    if (frame->locals) { /* no two of these are alike */
        json_put(text, frame_object(text, frame));
        return;
    }
    if (!slot->frame || !same_frame(slot->frame, frame)) {
        if (memo->text.length > MEMO_BYTES) {
            memset(memo->slots, 0, MEMO_SLOTS * sizeof *memo->slots);
            hog_text_clear(&memo->text);
        }
        *slot = (struct memo_slot){.frame = frame, .start = memo->text.length};
        json_put(&memo->text, frame->flags & HOG_FRAME_NATIVE ? native_object(&memo->text, frame)
                                                              : frame_object(&memo->text, frame));
        slot->length = memo->text.length - slot->start;
    }
    if (memo->text.failed)
        text->failed = true;
    else
        hog_text_append(text, memo->text.bytes + slot->start, slot->length);
}

static json_t *stopped_because(const struct hog_thread *thread, size_t shown)
{
    if (!thread->stopped_because && shown < thread->frame_count)
        return json_sprintf("--max-depth: %zu of %zu frames are shown", shown, thread->frame_count);
    return json_words(thread->stopped_because);
}

/* What it waits for, in a word, a sentence and as parts; null: for nothing that is known. */
static json_t *wait_object(struct hog_text *text, const struct report *report,
                           const struct hog_thread *thread)
{
    uint32_t number = (uint32_t)(thread - report->snapshot->threads);
    const struct hog_wait_node *node =
        report->waits && number < report->snapshot->thread_count ? wait_node(report->waits, number) : NULL;
    struct hog_text words = {0};
    json_t *object;

    if (!node)
        return json_null();
    object = json_object();
    wait_words(&words, report->snapshot, report->waits, number, 1, false);
    json_set(text, object, "kind", json_words(hog_wait_kind_key(node->kind)));
    json_set(text, object, "text", json_words(paint_text(&words)));
    json_set(text, object, "address", json_address(node->address));
    json_set(text, object, "name", json_words(node->name));
    json_set(text, object, "held_by", wait_holder_json(text, report->snapshot, node));
    json_set(text, object, "grade", json_words(hog_wait_grade_key(node->grade)));
    text->failed |= words.failed;
    hog_text_deinit(&words);
    return object;
}

static json_t *thread_object(struct hog_text *text, const struct report *report,
                             const struct hog_thread *thread, json_t *stopped)
{
    const char *state = thread->state == HOG_STATE_UNKNOWN ? NULL : hog_thread_state_key(thread->state);
    bool python = thread->tstate != 0 && thread->interpreter >= 0;
    json_t *object = json_object();

    json_set(text, object, "thread_id", json_address(thread->thread_id));
    json_set(text, object, "os_thread_id", json_known(thread->os_thread_id));
    json_set(text, object, "debugger_thread", json_known(thread->debugger_thread));
    json_set(text, object, "thread_name", json_words(thread->name));
    json_set(text, object, "interpreter", python ? json_integer(thread->interpreter) : json_null());
    json_set(text, object, "owns_gil", json_answer(thread->owns_gil));
    json_set(text, object, "active", json_answer(thread->active));
    json_set(text, object, "state", json_words(state));
    json_set(text, object, "system_call", json_words(thread->system_call));
    json_set(text, object, "waits_for", wait_object(text, report, thread));
    json_set(text, object, "stopped_because", stopped);
    return object;
}

/* The object without its closing bracket, then its frames, one a line. */
static void put_thread(struct memo *memo, const struct report *report, const struct hog_thread *thread,
                       size_t shown, json_t *stopped, struct hog_outlet *outlet)
{
    struct hog_text *text = &outlet->text;

    hog_text_puts(text, "\n  ");
    json_put(text, thread_object(text, report, thread, stopped));
    if (text->failed)
        return;
    text->bytes[--text->length] = '\0';
    hog_text_puts(text, ", \"frames\": [");
    for (size_t i = 0; i < shown && hog_outlet_more(outlet); i++) {
        hog_text_puts(text, i ? ",\n   " : "\n   ");
        put_frame(memo, &thread->frames[i], text);
    }
    if (!outlet->interrupted)
        hog_text_puts(text, "]}");
}

static void put_interpreters(struct hog_text *text, const struct hog_snapshot *snapshot)
{
    json_member_key(text, "interpreters");
    hog_text_puts(text, "[");
    for (size_t i = 0; i < snapshot->interpreter_count; i++) {
        const struct hog_interpreter *interpreter = &snapshot->interpreters[i];
        int64_t holder = interpreter->gil_holder_known ? interpreter->gil_holder : 0;
        json_t *object = json_object();

        json_set(text, object, "id", json_integer(interpreter->id));
        json_set(text, object, "gil_holder", json_known(holder));
        json_set(text, object, "gc_collecting", json_answer(interpreter->gc_collecting));
        json_set(text, object, "has_own_gil", json_boolean(interpreter->has_own_gil));
        hog_text_puts(text, i ? ",\n  " : "\n  ");
        json_put(text, object);
    }
    hog_text_puts(text, "]");
}

static bool any_cut(const struct report *report, uint32_t max_depth)
{
    for (size_t i = 0; max_depth && i < report->thread_count; i++)
        if (report->threads[i]->frame_count > max_depth)
            return true;
    return false;
}

/* Everything before the threads. */
static void put_before(const struct report *report, const char *schema, bool complete, struct hog_text *text)
{
    json_head(text, schema, report);
    json_member(text, "python", json_python(text, report->snapshot));
    json_member(text, "complete", json_boolean(complete));
    json_strings(text, "warnings", report->warnings, report->warning_count);
    put_interpreters(text, report->snapshot);
    json_member_key(text, "threads");
    hog_text_puts(text, "[");
}

static void put_threads(const struct report *report, uint32_t max_depth, bool quiet_cut,
                        struct hog_outlet *outlet)
{
    struct memo memo = {.slots = calloc(MEMO_SLOTS, sizeof *memo.slots)};

    outlet->text.failed |= !memo.slots;
    for (size_t i = 0; memo.slots && i < report->thread_count && hog_outlet_more(outlet); i++) {
        const struct hog_thread *thread = report->threads[i];
        size_t shown = max_depth && max_depth < thread->frame_count ? max_depth : thread->frame_count;
        json_t *stopped = stopped_because(thread, quiet_cut ? thread->frame_count : shown);

        hog_text_puts(&outlet->text, i ? "," : "");
        put_thread(&memo, report, thread, shown, stopped, outlet);
    }
    hog_text_puts(&outlet->text, outlet->interrupted ? "" : "]");
    if (report->tasks && !outlet->interrupted) {
        const struct tasks_view view = {.theme = {.max_depth = max_depth}};

        render_loops_json(report, report->tasks, &view, outlet);
    }
    hog_text_puts(&outlet->text, outlet->interrupted ? "" : "}\n");
    free(memo.slots);
    hog_text_deinit(&memo.text);
}

void render_dump_json(const struct report *report, uint32_t max_depth, struct hog_outlet *outlet)
{
    bool complete = report->snapshot->complete && !report->interrupted && !report->native_missing &&
                    !any_cut(report, max_depth);

    put_before(report, "hognose.dump/1", complete, &outlet->text);
    put_threads(report, max_depth, false, outlet);
}

void render_threads_json(const struct report *report, struct hog_outlet *outlet)
{
    put_before(report, "hognose.threads/1", report->snapshot->complete && !report->interrupted,
               &outlet->text);
    put_threads(report, 1, true, outlet);
}

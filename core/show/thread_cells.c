/* Threads and frames in words; see thread_cells.h. */
#include "show/thread_cells.h"
#include "base/text.h"

#include "show/wait_words.h"

#include <inttypes.h>
#include <string.h>

void cell_identity(struct hog_text *cell, const struct hog_thread *thread)
{
    hog_text_clear(cell);
    if (thread->os_thread_id > 0) {
        hog_text_puts(cell, "LWP ");
        hog_text_put_number(cell, (uint64_t)thread->os_thread_id);
        return;
    }
    hog_text_puts(cell, thread->thread_id ? "id " : "state at ");
    hog_text_put_address(cell, thread->thread_id ? thread->thread_id : thread->tstate);
}

void cell_name(struct hog_text *cell, const struct hog_thread *thread, const struct theme *theme)
{
    uint32_t most =
        theme->max_string && theme->max_string < PAINT_COLUMN_MAX ? theme->max_string : PAINT_COLUMN_MAX;

    hog_text_clear(cell);
    if (!thread->name)
        return;
    hog_text_puts(cell, "\"");
    paint_name(cell, thread->name, most);
    hog_text_puts(cell, "\"");
}

void cell_state(struct hog_text *cell, const struct hog_thread *thread)
{
    bool calling =
        thread->system_call && thread->state != HOG_STATE_RUNNING && thread->state != HOG_STATE_CRASHED;

    hog_text_clear(cell);
    if (!thread->tstate)
        hog_text_puts(cell, "native");
    else if (thread->state != HOG_STATE_UNKNOWN)
        hog_text_puts(cell, hog_thread_state_words(thread->state));
    else if (!calling)
        hog_text_puts(cell, "state unknown");
    if (!thread->tstate && thread->state == HOG_STATE_RUNNING)
        hog_text_puts(cell, ", running");
    if (!thread->tstate && thread->state == HOG_STATE_CRASHED)
        hog_text_puts(cell, ", crashed");
    if (calling && (!thread->tstate || thread->state == HOG_STATE_IDLE ||
                    thread->state == HOG_STATE_UNKNOWN || thread->state == HOG_STATE_FINISHING))
        hog_text_printf(cell, "%sin %s", cell->length ? ", " : "", thread->system_call);
}

bool cell_wait(struct hog_text *cell, const struct hog_thread *thread, const struct report *report)
{
    struct hog_text words = {0};
    uint32_t number = (uint32_t)(thread - report->snapshot->threads);
    const struct hog_wait_node *node =
        report->waits && number < report->snapshot->thread_count ? wait_node(report->waits, number) : NULL;

    hog_text_clear(cell);
    /* Whose turn it is with the GIL stands beside its holder. */
    if (!thread->tstate || !node || node->kind == HOG_WAIT_GIL || thread->state == HOG_STATE_FINISHING ||
        thread->state == HOG_STATE_CRASHED)
        return false;
    wait_words(&words, report->snapshot, report->waits, number, 1, false);
    paint_name(cell, paint_text(&words), 0);
    cell->failed |= words.failed;
    hog_text_deinit(&words);
    return true;
}

static const struct hog_interpreter *interpreter_of(const struct report *report,
                                                    const struct hog_thread *thread)
{
    for (size_t i = 0; i < report->snapshot->interpreter_count; i++)
        if (report->snapshot->interpreters[i].id == thread->interpreter)
            return &report->snapshot->interpreters[i];
    return NULL;
}

void cell_add_gil(struct hog_text *cell, const struct hog_thread *thread)
{
    if (thread->tstate && thread->owns_gil == HOG_YES)
        hog_text_puts(cell, ", holds the GIL");
}

void cell_add_interpreter(struct hog_text *cell, const struct hog_thread *thread, const struct report *report)
{
    const struct hog_interpreter *interpreter = interpreter_of(report, thread);

    if (thread->tstate && thread->interpreter >= 0 && report->snapshot->interpreter_count > 1)
        hog_text_printf(cell, ", interpreter %" PRId64 "%s", thread->interpreter,
                        interpreter && interpreter->has_own_gil ? " (own GIL)" : "");
}

static const char *or_unknown(const char *text)
{
    return text && *text ? text : "?";
}

void cell_function(struct hog_text *cell, const struct hog_frame *frame, const struct theme *theme)
{
    const struct hog_code *code = frame->code;

    hog_text_clear(cell);
    if (frame->flags & HOG_FRAME_NATIVE)
        hog_text_puts(cell, "C ");
    paint_name(cell, code ? or_unknown(code->qualname ? code->qualname : code->name) : "?",
               theme->max_string);
}

/* The line where the debugger knows it, else the library. */
static void place_of_native(struct hog_text *cell, const struct hog_frame *frame, const struct theme *theme)
{
    const struct hog_code *code = frame->code;
    const char *file = !code ? NULL : code->filename ? code->filename : code->library;

    if (file && !theme->full_paths)
        file = hog_path_last(file);
    paint_name(cell, or_unknown(file), theme->full_paths ? 0 : theme->max_string);
    if (code && code->filename)
        hog_text_printf(cell, ":%" PRId32, frame->line);
}

const char *file_in_package(const char *filename, const char *last, const char *module)
{
    const char *tail = last;
    const char *end = module ? module + strlen(module) : NULL;
    const char *found = last;
    const char *dot = strrchr(last, '.');
    size_t length = dot ? (size_t)(dot - last) : 0;

    if (tail < filename || tail > filename + strlen(filename))
        return tail;
    if (end && length == strlen("__init__") && strncmp(tail, "__init__", length) == 0)
        length = 0; /* the module is the folder */
    while (end && end > module) {
        const char *part = end;

        if (!length) { /* one folder more */
            if (tail - filename < 2 || tail[-1] != '/')
                break;
            tail--;
            while (tail > filename && tail[-1] != '/')
                tail--;
            length = strcspn(tail, "/");
        }
        while (part > module && part[-1] != '.')
            part--;
        if ((size_t)(end - part) != length || strncmp(part, tail, length) != 0)
            return last;
        found = tail;
        end = part > module ? part - 1 : module;
        length = 0;
    }
    return end == module ? found : last;
}

void cell_place(struct hog_text *cell, const struct hog_frame *frame, const struct theme *theme)
{
    const struct hog_code *code = frame->code;
    const char *file = NULL;

    hog_text_clear(cell);
    if (frame->flags & HOG_FRAME_NATIVE) {
        place_of_native(cell, frame, theme);
        return;
    }
    if (code)
        file = theme->full_paths || !code->short_filename
                   ? code->filename
                   : file_in_package(code->filename, code->short_filename, frame->module);
    paint_name(cell, or_unknown(file), theme->full_paths ? 0 : theme->max_string);
    if (frame->line > 0) {
        hog_text_puts(cell, ":");
        hog_text_put_number(cell, (uint64_t)frame->line);
    } else {
        hog_text_puts(cell, ":?");
    }
}

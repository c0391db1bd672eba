/*
 * py-dump as text:
 *
 *     Process 48291  python3.12 worker.py --queue mail      CPython 3.12.1, live
 *     Thread 1  LWP 48291  "MainThread"   waiting for the GIL
 *       #0  wait            threading.py:355
 *       #1  join            threading.py:1149
 *     Warning: …
 */
#define _GNU_SOURCE
#include "show/elide.h"
#include "show/frame_line.h"
#include "show/listing.h"
#include "show/paint.h"
#include "show/tasks.h"
#include "show/thread_cells.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STATE_INDENT = 4, SAME_FRAMES_MAX = 64 };

struct page {
    const struct report *report;
    const struct theme *theme;
    struct hog_outlet *outlet;
    struct hog_text cell;                              /* reused for every cell */
    unsigned number_width, identity_width, name_width; /* of the threads' lines */
    const struct hog_thread *before;                   /* whose frames are `lines`; NULL: nobody's */
    struct hog_text lines;
    bool is_here; /* all lines of this thread's frames are in the outlet, not handed on */
};

/*
 * Threads.
 */

static void number_of_thread(struct hog_text *cell, const struct hog_thread *thread)
{
    hog_text_clear(cell);
    hog_text_puts(cell, "Thread ");
    if (thread->debugger_thread > 0)
        hog_text_put_number(cell, (uint64_t)thread->debugger_thread);
    else
        hog_text_puts(cell, "-");
}

static void widen(unsigned *width, const struct hog_text *cell)
{
    unsigned taken = paint_width(cell);

    if (taken > *width)
        *width = taken;
}

static void measure_threads(struct page *page)
{
    for (size_t i = 0; i < page->report->thread_count; i++) {
        const struct hog_thread *thread = page->report->threads[i];

        number_of_thread(&page->cell, thread);
        widen(&page->number_width, &page->cell);
        cell_identity(&page->cell, thread);
        widen(&page->identity_width, &page->cell);
        cell_name(&page->cell, thread, page->theme);
        widen(&page->name_width, &page->cell);
    }
}

/* The state ends the line; where that is too narrow for it, it has lines of its own. */
static void put_state(struct page *page)
{
    struct hog_text *text = &page->outlet->text, sentence = {0};
    unsigned taken =
        page->number_width + 2 + page->identity_width + 2 + (page->name_width ? page->name_width + 3 : 0);
    bool fits = !page->theme->width || taken + paint_width(&page->cell) < page->theme->width;

    if (!fits)
        paint_sentence(&sentence, page->theme, paint_text(&page->cell), STATE_INDENT, STATE_INDENT);
    if (sentence.length)
        sentence.bytes[--sentence.length] = '\0'; /* the line end comes after the colour */
    while (!fits && text->length && text->bytes[text->length - 1] == ' ')
        text->bytes[--text->length] = '\0';
    if (!fits) {
        hog_text_puts(text, "\n");
        hog_text_pad(text, STATE_INDENT);
    }
    paint_put(text, page->theme, STYLE_STATE, paint_text(fits ? &page->cell : &sentence));
    hog_text_puts(text, "\n");
    text->failed |= sentence.failed;
    hog_text_deinit(&sentence);
}

static void put_thread(struct page *page, const struct hog_thread *thread)
{
    struct hog_text *text = &page->outlet->text;

    number_of_thread(&page->cell, thread);
    paint_column(text, page->theme, STYLE_HEADING, paint_text(&page->cell), page->number_width, 2);
    cell_identity(&page->cell, thread);
    paint_column(text, page->theme, STYLE_HEADING, paint_text(&page->cell), page->identity_width, 2);
    if (page->name_width) {
        cell_name(&page->cell, thread, page->theme);
        paint_column(text, page->theme, STYLE_HEADING, paint_text(&page->cell), page->name_width, 3);
    }
    if (!cell_wait(&page->cell, thread, page->report))
        cell_state(&page->cell, thread);
    cell_add_gil(&page->cell, thread);
    cell_add_interpreter(&page->cell, thread, page->report);
    put_state(page);
}

/*
 * Frames.
 */

static void put_note(struct page *page, const char *words)
{
    hog_text_puts(&page->outlet->text, "  ");
    paint_put(&page->outlet->text, page->theme, STYLE_NOTE, words);
    hog_text_puts(&page->outlet->text, "\n");
}

static struct elide_walk walk_over(const struct page *page, const struct hog_thread *thread)
{
    uint32_t most = page->theme->max_depth;

    return (struct elide_walk){
        .frames = thread->frames,
        .count = most && most < thread->frame_count ? most : thread->frame_count,
        .every_frame = page->theme->every_frame,
    };
}

/* Widths of the columns "#12" and "wait". */
static void measure_frames(struct page *page, const struct hog_thread *thread, unsigned *ret_number,
                           unsigned *ret_function)
{
    struct elide_walk walk = walk_over(page, thread);
    const struct hog_code *before = NULL;
    struct elide_line line;
    size_t last = 0;

    *ret_function = 0;
    while (elide_next(&walk, &line)) {
        if (line.elided.period)
            continue;
        last = line.frame;
        if (thread->frames[last].code == before)
            continue;
        before = thread->frames[last].code;
        cell_function(&page->cell, &thread->frames[last], page->theme);
        widen(ret_function, &page->cell);
    }
    if (*ret_function > PAINT_COLUMN_MAX)
        *ret_function = PAINT_COLUMN_MAX;
    *ret_number = (unsigned)snprintf(NULL, 0, "#%zu", last + thread->omitted);
}

static void put_frame(struct page *page, const struct hog_frame *frame, size_t index, unsigned number_width,
                      unsigned function_width, bool selected)
{
    struct hog_text *text = &page->outlet->text;

    hog_text_clear(&page->cell);
    hog_text_puts(&page->cell, "#");
    hog_text_put_number(&page->cell, index);
    hog_text_puts(text, selected ? "* " : "  ");
    paint_column(text, page->theme, STYLE_PLAIN, paint_text(&page->cell), number_width, 2);
    cell_function(&page->cell, frame, page->theme);
    paint_column(text, page->theme, frame->flags & HOG_FRAME_NATIVE ? STYLE_NOTE : STYLE_PLAIN,
                 paint_text(&page->cell), function_width, 2);
    cell_place(&page->cell, frame, page->theme);
    paint_put(text, page->theme, STYLE_PLACE, paint_text(&page->cell));
    if (frame->flags & HOG_FRAME_INCOMPLETE)
        hog_text_puts(text, "  (starting)");
    hog_text_puts(text, "\n");
}

static void put_elided(struct page *page, const struct hog_thread *thread, const struct elide_line *line)
{
    const struct elide_run *run = &line->elided;
    size_t from = hog_frame_number(thread, line->frame);
    size_t to = hog_frame_number(thread, line->frame + run->period * run->repeats - 1);
    char times[PAINT_NUMBER], first[PAINT_NUMBER], last[PAINT_NUMBER];

    paint_number((to - from + 1) / run->period, times);
    paint_number(from, first);
    paint_number(to, last);
    hog_text_clear(&page->cell);
    if (run->period == 1)
        hog_text_printf(&page->cell, "… the frame above repeats %s times more", times);
    else
        hog_text_printf(&page->cell, "… the %zu frames above repeat %s times more", run->period, times);
    hog_text_printf(&page->cell, " (#%s–#%s); --full shows them", first, last);
    put_note(page, paint_text(&page->cell));
}

static bool more_lines(struct page *page)
{
    size_t length = page->outlet->text.length;
    bool more = hog_outlet_more(page->outlet);

    page->is_here &= more && page->outlet->text.length == length;
    return more;
}

static void put_each_frame(struct page *page, const struct hog_thread *thread)
{
    struct elide_walk walk = walk_over(page, thread);
    unsigned number_width, function_width;
    struct elide_line line;

    measure_frames(page, thread, &number_width, &function_width);
    while (more_lines(page) && elide_next(&walk, &line)) {
        if (line.elided.period)
            put_elided(page, thread, &line);
        else
            put_frame(page, &thread->frames[line.frame], hog_frame_number(thread, line.frame), number_width,
                      function_width,
                      thread == page->report->selected_thread && line.frame == page->report->selected_frame);
        if (!line.elided.period && thread->frames[line.frame].source)
            render_source_line(thread->frames[line.frame].source, 8, page->theme, &page->outlet->text);
        if (!line.elided.period && thread->frames[line.frame].locals)
            render_locals(thread->frames[line.frame].locals, 8, page->theme, &page->outlet->text);
    }
}

static bool is_same_line(const struct hog_frame *one, const struct hog_frame *other)
{
    return one->code == other->code && one->line == other->line && one->flags == other->flags &&
           one->module == other->module && !one->source && !other->source && !one->locals && !other->locals;
}

/* Are the lines of this thread's frames those of the thread before? A pool of threads waits in one place. */
static bool is_same_stack(const struct page *page, const struct hog_thread *thread)
{
    const struct hog_thread *before = page->before;
    size_t at = 0;

    if (!before || before->frame_count != thread->frame_count || thread->frame_count > SAME_FRAMES_MAX ||
        before->omitted || thread->omitted || thread == page->report->selected_thread ||
        before == page->report->selected_thread)
        return false;
    while (at < thread->frame_count && is_same_line(&before->frames[at], &thread->frames[at]))
        at++;
    return at == thread->frame_count;
}

static void put_frames(struct page *page, const struct hog_thread *thread)
{
    struct hog_text *text = &page->outlet->text;
    size_t start = text->length;

    if (is_same_stack(page, thread)) {
        hog_text_append(text, paint_text(&page->lines), page->lines.length);
        return;
    }
    page->is_here = thread->frame_count <= SAME_FRAMES_MAX;
    put_each_frame(page, thread);
    page->before = page->is_here ? thread : NULL;
    hog_text_clear(&page->lines);
    if (page->before)
        hog_text_append(&page->lines, paint_text(text) + start, text->length - start);
}

/* What the frames do not tell: that there are none, more, or that they could not be read. */
static void put_end_of_stack(struct page *page, const struct hog_thread *thread)
{
    uint32_t most = page->theme->max_depth;
    char number[PAINT_NUMBER];

    hog_text_clear(&page->cell);
    if (most && thread->frame_count > most)
        hog_text_printf(&page->cell, "… %s more (--max-depth unlimited shows them)",
                        paint_number(thread->frame_count - most, number));
    else if (!thread->frame_count && !thread->stopped_because && thread->tstate)
        hog_text_puts(&page->cell, "(no Python frames)");
    if (page->cell.length)
        put_note(page, paint_text(&page->cell));
    if (!thread->stopped_because)
        return;
    hog_text_clear(&page->cell);
    hog_text_puts(&page->cell, thread->omitted       ? "("
                               : thread->frame_count ? "(the rest is missing: "
                                                     : "(no frames: ");
    paint_name(&page->cell, thread->stopped_because, 0);
    hog_text_puts(&page->cell, ")");
    put_note(page, paint_text(&page->cell));
}

void render_dump_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet)
{
    struct page page = {.report = report, .theme = theme, .outlet = outlet};

    render_process_line(report, theme, outlet);
    measure_threads(&page);
    for (size_t i = 0; i < report->thread_count && hog_outlet_more(outlet); i++) {
        put_thread(&page, report->threads[i]);
        put_frames(&page, report->threads[i]);
        put_end_of_stack(&page, report->threads[i]);
    }
    if (report->tasks && hog_outlet_more(outlet)) {
        const struct tasks_view tasks = {.theme = *theme, .full = theme->every_frame};

        render_tasks_body(report, report->tasks, &tasks, outlet);
    }
    render_closing_text(report, theme, outlet);
    hog_text_deinit(&page.cell);
    hog_text_deinit(&page.lines);
}

void render_thread_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet)
{
    struct page page = {.report = report, .theme = theme, .outlet = outlet};

    measure_threads(&page);
    put_thread(&page, report->threads[0]);
    put_frames(&page, report->threads[0]);
    put_end_of_stack(&page, report->threads[0]);
    render_closing_text(report, theme, outlet);
    hog_text_deinit(&page.cell);
    hog_text_deinit(&page.lines);
}

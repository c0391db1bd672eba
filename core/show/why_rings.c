/*
 * py-why: tasks that wait for one another, as text and as JSON.
 *
 *     task fetch  waits for task parse  in the loop of Thread 1  LWP 48291  "MainThread"
 *         at fetch  app.py:12
 *            main  app.py:30
 */
#include "show/json.h"
#include "show/paint.h"
#include "show/thread_cells.h"
#include "show/why.h"
#include "tasks/tasks.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { RINGS_SHOWN = 8, TASKS_SHOWN = 16, FRAMES_SHOWN = 12, INDENT = 4 };

struct page {
    const struct report *report;
    struct hog_waits *waits;
    const struct why_view *view;
    struct hog_outlet *outlet;
    struct hog_text cell;
};

static void put_heading(struct page *page, const char *called, const struct hog_thread *thread)
{
    struct hog_text *text = &page->outlet->text, printable = {0};

    paint_name(&printable, called ? called : "?", page->view->theme.max_string);
    if (printable.length) /* "task", "greenlet" */
        *printable.bytes = (char)toupper((unsigned char)*printable.bytes);
    paint_put(text, &page->view->theme, STYLE_HEADING, paint_text(&printable));
    hog_text_deinit(&printable);
    hog_text_puts(text, "  of ");
    if (thread->debugger_thread)
        hog_text_printf(text, "Thread %" PRId64 "  ", thread->debugger_thread);
    cell_identity(&page->cell, thread);
    hog_text_puts(text, paint_text(&page->cell));
    cell_name(&page->cell, thread, &page->view->theme);
    if (page->cell.length)
        hog_text_printf(text, "  %s", paint_text(&page->cell));
    hog_text_puts(text, "\n");
}

static void put_frames(struct page *page, const struct hog_task *task)
{
    struct hog_text *text = &page->outlet->text;

    for (size_t i = 0; i < task->frame_count && i < FRAMES_SHOWN; i++) {
        hog_text_puts(text, i ? "       " : "    at ");
        cell_function(&page->cell, &task->frames[i], &page->view->theme);
        hog_text_puts(text, paint_text(&page->cell));
        hog_text_puts(text, "  ");
        cell_place(&page->cell, &task->frames[i], &page->view->theme);
        paint_put(text, &page->view->theme, STYLE_PLACE, paint_text(&page->cell));
        hog_text_puts(text, "\n");
    }
    if (task->frame_count > FRAMES_SHOWN)
        hog_text_printf(text, "       … %zu more\n", task->frame_count - FRAMES_SHOWN);
}

static void put_task(struct page *page, const struct hog_task_ring *ring, uint32_t at,
                     const struct hog_thread *thread)
{
    const struct hog_tasks *tasks = page->report->tasks;
    const struct hog_task *task = &tasks->tasks[ring->tasks[at]];
    const char *called =
        hog_task_called(tasks, ring, ring->tasks[(at + 1) % ring->count], &page->waits->arena);

    put_heading(page, hog_task_called(tasks, ring, ring->tasks[at], &page->waits->arena), thread);
    hog_text_clear(&page->cell);
    if (task->wait.kind && strcmp(task->wait.kind, "task") == 0)
        hog_text_printf(&page->cell, "waits for %s", called ? called : "?");
    else
        hog_text_printf(&page->cell, "waits for %s", task->wait.text ? task->wait.text : "?");
    if (task->wait.kind && strcmp(task->wait.kind, "lock") == 0)
        hog_text_printf(&page->cell, " (" HOG_ADDRESS ")", task->wait.address);
    else if (task->wait.kind && strcmp(task->wait.kind, "task") != 0)
        hog_text_printf(&page->cell, ", and so for %s", called ? called : "?");
    paint_statement(&page->outlet->text, &page->view->theme, paint_text(&page->cell), INDENT);
    if (page->view->verbose && task->proof) {
        hog_text_clear(&page->cell);
        hog_text_printf(&page->cell, "proof: %s", task->proof);
        paint_statement(&page->outlet->text, &page->view->theme, paint_text(&page->cell), INDENT);
    }
    put_frames(page, task);
}

static const struct hog_thread *thread_of(const struct report *report, const struct hog_task_ring *ring)
{
    const struct hog_tasks *tasks = report->tasks;

    return &report->snapshot->threads[tasks->loops[tasks->tasks[ring->tasks[0]].loop].thread];
}

void render_rings_text(const struct report *report, struct hog_waits *waits, const struct why_view *view,
                       struct hog_outlet *outlet)
{
    struct page page = {.report = report, .waits = waits, .view = view, .outlet = outlet};
    uint32_t count = report->tasks ? report->tasks->ring_count : 0;

    for (uint32_t i = 0; i < count && (i < RINGS_SHOWN || view->all); i++) {
        const struct hog_task_ring *ring = &report->tasks->rings[i];
        const struct hog_thread *thread = thread_of(report, ring);
        uint32_t shown = view->all || ring->count < TASKS_SHOWN ? ring->count : TASKS_SHOWN;

        for (uint32_t k = 0; k < shown && hog_outlet_more(outlet); k++)
            put_task(&page, ring, k, thread);
        if (shown < ring->count)
            hog_text_printf(&outlet->text, "… %" PRIu32 " more tasks of this ring (--all shows them)\n",
                            ring->count - shown);
    }
    if (count > RINGS_SHOWN && !view->all)
        hog_text_printf(&outlet->text, "… %" PRIu32 " more rings of tasks (--all shows them)\n",
                        count - RINGS_SHOWN);
    hog_text_deinit(&page.cell);
}

/*
 * JSON.
 */

static json_t *wait_object(struct hog_text *text, const struct hog_task *task)
{
    json_t *object = json_object();

    json_set(text, object, "kind", json_words(task->wait.kind));
    json_set(text, object, "address", json_address(task->wait.address));
    json_set(text, object, "text", json_words(task->wait.text));
    return object;
}

static json_t *task_object(struct hog_text *text, const struct hog_task *task)
{
    json_t *object = json_object(), *frames = json_array();

    for (size_t i = 0; i < task->frame_count; i++)
        if (json_array_append_new(frames, json_frame(text, &task->frames[i])) != 0)
            text->failed = true;
    json_set(text, object, "id", json_address(task->address));
    json_set(text, object, "name", json_words(task->name));
    json_set(text, object, "waits_for", wait_object(text, task));
    json_set(text, object, "evidence", json_words(task->proof));
    json_set(text, object, "frames", frames);
    return object;
}

static json_t *ring_object(struct hog_text *text, const struct report *report,
                           const struct hog_task_ring *ring)
{
    const struct hog_tasks *tasks = report->tasks;
    const struct hog_loop *loop = &tasks->loops[tasks->tasks[ring->tasks[0]].loop];
    const struct hog_thread *thread = thread_of(report, ring);
    json_t *object = json_object(), *list = json_array();

    for (uint32_t i = 0; i < ring->count; i++)
        if (json_array_append_new(list, task_object(text, &tasks->tasks[ring->tasks[i]])) != 0)
            text->failed = true;
    json_set(text, object, "kind", json_words(loop->kind));
    json_set(text, object, "likely", json_boolean(ring->doubt != NULL));
    json_set(text, object, "doubt", json_words(ring->doubt));
    json_set(text, object, "loop", json_address(loop->address));
    json_set(text, object, "thread_id", json_address(thread->thread_id));
    json_set(text, object, "os_thread_id", json_known(thread->os_thread_id));
    json_set(text, object, "behind", json_integer(ring->behind));
    json_set(text, object, "tasks", list);
    return object;
}

void render_rings_json(const struct report *report, struct hog_outlet *outlet)
{
    struct hog_text *text = &outlet->text;
    uint32_t count = report->tasks ? report->tasks->ring_count : 0;

    json_member_key(text, "task_cycles");
    hog_text_puts(text, "[");
    for (uint32_t i = 0; i < count && hog_outlet_more(outlet); i++) {
        hog_text_puts(text, i ? ",\n " : "\n ");
        json_put(text, ring_object(text, report, &report->tasks->rings[i]));
    }
    hog_text_puts(text, "]");
}

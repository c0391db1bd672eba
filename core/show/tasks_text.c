/*
 * py-tasks as text: loop after loop, in each a tree of who awaits whom.
 *
 *     Loop 1  _UnixSelectorEventLoop  Thread 1  LWP 48291  "MainThread"
 *       4 tasks: 1 running, 3 waiting
 *       Task-1  waits for asyncio.gather() of 2
 *         #0  main  service.py:30
 *         → fetch-1  waits for data of fd 7 to 10.0.0.7:5432
 *             #0  StreamReader._wait_for_data  streams.py:539
 */
#include "show/elide.h"
#include "show/frame_line.h"
#include "show/paint.h"
#include "show/tasks.h"
#include "show/tasks_tree.h"
#include "show/thread_cells.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_SHOWN = 4, INDENT = 2, DEEPEST = 16, AWAITERS_SHOWN = 4 };

struct page {
    const struct report *report;
    struct hog_tasks *tasks;
    const struct tasks_view *view;
    struct hog_outlet *outlet;
    struct hog_text cell;
    const struct task_lines *lines;
};

static unsigned indent_of(const struct task_line *line)
{
    uint32_t depth = line->depth < DEEPEST ? line->depth : DEEPEST;

    return depth ? (unsigned)depth * 2 * INDENT : INDENT;
}

/* What it is called by: its name, or where asyncio gives none (to 3.7), its address. */
static void put_name(struct page *page, struct hog_text *text, uint32_t number)
{
    const struct hog_task *task = &page->tasks->tasks[number];

    if (task->kind && strcmp(task->kind, "async_generator") == 0)
        hog_text_puts(text, "asynchronous generator");
    else if (task->kind)
        hog_text_puts(text, task->kind);
    if (task->type && !task->name)
        return;
    hog_text_puts(text, task->kind ? " " : "");
    if (task->name)
        paint_name(text, task->name, page->view->theme.max_string);
    else
        hog_text_printf(text, task->kind ? HOG_ADDRESS : "task " HOG_ADDRESS, task->address);
}

/* "waits for …", "running", "done, raised …" */
static void add_state(struct page *page, const struct hog_task *task, bool several)
{
    struct hog_text *cell = &page->cell;

    if (task->state == HOG_TASK_CANCELLING)
        hog_text_puts(cell, several ? "are being cancelled" : "is being cancelled");
    if (task->wait.kind) {
        hog_text_printf(cell, "%s%s ", task->state == HOG_TASK_CANCELLING ? ", " : "",
                        several ? "wait for" : "waits for");
        hog_text_puts(cell, task->wait.text ? task->wait.text : "?");
        if (task->wait.more && !several)
            hog_text_puts(cell, task->wait.more);
        if (task->wait.is_shared && task->wait.address)
            hog_text_printf(cell, " (" HOG_ADDRESS ")", task->wait.address);
    } else if (task->state != HOG_TASK_CANCELLING) {
        hog_text_puts(cell, task->is_cancelled                ? "done, cancelled"
                            : task->state == HOG_TASK_WAITING ? (several ? "wait" : "waits")
                            : task->state == HOG_TASK_CREATED ? "not begun"
                                                              : hog_task_state_key(task->state));
    }
    if (task->exception)
        hog_text_printf(cell, ", raised %s%s", task->exception,
                        task->is_never_retrieved ? ", which nobody has asked for" : "");
}

static void put_indent(struct page *page, unsigned indent)
{
    hog_text_pad(&page->outlet->text, indent);
}

static void put_note(struct page *page, unsigned indent, const char *words)
{
    struct hog_text printable = {0};

    put_indent(page, indent);
    paint_name(&printable, words, 0);
    paint_put(&page->outlet->text, &page->view->theme, STYLE_NOTE, paint_text(&printable));
    hog_text_puts(&page->outlet->text, "\n");
    hog_text_deinit(&printable);
}

/* "Task-3", or "10,000 tasks alike: Task-3, Task-4, …"; returns the cells it took. */
static unsigned put_who(struct page *page, const struct task_line *line)
{
    struct hog_text names = {0};
    char number[PAINT_NUMBER];
    unsigned taken;

    if (line->count > 1 && page->tasks->tasks[line->task].kind) {
        hog_text_printf(&names, "%s alike: ", paint_number(line->count, number));
        put_name(page, &names, line->task);
    } else if (line->count > 1) {
        hog_text_printf(&names, "%s tasks alike: ", paint_number(line->count, number));
        for (uint32_t i = 0; line && i < NAMES_SHOWN; i++) {
            hog_text_puts(&names, i ? ", " : "");
            put_name(page, &names, line->task);
            line = line->next == HOG_TASK_NONE ? NULL : &page->lines->items[line->next];
        }
        hog_text_puts(&names, line ? ", …" : "");
    } else {
        put_name(page, &names, line->task);
    }
    taken = paint_width(&names);
    paint_put(&page->outlet->text, &page->view->theme, STYLE_HEADING, paint_text(&names));
    hog_text_deinit(&names);
    return taken;
}

static void put_heading(struct page *page, const struct task_line *line)
{
    const struct hog_task *task = &page->tasks->tasks[line->task];
    struct hog_text *text = &page->outlet->text, printable = {0};
    unsigned indent = indent_of(line), taken = indent;

    put_indent(page, indent);
    if (line->depth) {
        hog_text_puts(text, "→ ");
        taken += 2;
    }
    taken += put_who(page, line);
    hog_text_clear(&page->cell);
    if (line->again)
        hog_text_puts(&page->cell, "(shown elsewhere)");
    else
        add_state(page, task, line->count > 1);
    hog_text_puts(text, "  ");
    paint_name(&printable, paint_text(&page->cell), 0);
    paint_sentence(text, &page->view->theme, paint_text(&printable), taken + 2, indent + 2 * INDENT);
    hog_text_deinit(&printable);
}

/* Of a list: the tree shows it otherwise. */
static void put_awaiters(struct page *page, const struct task_line *line)
{
    const struct hog_task *task = &page->tasks->tasks[line->task];
    uint32_t shown = task->awaited_by_count < AWAITERS_SHOWN ? task->awaited_by_count : AWAITERS_SHOWN;
    struct hog_text names = {0};

    if (!page->view->flat || !shown || line->count > 1)
        return;
    put_indent(page, indent_of(line) + INDENT);
    hog_text_puts(&page->outlet->text, "awaited by ");
    for (uint32_t i = 0; i < shown; i++) {
        hog_text_puts(&names, i ? ", " : "");
        put_name(page, &names, task->awaited_by[i]);
    }
    if (shown < task->awaited_by_count)
        hog_text_printf(&names, " and %" PRIu32 " more", task->awaited_by_count - shown);
    hog_text_puts(&page->outlet->text, paint_text(&names));
    hog_text_puts(&page->outlet->text, "\n");
    hog_text_deinit(&names);
}

static void put_frames(struct page *page, const struct task_line *line)
{
    const struct hog_task *task = &page->tasks->tasks[line->task];
    const struct theme *theme = &page->view->theme;
    unsigned indent = indent_of(line) + INDENT + (line->depth ? INDENT : 0);
    size_t most =
        theme->max_depth && theme->max_depth < task->frame_count ? theme->max_depth : task->frame_count;
    struct elide_walk walk = {.frames = task->frames, .count = most, .every_frame = theme->every_frame};
    struct elide_line shown;
    char words[96];

    while (hog_outlet_more(page->outlet) && elide_next(&walk, &shown)) {
        if (shown.elided.period) {
            snprintf(words, sizeof words, "… the %zu frames above repeat %zu times more; --full shows them",
                     shown.elided.period, shown.elided.repeats);
            put_note(page, indent, words);
            continue;
        }
        put_indent(page, indent);
        render_frame_line(&task->frames[shown.frame], shown.frame, theme, &page->outlet->text);
    }
    if (most < task->frame_count) {
        snprintf(words, sizeof words, "… %zu more (--max-depth unlimited shows them)",
                 task->frame_count - most);
        put_note(page, indent, words);
    }
    if (task->stopped_because) {
        hog_text_clear(&page->cell);
        hog_text_printf(&page->cell, "(the rest is missing: %s)", task->stopped_because);
        put_note(page, indent, paint_text(&page->cell));
    }
}

/*
 * Loops.
 */

static const char *short_type(const char *type)
{
    const char *dot = type ? strrchr(type, '.') : NULL;

    return dot && dot[1] ? dot + 1 : type ? type : "?";
}

static void put_loop_heading(struct page *page, uint32_t number)
{
    struct hog_text *text = &page->outlet->text, *cell = &page->cell, printable = {0};
    const struct theme *theme = &page->view->theme;
    const struct hog_loop *loop = number == HOG_TASK_NONE ? NULL : &page->tasks->loops[number];
    const struct hog_thread *thread =
        loop && loop->thread != HOG_TASK_NONE ? &page->report->snapshot->threads[loop->thread] : NULL;

    hog_text_clear(cell);
    if (!loop) {
        paint_put(text, theme, STYLE_HEADING, "Tasks of no loop that is known");
        hog_text_puts(text, "\n");
        return;
    }
    hog_text_printf(cell, "Loop %" PRIu32 "  %s", number + 1, short_type(loop->type));
    paint_name(&printable, paint_text(cell), 0);
    paint_put(text, theme, STYLE_HEADING, paint_text(&printable));
    hog_text_deinit(&printable);
    if (thread) {
        if (thread->debugger_thread)
            hog_text_printf(text, "  Thread %" PRId64, thread->debugger_thread);
        cell_identity(cell, thread);
        hog_text_printf(text, "  %s", paint_text(cell));
        cell_name(cell, thread, theme);
        if (cell->length)
            hog_text_printf(text, "  %s", paint_text(cell));
    } else {
        hog_text_puts(text, loop->is_closed    ? "  closed"
                            : loop->is_running ? "  runs in a thread that is not there"
                                               : "  not running");
    }
    hog_text_puts(text, "\n");
}

static bool is_of_greenlets(const struct page *page, uint32_t loop)
{
    const char *kind = loop == HOG_TASK_NONE ? "" : page->tasks->loops[loop].kind;

    return strcmp(kind, "gevent") == 0 || strcmp(kind, "greenlet") == 0;
}

static void put_counts(struct page *page, uint32_t loop)
{
    static const enum hog_task_state order[] = {HOG_TASK_RUNNING,    HOG_TASK_READY,   HOG_TASK_WAITING,
                                                HOG_TASK_CANCELLING, HOG_TASK_CREATED, HOG_TASK_DONE};
    uint32_t counts[HOG_TASK_STATES] = {0}, all = 0, hidden = 0;
    struct hog_text *text = &page->outlet->text;
    char number[PAINT_NUMBER];
    bool begun = false;

    for (uint32_t i = 0; i < page->tasks->task_count; i++) {
        if (page->tasks->tasks[i].loop != loop)
            continue;
        all++;
        counts[page->tasks->tasks[i].state]++;
        hidden += !task_is_shown(&page->tasks->tasks[i], page->view->full);
    }
    hog_text_printf(text, "  %s %s%s", paint_number(all, number),
                    is_of_greenlets(page, loop) ? "greenlet" : "task", all == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (!counts[order[i]])
            continue;
        hog_text_printf(text, "%s%s %s", begun ? ", " : ": ", paint_number(counts[order[i]], number),
                        order[i] == HOG_TASK_CREATED ? "not begun" : hog_task_state_key(order[i]));
        begun = true;
    }
    if (hidden)
        hog_text_puts(text, hidden == counts[HOG_TASK_DONE] ? " (not shown: --full shows them)"
                                                            : " (some not shown: --full shows them)");
    hog_text_puts(text, "\n");
}

static void put_lines(struct page *page, const struct task_lines_options *options)
{
    struct task_lines lines;

    if (!task_lines_make(&lines, page->tasks, options)) {
        task_lines_deinit(&lines);
        page->outlet->text.failed = true;
        return;
    }
    page->lines = &lines;
    for (uint32_t i = 0; i < lines.count && hog_outlet_more(page->outlet);) {
        if (!lines.items[i].count) {
            i = lines.items[i].end;
            continue;
        }
        put_heading(page, &lines.items[i]);
        put_awaiters(page, &lines.items[i]);
        if (!lines.items[i].again)
            put_frames(page, &lines.items[i]);
        i++;
    }
    if (lines.cut)
        put_note(page, INDENT, "… there are more ways from task to task than are shown");
    page->lines = NULL;
    task_lines_deinit(&lines);
}

static void put_loop(struct page *page, uint32_t number)
{
    const struct task_lines_options options = {
        .loop = number, .flat = page->view->flat, .full = page->view->full};

    put_loop_heading(page, number);
    put_counts(page, number);
    put_lines(page, &options);
}

/* What nothing runs, as if it were tasks. */
static void put_suspended(const struct page *page)
{
    const struct hog_tasks *tasks = page->tasks;
    struct hog_tasks alone = {.tasks = tasks->suspended, .task_count = tasks->suspended_count};
    const struct task_lines_options options = {.loop = HOG_TASK_NONE, .flat = true, .full = page->view->full};
    struct page own = *page;
    struct hog_text *text = &page->outlet->text;
    char number[PAINT_NUMBER];

    if (tasks->suspended_unknown)
        hog_text_printf(text, "Generators and coroutines that nothing runs are not shown: %s.\n",
                        tasks->suspended_unknown);
    if (!tasks->suspended)
        return;
    paint_put(text, &page->view->theme, STYLE_HEADING, "Generators and coroutines that nothing runs");
    hog_text_printf(text, ": %s\n", paint_number(tasks->suspended_count, number));
    own.tasks = &alone;
    own.cell = (struct hog_text){0};
    put_lines(&own, &options);
    hog_text_deinit(&own.cell);
}

void render_tasks_body(const struct report *report, struct hog_tasks *tasks, const struct tasks_view *view,
                       struct hog_outlet *outlet)
{
    struct page page = {.report = report, .tasks = tasks, .view = view, .outlet = outlet};
    bool strays = false;

    for (uint32_t i = 0; i < tasks->loop_count && hog_outlet_more(outlet); i++)
        if (!view->loop || view->loop == i + 1)
            put_loop(&page, i);
    for (uint32_t i = 0; i < tasks->task_count; i++)
        strays = strays || tasks->tasks[i].loop == HOG_TASK_NONE;
    if (strays && !view->loop && hog_outlet_more(outlet))
        put_loop(&page, HOG_TASK_NONE);
    if (!tasks->loop_count && !strays)
        hog_text_puts(&outlet->text,
                      "No thread runs an event loop of asyncio, trio or curio, and there are no tasks.\n");
    if (hog_outlet_more(outlet))
        put_suspended(&page);
    hog_text_deinit(&page.cell);
}

void render_tasks_text(const struct report *report, struct hog_tasks *tasks, const struct tasks_view *view,
                       struct hog_outlet *outlet)
{
    render_process_line(report, &view->theme, outlet);
    render_tasks_body(report, tasks, view, outlet);
    render_closing_text(report, &view->theme, outlet);
}

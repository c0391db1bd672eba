/*
 * py-why as text: the verdict, then thread by thread.
 *
 *     Process 48291  python3.12 worker.py      CPython 3.12.1, live
 *
 *     Deadlock: sender-1 → lock mailbox_lock (held by archiver) → lock …
 *
 *     Thread 2  LWP 48304  "sender-1"  in the cycle
 *       waits for lock mailbox_lock, held by archiver
 *       at deliver  worker.py:41, called by main  worker.py:80
 *     3 threads: "worker-1", "worker-2", "worker-3"
 *       wait for work: queue tasks, it is empty
 */
#include "show/paint.h"
#include "show/thread_cells.h"
#include "show/wait_words.h"
#include "show/why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_SHOWN = 4, CALLERS_SHOWN = 3, CALLERS_IN_CYCLE = 12, INDENT = 4, NODE_CHARACTERS = 120 };

struct page {
    const struct report *report;
    struct hog_waits *waits;
    const struct why_view *view;
    struct hog_outlet *outlet;
    struct hog_text cell;
};

static const struct hog_wait_thread *waiter_of(const struct page *page, uint32_t number)
{
    return &page->waits->graph.threads[number];
}

static const struct hog_wait_node *node_of(const struct page *page, uint32_t number)
{
    uint32_t node = waiter_of(page, number)->node;

    return node == HOG_WAIT_NONE ? NULL : &page->waits->graph.nodes[node];
}

/* What the cell holds came from the debuggee. */
static void put_cell(struct page *page)
{
    paint_statement(&page->outlet->text, &page->view->theme, paint_text(&page->cell), INDENT);
}

/*
 * What is alike.
 */

static bool same_place(const struct page *page, uint32_t one, uint32_t other)
{
    const struct hog_thread *a = &page->report->snapshot->threads[one];
    const struct hog_thread *b = &page->report->snapshot->threads[other];
    uint32_t at = waiter_of(page, one)->frame, other_at = waiter_of(page, other)->frame;

    if (at == HOG_WAIT_NONE || other_at == HOG_WAIT_NONE)
        return at == other_at && !a->tstate == !b->tstate;
    return a->frames[at].code == b->frames[other_at].code && a->frames[at].line == b->frames[other_at].line;
}

static bool are_alike(const struct page *page, uint32_t one, uint32_t other)
{
    const struct hog_wait_thread *a = waiter_of(page, one), *b = waiter_of(page, other);
    const struct hog_wait_node *node = node_of(page, one), *other_node = node_of(page, other);

    if (page->view->all || a->in_cycle || b->in_cycle || a->state != b->state ||
        a->has_limit != b->has_limit || (a->moved && strcmp(a->moved, b->moved) != 0) ||
        !same_place(page, one, other))
        return false;
    if (!node || !other_node)
        return node == other_node &&
               page->report->snapshot->threads[one].state == page->report->snapshot->threads[other].state;
    return a->node == b->node ||
           (!node->address && !other_node->address && node->kind == other_node->kind &&
            !node->name == !other_node->name && (!node->name || strcmp(node->name, other_node->name) == 0));
}

/*
 * One thread, or several that are alike.
 */

static void put_heading(struct page *page, const uint32_t *numbers, size_t count)
{
    const struct hog_thread *threads = page->report->snapshot->threads;
    struct hog_text *text = &page->outlet->text;
    char buffer[HOG_WAIT_CALLED];

    if (count > 1) {
        hog_text_clear(&page->cell);
        hog_text_printf(&page->cell, "%zu threads alike", count);
        paint_put(text, &page->view->theme, STYLE_HEADING, paint_text(&page->cell));
        for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
            hog_text_puts(text, i ? ", " : ": ");
            paint_name(text, hog_wait_thread_called(&threads[numbers[i]], buffer),
                       page->view->theme.max_string);
        }
        hog_text_puts(text, count > NAMES_SHOWN ? ", …\n" : "\n");
        return;
    }
    hog_text_clear(&page->cell);
    if (threads[numbers[0]].debugger_thread)
        hog_text_printf(&page->cell, "Thread %" PRId64 "  ", threads[numbers[0]].debugger_thread);
    else
        hog_text_puts(&page->cell, "Thread -  ");
    paint_put(text, &page->view->theme, STYLE_HEADING, paint_text(&page->cell));
    cell_identity(&page->cell, &threads[numbers[0]]);
    paint_put(text, &page->view->theme, STYLE_HEADING, paint_text(&page->cell));
    cell_name(&page->cell, &threads[numbers[0]], &page->view->theme);
    if (page->cell.length) {
        hog_text_puts(text, "  ");
        paint_put(text, &page->view->theme, STYLE_HEADING, paint_text(&page->cell));
    }
    hog_text_puts(text, "\n");
}

/* Do they wait for things of which there is different to say? */
static bool are_apart(const struct page *page, const uint32_t *numbers, size_t count)
{
    const char *what = node_of(page, numbers[0]) ? node_of(page, numbers[0])->what : NULL;

    for (size_t i = 1; what && i < count; i++) {
        const struct hog_wait_node *node = node_of(page, numbers[i]);

        if (!node || !node->what || strcmp(node->what, what) != 0)
            return true;
    }
    return false;
}

static void put_wait(struct page *page, uint32_t number, size_t count, bool apart)
{
    const struct hog_wait_thread *waiter = waiter_of(page, number);
    const struct hog_wait_node *node = node_of(page, number);
    const struct hog_thread *thread = &page->report->snapshot->threads[number];

    hog_text_clear(&page->cell);
    if (!node) {
        cell_state(&page->cell, thread);
        cell_add_gil(&page->cell, thread);
        put_cell(page);
        return;
    }
    wait_words(&page->cell, page->report->snapshot, page->waits, number, count, apart);
    if (waiter->moved) {
        hog_text_puts(&page->cell, *waiter->moved ? "; has moved: " : "; stands where it stood");
        hog_text_puts(&page->cell, waiter->moved);
    }
    put_cell(page);
    if (page->view->verbose && node->evidence && !apart) {
        hog_text_clear(&page->cell);
        hog_text_printf(&page->cell, "proof: %s", node->evidence);
        put_cell(page);
    }
}

static void put_frame(struct page *page, const struct hog_frame *frame, const char *before)
{
    struct hog_text *text = &page->outlet->text;

    hog_text_puts(text, "    ");
    hog_text_puts(text, before);
    cell_function(&page->cell, frame, &page->view->theme);
    hog_text_puts(text, paint_text(&page->cell));
    hog_text_puts(text, "  ");
    cell_place(&page->cell, frame, &page->view->theme);
    paint_put(text, &page->view->theme, STYLE_PLACE, paint_text(&page->cell));
    hog_text_puts(text, "\n");
}

static void put_frames(struct page *page, uint32_t number)
{
    const struct hog_wait_thread *waiter = waiter_of(page, number);
    const struct hog_thread *thread = &page->report->snapshot->threads[number];
    uint32_t most = waiter->in_cycle ? CALLERS_IN_CYCLE : page->view->all ? CALLERS_SHOWN : 1;
    uint32_t end = waiter->frame == HOG_WAIT_NONE ? 0 : hog_wait_program_end(thread);

    for (uint32_t i = 0; waiter->frame != HOG_WAIT_NONE && i < most && (!i || waiter->frame + i < end); i++)
        put_frame(page, &thread->frames[waiter->frame + i], i ? "   " : "at ");
    if (thread->stopped_because) {
        hog_text_clear(&page->cell);
        hog_text_printf(&page->cell, "(the rest is missing: %s)", thread->stopped_because);
        put_cell(page);
    }
}

static bool is_shown(const struct page *page, uint32_t number)
{
    const struct hog_thread *thread = &page->report->snapshot->threads[number];

    if (page->view->all || thread->tstate || waiter_of(page, number)->node != HOG_WAIT_NONE)
        return true;
    for (uint32_t i = 0; i < page->waits->graph.node_count; i++)
        for (uint32_t k = 0; k < page->waits->graph.nodes[i].holder_count; k++)
            if (page->waits->graph.nodes[i].holders[k] == number)
                return true;
    return false;
}

/* Those in a cycle first, then those that are stuck behind, then the others. */
static unsigned rank_of(const struct page *page, uint32_t number)
{
    const struct hog_wait_thread *waiter = waiter_of(page, number);

    return waiter->in_cycle ? 0 : waiter->state != HOG_WAIT_FREE ? 1 : 2;
}

static void put_threads(struct page *page)
{
    size_t count = page->report->thread_count;
    uint32_t *numbers = hog_arena_array(&page->waits->arena, count, sizeof *numbers);
    uint32_t *alike = hog_arena_array(&page->waits->arena, count, sizeof *alike);
    bool *done = hog_arena_array(&page->waits->arena, count, sizeof *done);

    if (!numbers || !alike || !done) {
        page->outlet->text.failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        numbers[i] = (uint32_t)(page->report->threads[i] - page->report->snapshot->threads);
        done[i] = !is_shown(page, numbers[i]);
    }
    for (unsigned rank = 0; rank < 3; rank++) {
        for (size_t i = 0; i < count && hog_outlet_more(page->outlet); i++) {
            size_t found = 0;

            if (done[i] || rank_of(page, numbers[i]) != rank)
                continue;
            for (size_t k = i; k < count; k++) {
                if (done[k] || (k != i && !are_alike(page, numbers[i], numbers[k])))
                    continue;
                done[k] = true;
                alike[found++] = numbers[k];
            }
            put_heading(page, alike, found);
            put_wait(page, numbers[i], found, are_apart(page, alike, found));
            put_frames(page, numbers[i]);
        }
    }
}

void render_why_text(const struct report *report, struct hog_waits *waits, const struct why_view *view,
                     struct hog_outlet *outlet)
{
    struct page page = {.report = report, .waits = waits, .view = view, .outlet = outlet};

    render_process_line(report, &view->theme, outlet);
    hog_text_puts(&outlet->text, "\n");
    paint_statement(&outlet->text, &view->theme, waits->verdict_text, 0);
    hog_text_puts(&outlet->text, "\n");
    render_rings_text(report, waits, view, outlet);
    put_threads(&page);
    if (report->tree)
        render_tree_text(report, &view->theme, outlet);
    render_closing_text(report, &view->theme, outlet);
    hog_text_deinit(&page.cell);
}

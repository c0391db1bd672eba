/*
 * py-exc as text:
 *
 *     Thread 1  LWP 48291  "MainThread"
 *       Being handled:
 *         Traceback (most recent call last):
 *           File "worker.py", line 12, in fetch
 *         KeyError('host')
 *
 *         The above exception was the direct cause of the following exception:
 *         …
 */
#include "show/exceptions.h"

#include "show/listing.h"
#include "show/thread_cells.h"
#include "value/exceptions.h"

#include <inttypes.h>

enum { INDENT = 4 };

struct telling {
    const struct report *report;
    const struct exceptions_request *request;
    struct hog_values *values;
    const struct theme *theme;
    struct hog_outlet *outlet;
    const struct hog_thread *thread;
    uint64_t told[MOST_CHAIN]; /* the exceptions above the one that is told: a chain may be a circle */
    unsigned depth;
    /* Of one thread, in all: groups of groups can be more than there are bytes. */
    unsigned told_count, line_count;
    uint64_t seen[MOST_TOLD]; /* those */
};

const char *exceptions_line(const struct report *report, const struct exceptions_request *request,
                            const struct hog_thread *thread, const struct hog_code *code, int64_t line)
{
    const struct hog_snapshot *snapshot = report->snapshot;
    uint64_t interpreter = hog_interpreter_of(snapshot, thread);
    const struct hog_source *source = hog_source_of_code(request->sources, interpreter, code);

    return source ? hog_source_line(request->sources, source, line) : NULL;
}

static void put_indent(struct telling *telling, unsigned more)
{
    hog_text_pad(&telling->outlet->text, INDENT + more);
}

static void put_traceback(struct telling *telling, uint64_t traceback, unsigned indent)
{
    struct hog_text *text = &telling->outlet->text;
    struct hog_traceback_entry entry;
    const char *line;

    put_indent(telling, indent);
    hog_text_puts(text, "Traceback (most recent call last):\n");
    for (unsigned i = 0; traceback && hog_outlet_more(telling->outlet); i++, traceback = entry.next) {
        bool enough = i == MOST_ENTRIES || telling->line_count++ >= MOST_LINES;

        put_indent(telling, indent);
        if (enough || hog_traceback_entry(telling->values, traceback, &entry)) {
            hog_text_puts(text, enough ? "  ...\n" : "  <unreadable: no traceback lies there>\n");
            return;
        }
        hog_text_puts(text, "  File \"");
        hog_text_put_printable(text, entry.code->filename);
        hog_text_printf(text, "\", line %" PRId64 ", in ", entry.line);
        hog_text_put_printable(text, entry.code->name);
        hog_text_puts(text, "\n");
        line = exceptions_line(telling->report, telling->request, telling->thread, entry.code, entry.line);
        render_source_line(&(struct hog_source_line){.text = line}, INDENT + indent + 4, telling->theme,
                           text);
    }
}

static void tell(struct telling *telling, uint64_t exception, unsigned indent);

/* Of a group, each with its own traceback. */
static void put_group(struct telling *telling, uint64_t exceptions, unsigned indent)
{
    struct hog_value_walk walk;
    struct hog_value_item item;

    if (hog_value_walk_start(telling->values, exceptions, &walk))
        return;
    while (walk.taken < MOST_GROUP && telling->told_count < MOST_TOLD && hog_outlet_more(telling->outlet) &&
           hog_value_walk_next(telling->values, &walk, &item)) {
        put_indent(telling, indent);
        hog_text_printf(&telling->outlet->text, "+ %" PRIu64 " of %" PRIu64 " in the group\n", walk.taken,
                        walk.length);
        tell(telling, item.value, indent + 2);
    }
}

static void put_notes(struct telling *telling, uint64_t notes, unsigned indent)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    const char *note;

    if (!notes || hog_value_walk_start(telling->values, notes, &walk))
        return;
    while (walk.taken < MOST_NOTES && hog_value_walk_next(telling->values, &walk, &item)) {
        if (hog_value_text(telling->values, item.value, &note))
            continue;
        put_indent(telling, indent);
        hog_text_put_printable(&telling->outlet->text, note);
        hog_text_puts(&telling->outlet->text, "\n");
    }
}

static bool was_seen(const struct telling *telling, uint64_t exception)
{
    for (unsigned i = 0; i < telling->told_count; i++)
        if (telling->seen[i] == exception)
            return true;
    return false;
}

/* What it came from, first: as Python does it. */
static void put_origin(struct telling *telling, const struct hog_exception_links *links, unsigned indent)
{
    const char *words = links->cause ? "The above exception was the direct cause of the following exception:"
                                     : "During handling of the above exception, another exception occurred:";
    uint64_t origin = links->cause ? links->cause : links->is_suppressed ? 0 : links->context;

    if (!origin || was_seen(telling, origin)) /* as Python: once */
        return;
    tell(telling, origin, indent);
    hog_text_puts(&telling->outlet->text, "\n");
    put_indent(telling, indent);
    hog_text_printf(&telling->outlet->text, "%s\n\n", words);
}

static bool was_told(const struct telling *telling, uint64_t exception)
{
    for (unsigned i = 0; i < telling->depth; i++)
        if (telling->told[i] == exception)
            return true;
    return false;
}

static void tell(struct telling *telling, uint64_t exception, unsigned indent)
{
    struct hog_text *text = &telling->outlet->text;
    struct hog_exception_links links = {0};

    if (telling->depth == MOST_CHAIN || telling->told_count == MOST_TOLD || was_told(telling, exception)) {
        put_indent(telling, indent);
        hog_text_puts(text, "...\n");
        return;
    }
    telling->told[telling->depth++] = exception;
    telling->seen[telling->told_count++] = exception;
    if (hog_exception_links(telling->values, exception, &links) == HOG_OK)
        put_origin(telling, &links, indent);
    if (links.traceback)
        put_traceback(telling, links.traceback, indent);
    put_indent(telling, indent);
    hog_value_render(telling->values, exception, telling->request->limits, text);
    hog_text_puts(text, "\n");
    put_notes(telling, links.notes, indent);
    if (links.exceptions)
        put_group(telling, links.exceptions, indent);
    telling->depth--;
}

static void put_thread(struct telling *telling, const struct hog_thread *thread)
{
    struct hog_text *text = &telling->outlet->text;
    struct hog_text cell = {0};

    if (thread->debugger_thread)
        hog_text_printf(text, "Thread %" PRId64 "  ", thread->debugger_thread);
    else
        hog_text_puts(text, "Thread -  ");
    cell_identity(&cell, thread);
    hog_text_puts(text, paint_text(&cell));
    hog_text_puts(text, "  ");
    cell_name(&cell, thread, telling->theme);
    hog_text_puts(text, paint_text(&cell));
    hog_text_puts(text, "\n");
    hog_text_deinit(&cell);
}

/* "KeyError, not made yet, with 'host'" */
static void put_unmade(struct telling *telling, const struct hog_exception *exception)
{
    struct hog_text *text = &telling->outlet->text;
    const struct hog_value_type *type;
    const char *name = hog_value_class(telling->values, exception->type, &type) == HOG_OK
                           ? hog_value_type_name(telling->values, type)
                           : NULL;

    put_indent(telling, 0);
    hog_text_put_printable(text, name ? name : "?");
    hog_text_puts(text, ", not made yet");
    if (exception->argument) {
        hog_text_puts(text, ", with ");
        hog_value_render(telling->values, exception->argument, telling->request->limits, text);
    }
    hog_text_puts(text, "\n");
}

size_t render_exceptions_text(const struct report *report, const struct exceptions_request *request,
                              const struct theme *theme, struct hog_outlet *outlet)
{
    struct telling telling = {
        .report = report, .request = request, .values = request->values, .theme = theme, .outlet = outlet};
    struct hog_exception found[HOG_EXCEPTIONS_MAX];
    size_t threads = 0;

    for (size_t i = 0; i < report->thread_count && hog_outlet_more(outlet); i++) {
        size_t count = hog_exceptions_of(request->values, report->threads[i], found);

        if (!count)
            continue;
        threads++;
        telling.told_count = telling.line_count = 0;
        telling.thread = report->threads[i];
        put_thread(&telling, report->threads[i]);
        for (size_t k = 0; k < count; k++) {
            hog_text_puts(&outlet->text, found[k].in_flight ? "  In flight:\n" : "  Being handled:\n");
            if (found[k].object)
                tell(&telling, found[k].object, 0);
            else
                put_unmade(&telling, &found[k]);
        }
    }
    return threads;
}

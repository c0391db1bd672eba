/*
 * py-exc as JSON; see exceptions.h.
 *
 *     {"state": "handled", "type": …, "repr": …, "traceback": [{"filename": …, "line": …}, …],
 *      "cause": {…}, "context": {…}, "exceptions": [{…}]}            each of these is one of the same
 */
#include "show/exceptions.h"

#include "base/cleanup.h"
#include "show/json.h"
#include "value/exceptions.h"

struct making {
    const struct report *report;
    const struct exceptions_request *request;
    const struct hog_thread *thread;
    struct hog_text *text; /* marked where memory is exhausted */
    uint64_t seen[MOST_TOLD];
    unsigned depth, count, line_count;
};

static void append(const struct making *making, json_t *array, json_t *item)
{
    making->text->failed |= json_array_append_new(array, item) != 0;
}

static json_t *traceback_array(struct making *making, uint64_t traceback, bool *ret_cut)
{
    json_t *array = json_array();
    struct hog_traceback_entry entry;

    for (unsigned i = 0; array && traceback; i++, traceback = entry.next) {
        json_t *object;

        *ret_cut = i == MOST_ENTRIES || making->line_count++ >= MOST_LINES ||
                   hog_traceback_entry(making->request->values, traceback, &entry);
        if (*ret_cut)
            break;
        object = json_object();
        json_set(making->text, object, "name", json_words(entry.code->name));
        json_set(making->text, object, "filename", json_words(entry.code->filename));
        json_set(making->text, object, "line", json_known(entry.line));
        json_set(making->text, object, "source",
                 json_words(exceptions_line(making->report, making->request, making->thread, entry.code,
                                            entry.line)));
        append(making, array, object);
    }
    return array;
}

static json_t *notes_array(struct making *making, uint64_t notes)
{
    json_t *array = json_array();
    struct hog_value_walk walk;
    struct hog_value_item item;
    const char *note;

    if (!notes || hog_value_walk_start(making->request->values, notes, &walk))
        return array;
    while (array && walk.taken < MOST_NOTES && hog_value_walk_next(making->request->values, &walk, &item))
        if (hog_value_text(making->request->values, item.value, &note) == HOG_OK)
            append(making, array, json_words(note));
    return array;
}

static json_t *exception_object(struct making *making, uint64_t exception);
static json_t *linked(struct making *making, uint64_t exception, bool *ret_cut);

/* Null: it is no group. */
static json_t *group_array(struct making *making, uint64_t exceptions, bool *ret_cut)
{
    struct hog_value_walk walk;
    struct hog_value_item item;
    json_t *array;

    if (!exceptions || hog_value_walk_start(making->request->values, exceptions, &walk))
        return json_null();
    array = json_array();
    while (array && walk.taken < MOST_GROUP && making->count < MOST_TOLD &&
           hog_value_walk_next(making->request->values, &walk, &item))
        append(making, array, linked(making, item.value, ret_cut));
    *ret_cut |= walk.taken < walk.length;
    return array;
}

static bool was_seen(const struct making *making, uint64_t exception)
{
    for (unsigned i = 0; i < making->count; i++)
        if (making->seen[i] == exception)
            return true;
    return false;
}

/* One that stands elsewhere in the document already, perhaps around this one: its class and address tell which. */
static json_t *repeated_object(struct making *making, uint64_t exception)
{
    struct hog_values *values = making->request->values;
    const struct hog_value_type *type;
    json_t *object = json_object();

    json_set(making->text, object, "type",
             json_words(hog_value_type(values, exception, &type) == HOG_OK ? hog_value_type_name(values, type)
                                                                           : NULL));
    json_set(making->text, object, "address", json_address(exception));
    json_set(making->text, object, "repeated", json_true());
    return object;
}

/* Null for none; what would be too much ends in null and `cut`. */
static json_t *linked(struct making *making, uint64_t exception, bool *ret_cut)
{
    if (!exception)
        return json_null();
    if (was_seen(making, exception))
        return repeated_object(making, exception);
    if (making->depth == MOST_CHAIN || making->count == MOST_TOLD) {
        *ret_cut = true;
        return json_null();
    }
    return exception_object(making, exception);
}

static void put_value(struct making *making, json_t *object, uint64_t exception, bool *ret_cut)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text repr = {0};
    struct hog_values *values = making->request->values;
    const struct hog_value_type *type;
    const char *name =
        hog_value_type(values, exception, &type) == HOG_OK ? hog_value_type_name(values, type) : NULL;
    uint32_t marks = hog_value_render(values, exception, making->request->limits, &repr);

    *ret_cut |= (marks & HOG_VALUE_CUT) != 0;
    json_set(making->text, object, "type", json_words(name));
    json_set(making->text, object, "repr", json_words(repr.bytes));
    json_set(making->text, object, "address", json_address(exception));
    json_set(making->text, object, "is_repr", json_boolean(!(marks & HOG_VALUE_NOT_REPR)));
    json_set(making->text, object, "damaged", json_boolean((marks & HOG_VALUE_DAMAGED) != 0));
}

static json_t *exception_object(struct making *making, uint64_t exception)
{
    struct hog_exception_links links = {0};
    json_t *object = json_object();
    bool readable, cut = false;

    making->depth++;
    making->seen[making->count++] = exception;
    readable = hog_exception_links(making->request->values, exception, &links) == HOG_OK;
    put_value(making, object, exception, &cut);
    json_set(making->text, object, "notes", notes_array(making, links.notes));
    json_set(making->text, object, "traceback", traceback_array(making, links.traceback, &cut));
    json_set(making->text, object, "suppress_context",
             readable ? json_boolean(links.is_suppressed) : json_null());
    json_set(making->text, object, "cause", linked(making, links.cause, &cut));
    json_set(making->text, object, "context", linked(making, links.context, &cut));
    json_set(making->text, object, "exceptions", group_array(making, links.exceptions, &cut));
    json_set(making->text, object, "cut", json_boolean(cut));
    making->depth--;
    return object;
}

static json_t *unmade_object(struct making *making, const struct hog_exception *exception)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text argument = {0};
    struct hog_values *values = making->request->values;
    const struct hog_value_type *type;
    json_t *object = json_object();

    if (exception->argument)
        hog_value_render(values, exception->argument, making->request->limits, &argument);
    json_set(making->text, object, "type",
             json_words(hog_value_class(values, exception->type, &type) == HOG_OK
                            ? hog_value_type_name(values, type)
                            : NULL));
    json_set(making->text, object, "repr", json_null());
    json_set(making->text, object, "address", json_null());
    json_set(making->text, object, "argument", json_words(argument.bytes));
    return object;
}

static json_t *thread_object(struct making *making, const struct hog_exception *found, size_t count)
{
    const struct hog_thread *thread = making->thread;
    json_t *object = json_object(), *array = json_array();

    for (size_t i = 0; array && i < count; i++) {
        bool cut = false;
        json_t *exception =
            found[i].object ? linked(making, found[i].object, &cut) : unmade_object(making, &found[i]);

        json_set(making->text, exception, "state", json_words(found[i].in_flight ? "in_flight" : "handled"));
        append(making, array, exception);
    }
    json_set(making->text, object, "thread_id", json_address(thread->thread_id));
    json_set(making->text, object, "os_thread_id", json_known(thread->os_thread_id));
    json_set(making->text, object, "debugger_thread", json_known(thread->debugger_thread));
    json_set(making->text, object, "thread_name", json_words(thread->name));
    json_set(making->text, object, "exceptions", array);
    return object;
}

void render_exceptions_json(const struct report *report, const struct exceptions_request *request,
                            struct hog_outlet *outlet)
{
    struct hog_exception found[HOG_EXCEPTIONS_MAX];
    struct hog_text *text = &outlet->text;
    bool any = false;

    json_head(text, "hognose.exceptions/1", report);
    json_member(text, "complete", json_boolean(report->snapshot->complete && !report->interrupted));
    json_strings(text, "warnings", report->warnings, report->warning_count);
    json_member_key(text, "threads");
    hog_text_puts(text, "[");
    for (size_t i = 0; i < report->thread_count && hog_outlet_more(outlet); i++) {
        struct making making = {
            .report = report, .request = request, .thread = report->threads[i], .text = text};
        size_t count = hog_exceptions_of(request->values, report->threads[i], found);

        if (!count)
            continue;
        hog_text_puts(text, any ? ",\n  " : "\n  ");
        any = true;
        json_put(text, thread_object(&making, found, count));
    }
    if (!outlet->interrupted)
        hog_text_puts(text, "]}\n");
}

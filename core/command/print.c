/* py-locals and py-print: variables of the selected frame, and what a path leads to. */
#include "base/cleanup.h"
#include "command/at.h"
#include "command/dump_locals.h"
#include "command/theme.h"
#include "show/frame_line.h"
#include "show/value.h"
#include "value/locals.h"
#include "value/path.h"
#include "value/variables.h"

#include <stdlib.h>
#include <string.h>

static enum hog_status open_output(struct hog_session *session, const struct options *options,
                                   struct output *output)
{
    if (output_open(output, &session->host, option_output(options)) == HOG_OK)
        return HOG_OK;
    session->error = output->error;
    return output->error.status;
}

enum { MOST_GLOBALS = 100000 };

/* The globals of the frame as if they were its locals. */
static enum hog_status globals_of(struct at *at, const struct hog_frame *frame,
                                  const struct hog_locals_options *options, struct hog_locals *ret_globals)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text scratch = {0};
    struct hog_value_walk walk;
    struct hog_value_item item;
    struct hog_local *items;
    uint64_t dict, most;
    enum hog_status status = hog_frame_globals(at->values, frame, &dict);

    if (status == HOG_OK)
        status = hog_value_walk_start(at->values, dict, &walk);
    if (status != HOG_OK)
        return status;
    most = walk.length < MOST_GLOBALS ? walk.length : MOST_GLOBALS;
    items = hog_arena_array(&at->arena, most + 1, sizeof *items);
    if (!items)
        return HOG_NO_MEMORY;
    *ret_globals = (struct hog_locals){.items = items};
    while (ret_globals->count < most && hog_value_walk_next(at->values, &walk, &item)) {
        struct hog_variable variable = {.kind = HOG_VARIABLE_GLOBAL, .value = item.value};

        if (hog_value_text(at->values, item.key, &variable.name) == HOG_OK)
            hog_local_of(at->values, &variable, options, &scratch, &items[ret_globals->count++]);
    }
    ret_globals->cut = walk.length > most;
    return walk.status;
}

enum hog_status run_locals(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    HOG_CLEANUP(at_deinit) struct at at = {0};
    struct hog_value_limits limits = session_value_limits(session, option_given(options, OPTION_FULL));
    const struct hog_locals_options how = {.limits = &limits, .all = true};
    struct theme theme = session_theme(session);
    const struct hog_frame *frame;
    struct hog_locals globals = {0};
    bool all = option_given(options, OPTION_ALL);
    enum hog_status status = at_open(&at, session, options);

    if (status == HOG_OK)
        status = at_frame(&at, session, &frame);
    if (status == HOG_OK && !hog_locals_add_one(at.values, frame, &how))
        status = hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    if (status == HOG_OK && all && globals_of(&at, frame, &how, &globals))
        globals.because = "the dict could not be read";
    if (status == HOG_OK)
        status = open_output(session, options, &output);
    if (status != HOG_OK)
        return status;
    if (option_given(options, OPTION_JSON))
        render_locals_json(&at.dump.report, frame, all ? &globals : NULL, &output.outlet.text);
    else
        render_locals_text(frame, hog_frame_number(at.thread, at.index), all ? &globals : NULL, &theme,
                           &output.outlet.text);
    return dump_finish(session, &at.dump, &output);
}

/*
 * py-print.
 */

/* Remembers what was printed; another process begins anew. */
static size_t remember(struct hog_session *session, int64_t pid, uint64_t object)
{
    uint64_t *grown;

    if (session->printed_pid != pid)
        session->printed_count = 0;
    session->printed_pid = pid;
    grown = realloc(session->printed, (session->printed_count + 1) * sizeof *grown);
    if (!grown)
        return 0;
    session->printed = grown;
    session->printed[session->printed_count++] = object;
    return session->printed_count;
}

static struct hog_value_limits print_limits(const struct hog_session *session, const struct options *options)
{
    struct hog_value_limits limits =
        option_given(options, OPTION_FULL) ? hog_value_limits_whole : hog_value_limits_normal;

    limits.redact = session->settings.redact;
    if (option_given(options, OPTION_DEPTH) && options->depth && options->depth < limits.depth)
        limits.depth = options->depth;
    return limits;
}

/* Own attributes of an object of a program's class, one level deep. */
static enum hog_status add_attributes(struct at *at, struct hog_session *session, uint64_t object,
                                      struct printed_value *printed)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text scratch = {0};
    struct hog_value_limits limits = session_value_limits(session, false);
    const struct hog_locals_options how = {.limits = &limits};
    struct hog_local *items = hog_arena_array(&at->arena, MOST_ATTRIBUTES, sizeof *items);
    struct hog_variable variable = {0};
    struct hog_attribute_walk walk;

    if (!items)
        return HOG_NO_MEMORY;
    hog_attributes_start(at->values, object, &walk);
    while (printed->attributes.count < MOST_ATTRIBUTES &&
           hog_attributes_next(at->values, &walk, &variable.name, &variable.value)) {
        hog_local_of(at->values, &variable, &how, &scratch, &items[printed->attributes.count]);
        items[printed->attributes.count++].kind = "attribute";
    }
    printed->attributes.items = items;
    printed->attributes.cut = printed->attributes.count == MOST_ATTRIBUTES;
    return HOG_OK;
}

/* The text, its class, and what is to be said of it. */
static enum hog_status describe(struct at *at, struct hog_session *session, const struct options *options,
                                const struct hog_path_value *value, struct printed_value *printed)
{
    struct hog_value_limits limits = print_limits(session, options);
    const struct hog_value_type *type;
    struct hog_value_walk walk;
    uint32_t marks = 0;

    if (value->is_number) {
        hog_text_printf(&printed->repr, "%ld", (long)value->number);
        printed->type = "int";
    } else if (value->is_slice) {
        marks = hog_value_render_slice(at->values, value->object, value->first, value->last, &limits,
                                       &printed->repr);
    } else {
        marks = hog_value_render(at->values, value->object, &limits, &printed->repr);
        printed->address = value->object;
        printed->has_length = hog_value_walk_start(at->values, value->object, &walk) == HOG_OK;
        printed->length = printed->has_length ? walk.length : 0;
    }
    if (!value->is_number && hog_value_type(at->values, value->object, &type) == HOG_OK)
        printed->type = hog_value_type_name(at->values, type);
    printed->is_repr = !(marks & HOG_VALUE_NOT_REPR);
    printed->cut = marks & HOG_VALUE_CUT;
    printed->damaged = marks & HOG_VALUE_DAMAGED;
    if (value->is_number || value->is_slice)
        return HOG_OK;
    return add_attributes(at, session, value->object, printed);
}

/* Any part of the path whose name is to be hidden hides the value. */
static bool path_is_redacted(const struct hog_session *session, const char *expression)
{
    char name[128];

    while (*expression) {
        size_t skip = strcspn(expression, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        size_t length;

        expression += skip;
        length = strcspn(expression, ".[]'\" :$");
        if (length && length < sizeof name) {
            memcpy(name, expression, length);
            name[length] = '\0';
            if (hog_redacts(session->settings.redact, name))
                return true;
        }
        expression += length;
    }
    return false;
}

enum hog_status run_print(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    HOG_CLEANUP(printed_value_deinit) struct printed_value printed = {0};
    HOG_CLEANUP(at_deinit) struct at at = {0};
    struct hog_path_value value = {0};
    struct theme theme = session_theme(session);
    enum hog_status status;

    if (!options->words.count)
        return hog_fail(&session->error, HOG_USAGE, "print what? py-print --help has examples");
    printed.expression = options->words.items[0];
    status = at_open(&at, session, options);
    if (status == HOG_OK) {
        const struct hog_path_scope scope = {
            .frame = at.thread->frame_count ? &at.thread->frames[at.index] : NULL,
            .interpreter = at_interpreter(&at),
            .printed = session->printed,
            .printed_count = session->printed_pid == at.dump.target.pid ? session->printed_count : 0};

        status = hog_path_find(at.values, &scope, printed.expression, &value, &session->error);
    }
    if (status != HOG_OK)
        return status;
    if (path_is_redacted(session, printed.expression)) {
        hog_text_puts(&printed.repr, hog_redacted);
    } else if (describe(&at, session, options, &value, &printed) != HOG_OK) {
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    }
    printed.number = remember(session, at.dump.target.pid, value.is_slice ? 0 : value.object);
    status = open_output(session, options, &output);
    if (status != HOG_OK)
        return status;
    if (option_given(options, OPTION_JSON))
        render_value_json(&at.dump.report, &printed, &output.outlet.text);
    else
        render_value_text(&printed, &theme, &output.outlet.text);
    return dump_finish(session, &at.dump, &output);
}

/*
 * Exceptions; see exceptions.h.
 *
 *     PyBaseExceptionObject                      PyTracebackObject
 *     ┌──────────────────┐                       ┌───────────┐
 *     │ args             │                       │ tb_next ──┼──▶ further in
 *     │ …                │                       │ tb_frame ─┼──▶ frame ──▶ code
 *     │ traceback ───────┼──────────────────────▶│ tb_lasti  │
 *     │ context, cause   │                       │ tb_lineno │  -1: to be had of tb_lasti (3.12+)
 *     │ suppress_context │                       └───────────┘
 *     └──────────────────┘
 *
 * Notes (3.11+) are the attribute __notes__ of the instance. To 3.11 what is in flight is three members, the type,
 * the value and the traceback; the value may not be an exception yet.
 *
 * Source: Include/cpython/pyerrors.h, Include/cpython/pystate.h, Python/traceback.c.
 */
#include "value/exceptions.h"

#include "decode/code.h"
#include "value/type.h"

static bool is_exception(struct hog_values *values, uint64_t object)
{
    return object && hog_value_base(values, object) == HOG_VALUE_EXCEPTION;
}

/*
 * current_exception of 3.12 and later; to 3.11 the member after curexc_type, which the row names. There C code may have
 * set a class and what is to be made an instance of it with, which is done only when somebody wants to see it.
 */
static bool in_flight(struct hog_values *values, uint64_t tstate, struct hog_exception *ret_exception)
{
    struct hog_exception found = {.in_flight = true};
    uint64_t type = 0;

    if (value_u64(values, tstate, HOG_F_tstate_current_exception, &found.object))
        return false;
    if (found.object && hog_value_base(values, found.object) == HOG_VALUE_TYPE) {
        type = found.object;
        if (hog_memory_u64(values->decoder.memory,
                           value_field(values, tstate, HOG_F_tstate_current_exception) + sizeof type,
                           &found.object))
            return false;
    }
    if (!is_exception(values, found.object)) {
        found.type = type;
        found.argument = found.object;
        found.object = 0;
    }
    if (found.object || found.type)
        *ret_exception = found;
    return found.object || found.type;
}

size_t hog_exceptions_of(struct hog_values *values, const struct hog_thread *thread,
                         struct hog_exception ret_exceptions[HOG_EXCEPTIONS_MAX])
{
    uint64_t item = 0, object;
    size_t count = 0;

    if (thread->tstate && in_flight(values, thread->tstate, &ret_exceptions[0]))
        count = 1;
    if (thread->tstate && value_u64(values, thread->tstate, HOG_F_tstate_exc_value, &object) == HOG_OK &&
        is_exception(values, object))
        ret_exceptions[count++] = (struct hog_exception){.object = object};
    if (!thread->tstate || value_u64(values, thread->tstate, HOG_F_tstate_exc_info, &item))
        return count;
    for (size_t steps = 0; item && steps < HOG_EXCEPTIONS_MAX && count < HOG_EXCEPTIONS_MAX; steps++) {
        if (value_u64(values, item, HOG_F_errstack_exc_value, &object))
            break;
        if (is_exception(values, object) && (!count || ret_exceptions[count - 1].object != object))
            ret_exceptions[count++] = (struct hog_exception){.object = object};
        if (value_u64(values, item, HOG_F_errstack_previous_item, &item))
            break;
    }
    return count;
}

enum hog_status hog_exception_links(struct hog_values *values, uint64_t exception,
                                    struct hog_exception_links *ret_links)
{
    struct hog_exception_links links = {0};
    uint8_t suppressed = 0;
    enum hog_status status = is_exception(values, exception) ? HOG_OK : HOG_BAD_DATA;

    if (status == HOG_OK)
        status = value_u64(values, exception, HOG_F_exception_cause, &links.cause);
    if (status == HOG_OK)
        status = value_u64(values, exception, HOG_F_exception_context, &links.context);
    if (status == HOG_OK)
        status = value_u64(values, exception, HOG_F_exception_traceback, &links.traceback);
    if (status == HOG_OK)
        status = field_u8(&values->decoder, exception, HOG_F_exception_suppress_context, &suppressed);
    if (status == HOG_OK && hog_value_is_a(values, exception, "builtins", "BaseExceptionGroup"))
        status = value_u64(values, exception, HOG_F_group_excs, &links.exceptions);
    if (status != HOG_OK)
        return status;
    links.is_suppressed = suppressed != 0;
    if (attribute_find(&values->decoder, exception, "__notes__", &links.notes))
        links.notes = 0;
    *ret_links = links;
    return HOG_OK;
}

/* The code of a frame object, of either kind. */
static enum hog_status code_of_frame(struct hog_values *values, uint64_t object, uint64_t *ret_code)
{
    bool old = !hog_layout_has(values->decoder.layout, HOG_F_frameobject_f_frame);
    uint64_t frame = object, code;
    enum hog_status status = old ? HOG_OK : value_u64(values, object, HOG_F_frameobject_f_frame, &frame);

    if (status == HOG_OK)
        status = value_u64(values, frame, old ? HOG_F_frame_f_code : HOG_F_iframe_f_executable, &code);
    if (status == HOG_OK)
        *ret_code = object_of_stack_ref(&values->decoder, code);
    return status;
}

/* tb_lineno, or where it is not known yet (3.12+: -1) the line of the instruction at tb_lasti. */
static int64_t line_of(struct hog_values *values, uint64_t traceback, struct code_entry *code)
{
    const unsigned char *table;
    size_t length;
    uint32_t line, lasti;

    if (value_u32(values, traceback, HOG_F_traceback_tb_lineno, &line))
        return 0;
    if ((int32_t)line > 0)
        return (int32_t)line;
    if (value_u32(values, traceback, HOG_F_traceback_tb_lasti, &lasti) ||
        code_line_table(&values->decoder, code, &table, &length))
        return 0;
    return line_table_position(values->decoder.layout->traits.line_table, table, length,
                               code_of(code)->first_line, (int32_t)lasti)
        .line;
}

enum hog_status hog_traceback_entry(struct hog_values *values, uint64_t traceback,
                                    struct hog_traceback_entry *ret_entry)
{
    struct code_entry *code;
    uint64_t next, frame, address;
    enum hog_status status = hog_value_is(values, traceback, "builtins", "traceback") ? HOG_OK : HOG_BAD_DATA;

    if (status == HOG_OK)
        status = value_u64(values, traceback, HOG_F_traceback_tb_next, &next);
    if (status == HOG_OK)
        status = value_u64(values, traceback, HOG_F_traceback_tb_frame, &frame);
    if (status == HOG_OK)
        status = code_of_frame(values, frame, &address);
    if (status == HOG_OK)
        status = code_at(&values->decoder, address, &code);
    if (status != HOG_OK)
        return status;
    *ret_entry = (struct hog_traceback_entry){
        .code = code_of(code), .line = line_of(values, traceback, code), .next = next};
    return HOG_OK;
}

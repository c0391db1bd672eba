/* Variables of frames as text; see locals.h. */
#include "value/locals.h"

#include "base/cleanup.h"
#include "value/type.h"
#include "value/variables.h"

#include <string.h>

/* What a module is made of, as against what it holds. */
static bool is_furniture(struct hog_values *values, const struct hog_variable *variable)
{
    size_t length = strlen(variable->name);

    if (variable->kind != HOG_VARIABLE_GLOBAL)
        return false;
    if (length > 4 && strncmp(variable->name, "__", 2) == 0 && strcmp(variable->name + length - 2, "__") == 0)
        return true;
    return hog_value_base(values, variable->value) == HOG_VALUE_TYPE ||
           hog_value_is_a(values, variable->value, "builtins", "module") ||
           hog_value_is(values, variable->value, "builtins", "function") ||
           hog_value_is(values, variable->value, "builtins", "builtin_function_or_method");
}

static const char *kept(struct hog_values *values, const struct hog_text *text)
{
    return hog_arena_copy_text(values->decoder.arena, text->bytes ? text->bytes : "", text->length);
}

void hog_local_of(struct hog_values *values, const struct hog_variable *variable,
                  const struct hog_locals_options *options, struct hog_text *scratch,
                  struct hog_local *ret_local)
{
    struct hog_local local = {.name = variable->name,
                              .kind = hog_variable_kind_name(variable->kind),
                              .address = variable->value,
                              .is_repr = true};
    const struct hog_value_type *type;
    uint32_t marks;

    if (variable->is_number) {
        local.type = "int";
        local.repr = hog_arena_printf(values->decoder.arena, "%ld", (long)variable->number);
    } else if (variable->value) {
        local.type = hog_value_type(values, variable->value, &type) == HOG_OK
                         ? hog_value_type_name(values, type)
                         : "?";
        hog_text_clear(scratch);
        marks = hog_value_render(values, variable->value, options->limits, scratch);
        local.repr = scratch->failed ? NULL : kept(values, scratch);
        local.is_repr = !(marks & HOG_VALUE_NOT_REPR);
        local.cut = marks & HOG_VALUE_CUT;
        local.damaged = marks & HOG_VALUE_DAMAGED;
    }
    if (local.repr && hog_redacts(options->limits->redact, variable->name)) {
        local.repr = hog_redacted;
        local.is_repr = false;
    }
    *ret_local = local;
}

static const struct hog_locals *locals_of(struct hog_values *values, const struct hog_frame *frame,
                                          const struct hog_locals_options *options, struct hog_text *scratch)
{
    struct hog_locals *locals = hog_arena_alloc(values->decoder.arena, sizeof *locals);
    struct hog_variables variables = {0};
    struct hog_local *items;
    enum hog_status status = hog_variables_of(values, frame, &variables);
    char why[160];

    if (!locals)
        return NULL;
    items = hog_arena_array(values->decoder.arena, variables.count + 1, sizeof *items);
    if (!items)
        return NULL;
    for (size_t i = 0; i < variables.count; i++) {
        if (!options->all && is_furniture(values, &variables.items[i]))
            continue;
        hog_local_of(values, &variables.items[i], options, scratch, &items[locals->count++]);
    }
    if (status == HOG_OK)
        status = variables.status;
    if (status != HOG_OK) {
        hog_value_why(values, status, why, sizeof why);
        locals->because = hog_arena_printf(values->decoder.arena, "%s", why);
    }
    locals->items = items;
    locals->cut = variables.cut;
    return locals;
}

/* Nobody else has seen the snapshot yet: what it says of its frames is still being put together. */
static bool add_to(struct hog_values *values, const struct hog_frame *frame,
                   const struct hog_locals_options *options, struct hog_text *scratch)
{
    struct hog_frame *made = (struct hog_frame *)frame;

    if (!frame->frame || frame->locals)
        return true;
    made->locals = locals_of(values, frame, options, scratch);
    return made->locals != NULL;
}

bool hog_locals_add_one(struct hog_values *values, const struct hog_frame *frame,
                        const struct hog_locals_options *options)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text scratch = {0};

    return add_to(values, frame, options, &scratch);
}

bool hog_locals_add(struct hog_values *values, const struct hog_thread *thread, size_t max_frames,
                    const struct hog_locals_options *options)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text scratch = {0};
    size_t count = max_frames && max_frames < thread->frame_count ? max_frames : thread->frame_count;

    for (size_t i = 0; i < count; i++)
        if (hog_values_interrupted(values) || !add_to(values, &thread->frames[i], options, &scratch))
            return false;
    return true;
}

/*
 * Coroutines; see coroutine.h.
 *
 *     PyGenObject, PyCoroObject, PyAsyncGenObject: they begin alike
 *     ┌──────────────────┐
 *     │ gi_frame ────────┼──▶ PyFrameObject                        to 3.10
 *     │ gi_frame_state   │    a byte                               3.11+
 *     │ gi_iframe        │    _PyInterpreterFrame, in the object    3.11+
 *     └──────────────────┘
 *
 * What a suspended one awaits is on top of its value stack, if it stands in an await or a `yield from`. That is told by
 * the state (3.13+), else by the instruction: YIELD_FROM is to come (to 3.10), or a RESUME whose argument says so.
 *
 * Source: Objects/genobject.c (_PyGen_yf), Include/cpython/genobject.h, Include/internal/pycore_frame.h.
 */
#include "value/coroutine.h"

#include "decode/frame.h"
#include "value/reader.h"

#include <string.h>

enum {
    YIELD_FROM = 72, /* the opcode, 3.6 - 3.10 */
    RESUME_AFTER_YIELD_FROM = 2,
    RESUME_KIND = 3, /* mask: 0 at the start, 1 after yield, 2 after yield from, 3 after await */
    STACK_MAX = 1 << 20,
};

enum hog_coroutine_kind hog_coroutine_kind(struct hog_values *values, uint64_t object)
{
    const struct hog_value_type *type;

    if (!object || hog_value_type(values, object, &type) != HOG_OK || strcmp(type->module, "builtins") != 0)
        return HOG_COROUTINE_NONE;
    if (strcmp(type->name, "coroutine") == 0)
        return HOG_COROUTINE;
    if (strcmp(type->name, "generator") == 0)
        return HOG_GENERATOR;
    return strcmp(type->name, "async_generator") == 0 ? HOG_ASYNC_GENERATOR : HOG_COROUTINE_NONE;
}

/* To 3.10: what is known of a generator is known of its frame. */
static enum hog_status state_of_frame(struct hog_values *values, struct hog_coroutine *coroutine)
{
    uint64_t top = 1;
    uint32_t lasti, depth = 0;
    enum hog_status status = HOG_OK;

    if (!coroutine->frame) {
        coroutine->state = HOG_COROUTINE_ENDED;
        return HOG_OK;
    }
    if (values->decoder.layout->traits.stack_top == HOG_STACK_TOP_DEPTH)
        status = value_u32(values, coroutine->frame, HOG_F_frame_f_stackdepth, &depth);
    else
        status = value_u64(values, coroutine->frame, HOG_F_frame_f_stacktop, &top);
    if (status == HOG_OK)
        status = value_u32(values, coroutine->frame, HOG_F_frame_f_lasti, &lasti);
    if (status == HOG_OK)
        coroutine->state = !top || (int32_t)depth < 0 ? HOG_COROUTINE_RUNNING
                           : (int32_t)lasti < 0       ? HOG_COROUTINE_CREATED
                                                      : HOG_COROUTINE_SUSPENDED;
    return status;
}

/* 3.11+: what gi_frame_state says; 0: no state that there is. `ret_awaits`: it stands in an await for sure. */
static enum hog_coroutine_state state_of_byte(enum hog_trait_generator_states states, int8_t byte,
                                              bool *ret_awaits)
{
    static const enum hog_coroutine_state counted[] = {HOG_COROUTINE_CREATED,   HOG_COROUTINE_SUSPENDED,
                                                       HOG_COROUTINE_SUSPENDED, HOG_COROUTINE_SUSPENDED,
                                                       HOG_COROUTINE_RUNNING,   HOG_COROUTINE_ENDED};

    if (states == HOG_GENERATORS_COUNTED) {
        *ret_awaits = byte == 2 || byte == 3; /* 3: locked while somebody asks what it awaits */
        return byte >= 0 && byte < (int8_t)(sizeof counted / sizeof *counted) ? counted[byte] : 0;
    }
    *ret_awaits = states == HOG_GENERATORS_AWAITING && byte == -1;
    switch (byte) {
    case -3:
        return states == HOG_GENERATORS_AWAITING ? HOG_COROUTINE_CREATED : 0;
    case -2:
        return states == HOG_GENERATORS_AWAITING ? HOG_COROUTINE_SUSPENDED : HOG_COROUTINE_CREATED;
    case -1:
        return HOG_COROUTINE_SUSPENDED;
    case 0:
        return HOG_COROUTINE_RUNNING;
    case 1:
    case 4:
        return HOG_COROUTINE_ENDED;
    default:
        return 0;
    }
}

/* Address of the slot behind the topmost one. */
static enum hog_status stack_end(struct hog_values *values, uint64_t frame, uint64_t *ret_end)
{
    const struct hog_traits *traits = &values->decoder.layout->traits;
    uint64_t base = 0;
    uint32_t depth = 0;
    enum hog_status status;

    switch (traits->stack_top) {
    case HOG_STACK_TOP_ADDRESS:
        return value_u64(values, frame, HOG_F_frame_f_stacktop, ret_end);
    case HOG_STACK_TOP_POINTER:
        return value_u64(values, frame, HOG_F_iframe_stackpointer, ret_end);
    case HOG_STACK_TOP_DEPTH:
        status = value_u64(values, frame, HOG_F_frame_f_valuestack, &base);
        if (status == HOG_OK)
            status = value_u32(values, frame, HOG_F_frame_f_stackdepth, &depth);
        break;
    case HOG_STACK_TOP_INDEX:
    default:
        base = value_field(values, frame, HOG_F_iframe_localsplus);
        status = value_u32(values, frame, HOG_F_iframe_stackpointer, &depth);
    }
    if (status != HOG_OK)
        return status;
    *ret_end = base + (uint64_t)depth * 8;
    return depth && depth < STACK_MAX ? HOG_OK : HOG_NOT_FOUND;
}

static enum hog_status stack_base(struct hog_values *values, const struct hog_frame *frame,
                                  uint64_t *ret_base)
{
    uint32_t locals = 0;
    enum hog_status status;

    if (values->decoder.layout->traits.frame_chain == HOG_FRAMES_OBJECTS)
        return value_u64(values, frame->frame, HOG_F_frame_f_valuestack, ret_base);
    status = value_u32(values, frame->code->address, HOG_F_code_co_nlocalsplus, &locals);
    *ret_base = value_field(values, frame->frame, HOG_F_iframe_localsplus) + 8 * (uint64_t)locals;
    return status;
}

size_t hog_suspended_stack(struct hog_values *values, const struct hog_frame *frame, uint64_t *ret_objects,
                           size_t most)
{
    uint64_t base, end;
    size_t count;

    if (!frame->frame || stack_base(values, frame, &base) || stack_end(values, frame->frame, &end) ||
        end <= base || end % 8 || base % 8 || (end - base) / 8 > STACK_MAX)
        return 0;
    count = (size_t)(end - base) / 8;
    count = count < most ? count : most;
    count = hog_memory_read_some(values->decoder.memory, end - 8 * count, ret_objects, 8 * count) / 8;
    for (size_t i = 0; i < count; i++)
        ret_objects[i] = object_of_stack_ref(&values->decoder, ret_objects[i]);
    return count;
}

/* To 3.12: is the instruction at which it stands one that awaits? */
static bool instruction_awaits(struct hog_values *values, uint64_t frame)
{
    uint64_t code, bytes, previous;
    uint32_t lasti;
    uint8_t byte;

    if (hog_layout_has(values->decoder.layout, HOG_F_iframe_instr_ptr))
        return !value_u64(values, frame, HOG_F_iframe_instr_ptr, &previous) &&
               !hog_memory_u8(values->decoder.memory, previous + HOG_CODE_UNIT + 1, &byte) &&
               (byte & RESUME_KIND) >= RESUME_AFTER_YIELD_FROM;
    if (value_u32(values, frame, HOG_F_frame_f_lasti, &lasti) ||
        value_u64(values, frame, HOG_F_frame_f_code, &code) ||
        value_u64(values, code, HOG_F_code_co_code, &bytes) || lasti >= INT32_MAX / 4)
        return false;
    if (values->decoder.layout->traits.instruction == HOG_INSTRUCTION_LASTI_UNITS)
        lasti *= HOG_CODE_UNIT;
    return !hog_memory_u8(values->decoder.memory,
                          value_field(values, bytes, HOG_F_bytes_ob_sval) + lasti + HOG_CODE_UNIT, &byte) &&
           byte == YIELD_FROM;
}

static uint64_t awaited_by_frame(struct hog_values *values, uint64_t frame)
{
    uint64_t end, object;

    if (stack_end(values, frame, &end) || end % 8 ||
        hog_memory_u64(values->decoder.memory,
                       end - 8 * (uint64_t)values->decoder.layout->traits.awaited_depth, &object))
        return 0;
    return object_of_stack_ref(&values->decoder, object);
}

enum hog_status hog_coroutine_read(struct hog_values *values, uint64_t object,
                                   struct hog_coroutine *ret_coroutine)
{
    const struct hog_traits *traits = &values->decoder.layout->traits;
    struct hog_coroutine coroutine = {0};
    bool awaits = false;
    uint8_t byte;
    enum hog_status status;

    if (hog_coroutine_kind(values, object) == HOG_COROUTINE_NONE)
        return HOG_BAD_DATA;
    if (traits->generator_states == HOG_GENERATORS_FRAME) {
        status = value_u64(values, object, HOG_F_gen_gi_frame, &coroutine.frame);
        if (status == HOG_OK)
            status = state_of_frame(values, &coroutine);
    } else {
        status = field_u8(&values->decoder, object, HOG_F_gen_gi_frame_state, &byte);
        if (status == HOG_OK)
            coroutine.state = state_of_byte(traits->generator_states, (int8_t)byte, &awaits);
        if (coroutine.state != HOG_COROUTINE_ENDED)
            coroutine.frame = value_field(values, object, HOG_F_gen_gi_iframe);
    }
    if (status != HOG_OK || !coroutine.state)
        return status != HOG_OK ? status : HOG_BAD_DATA;
    if (coroutine.state == HOG_COROUTINE_SUSPENDED && traits->generator_states <= HOG_GENERATORS_SIGNED)
        awaits = instruction_awaits(values, coroutine.frame);
    if (awaits)
        coroutine.awaited = awaited_by_frame(values, coroutine.frame);
    *ret_coroutine = coroutine;
    return HOG_OK;
}

enum hog_status hog_coroutine_frame(struct hog_values *values, const struct hog_coroutine *coroutine,
                                    struct hog_frame *ret_frame)
{
    return coroutine->frame ? frame_decode_at(&values->decoder, coroutine->frame, ret_frame) : HOG_NOT_FOUND;
}

uint64_t hog_awaitable_inner(struct hog_values *values, uint64_t object)
{
    static const struct {
        const char *name;
        enum hog_field inner;
    } kinds[] = {{"coroutine_wrapper", HOG_F_corowrapper_cw_coroutine},
                 {"async_generator_asend", HOG_F_asend_ags_gen},
                 {"async_generator_athrow", HOG_F_athrow_agt_gen},
                 {"anext_awaitable", HOG_F_anext_wrapped}};
    const struct hog_value_type *type;
    uint64_t inner;

    if (!object || hog_value_type(values, object, &type) != HOG_OK)
        return 0;
    if (strcmp(type->module, "types") == 0 && strcmp(type->name, "_GeneratorWrapper") == 0)
        return hog_value_attribute(values, object, "_GeneratorWrapper__wrapped", &inner) ? 0 : inner;
    if (strcmp(type->module, "builtins") != 0)
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(type->name, kinds[i].name) == 0)
            return value_u64(values, object, kinds[i].inner, &inner) ? 0 : inner;
    return 0;
}

uint64_t hog_awaitable_behind(struct hog_values *values, uint64_t object)
{
    enum { MOST = 16 };
    uint64_t inner;

    for (int i = 0; object && i < MOST && (inner = hog_awaitable_inner(values, object)); i++)
        object = inner;
    return object;
}

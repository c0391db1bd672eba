/*
 * The GIL.
 *
 *     3.6        loose globals gil_locked, gil_last_holder
 *     3.7-3.11   inside _PyRuntime
 *     3.12+      interp->ceval.gil ──▶ struct _gil_runtime_state, shared or the interpreter's own
 *
 *     ┌ enabled (free-threaded) │ interval │ last_holder │ locked │ switch_number │ cond │ mutex │ … ┐
 *
 * last_holder is stale unless locked is 1. Source: Include/internal/pycore_gil.h (Python/ceval_gil.h in 3.6).
 */
#include "decode/gil.h"

static enum hog_status gil_address(struct decoder *decoder, uint64_t interpreter, uint64_t *ret_gil)
{
    uint64_t runtime = decoder->location->python.runtime;

    if (hog_layout_has(decoder->layout, HOG_F_interp_gil))
        return field_u64(decoder, interpreter, HOG_F_interp_gil, ret_gil);
    if (!runtime || !hog_layout_has(decoder->layout, HOG_F_runtime_gil))
        return HOG_NOT_FOUND;
    *ret_gil = field_address(decoder, runtime, HOG_F_runtime_gil);
    return HOG_OK;
}

/* 3.6: _Py_atomic_int gil_locked, _Py_atomic_address gil_last_holder; without symbols, who runs is all we
 * have. */
static struct gil_state loose_gil(struct decoder *decoder)
{
    const struct hog_python *python = &decoder->location->python;
    struct gil_state gil = {.exists = true};
    uint32_t locked;

    if (python->gil_locked && python->gil_last_holder &&
        !hog_memory_u32(decoder->memory, python->gil_locked, &locked) &&
        !hog_memory_u64(decoder->memory, python->gil_last_holder, &gil.holder)) {
        gil.known = true;
        gil.locked = locked == 1;
    } else if (python->tstate_current &&
               !hog_memory_u64(decoder->memory, python->tstate_current, &gil.holder)) {
        gil.known = true;
        gil.locked = gil.holder != 0;
    }
    if (!gil.locked)
        gil.holder = 0;
    return gil;
}

struct gil_state gil_read(struct decoder *decoder, uint64_t interpreter)
{
    struct gil_state gil = {.exists = true};
    uint32_t locked, enabled = 1;

    if (decoder->layout->traits.gil_is_static)
        return loose_gil(decoder);
    if (gil_address(decoder, interpreter, &gil.start) || !gil.start)
        return (struct gil_state){0};
    gil.end = field_address(decoder, gil.start, HOG_F_gil_SIZE);
    if (hog_layout_has(decoder->layout, HOG_F_gil_enabled) &&
        field_u32(decoder, gil.start, HOG_F_gil_enabled, &enabled))
        return (struct gil_state){0};
    if (field_u32(decoder, gil.start, HOG_F_gil_locked, &locked) ||
        field_u64(decoder, gil.start, HOG_F_gil_last_holder, &gil.holder))
        return (struct gil_state){0};
    gil.known = true;
    gil.exists = enabled != 0;
    gil.locked = gil.exists && locked == 1;
    if (!gil.locked)
        gil.holder = 0;
    return gil;
}

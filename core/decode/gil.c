/*
 * The GIL.
 *
 *     3.6        loose globals gil_locked, gil_last_holder, gil_cond
 *     3.7-3.11   inside _PyRuntime
 *     3.12+      interp->ceval.gil ──▶ struct _gil_runtime_state, shared or the interpreter's own
 *
 *     ┌ enabled (free-threaded) │ interval │ last_holder │ locked │ switch_number │ cond │ mutex │ … ┐
 *
 * last_holder is stale unless locked is 1. locked is -1 before there is a GIL: to 3.6 it is made with the first
 * thread that Python starts, and until then who runs is in _PyThreadState_Current. Source:
 * Include/internal/pycore_gil.h (Python/ceval_gil.h in 3.6).
 *
 * Without symbols, 3.6's condition is told by what lies around the futex of one who waits, as gcc places static variables:
 *
 *     ┌ gil_cond: … │ the futex ┐┌ gil_last_holder │ gil_switch_number │ gil_drop_request ┐
 *     └───────────────────────48┘└ == who runs     │ counted           │ 0 or 1           ┘
 *
 * It must lie in the static variables of Python's own module, and be waited for with a limit (gil_interval); which other
 * conditions of 3.6 are none of: its locks are on the heap.
 */
#include "decode/gil.h"

#include "memory/system_calls.h"

#define NOT_MADE UINT32_MAX

enum { COND_SIZE = 48, FUTEX_TIMEOUT = 3 };
#define MOST_SWITCHES ((uint64_t)1 << 48)

/* `enabled` of a free-threaded build counts modules that are just being imported and want a GIL; INT_MAX: it is for good. */
enum { MOST_IMPORTS = 1 << 16 };

static bool are_possible(uint32_t locked, uint32_t enabled)
{
    return (locked <= 1 || locked == NOT_MADE) && (enabled <= MOST_IMPORTS || enabled == INT32_MAX);
}

/* 3.6: _Py_atomic_int gil_locked, _Py_atomic_address gil_last_holder; without symbols, who runs is all we
 * have. */
static struct hog_gil_place loose_gil(const struct hog_python *python)
{
    struct hog_gil_place place = {.start = python->gil_cond};

    place.end = place.start ? place.start + COND_SIZE : 0;
    place.holder = python->tstate_current;
    if (python->gil_locked && python->gil_last_holder) {
        place.locked = python->gil_locked;
        place.holder = python->gil_last_holder;
        place.current = python->tstate_current;
    }
    return place;
}

struct hog_gil_place hog_gil_locate(const struct hog_python *python, struct hog_memory *memory,
                                    uint64_t interpreter)
{
    const struct hog_layout *layout = &python->layout;
    const uint32_t *offset = layout->offset;
    uint64_t start = 0;

    if (layout->traits.gil_is_static)
        return loose_gil(python);
    if (hog_layout_has(layout, HOG_F_interp_gil)) {
        if (hog_memory_u64(memory, interpreter + offset[HOG_F_interp_gil], &start))
            start = 0;
    } else if (python->runtime && hog_layout_has(layout, HOG_F_runtime_gil)) {
        start = python->runtime + offset[HOG_F_runtime_gil];
    }
    if (!start)
        return (struct hog_gil_place){0};
    return (struct hog_gil_place){
        .locked = start + offset[HOG_F_gil_locked],
        .holder = start + offset[HOG_F_gil_last_holder],
        .enabled = hog_layout_has(layout, HOG_F_gil_enabled) ? start + offset[HOG_F_gil_enabled] : 0,
        .start = start,
        .end = start + offset[HOG_F_gil_SIZE],
    };
}

/* Which words of a condition are slept on differs between versions of glibc. */
static uint64_t condition_around(struct hog_memory *memory, uint64_t futex, uint64_t runs)
{
    static const unsigned slept_on[] = {40, 44, 32, 36, 4};
    struct {
        uint64_t last_holder, switch_number;
        uint32_t drop_request;
    } behind;

    for (size_t i = 0; i < sizeof slept_on / sizeof *slept_on; i++) {
        uint64_t condition = futex - slept_on[i];

        if (condition % 8 == 0 &&
            hog_memory_read(memory, condition + COND_SIZE, &behind, 2 * 8 + 4) == HOG_OK &&
            behind.last_holder == runs && behind.switch_number && behind.switch_number < MOST_SWITCHES &&
            behind.drop_request <= 1)
            return condition;
    }
    return 0;
}

static bool may_be_loose_condition(const struct hog_python *python, const struct hog_process *process,
                                   const struct hog_thread_registers *registers)
{
    return registers->known && registers->argument_count > FUTEX_TIMEOUT &&
           hog_system_call_is_futex(process->elf_machine, registers->system_call) &&
           registers->arguments[FUTEX_TIMEOUT] && registers->arguments[0] >= python->data &&
           registers->arguments[0] < python->data_end;
}

struct hog_gil_place hog_gil_locate_awaited(const struct hog_python *python,
                                            const struct hog_process *process, struct hog_memory *memory,
                                            uint64_t interpreter)
{
    struct hog_gil_place place = hog_gil_locate(python, memory, interpreter);
    uint64_t runs, fault = memory->fault;

    if (!python->layout.traits.gil_is_static || place.start || !python->tstate_current ||
        hog_memory_u64(memory, python->tstate_current, &runs) != HOG_OK || !runs)
        return place;
    for (size_t i = 0; i < process->thread_count && !place.start; i++)
        if (may_be_loose_condition(python, process, &process->threads[i].registers))
            place.start = condition_around(memory, process->threads[i].registers.arguments[0], runs);
    place.end = place.start ? place.start + COND_SIZE : 0;
    memory->fault = fault; /* what was guessed at need not be there */
    return place;
}

struct hog_gil_state hog_gil_read(const struct hog_gil_place *place, hog_gil_read_word *read, void *source)
{
    struct hog_gil_state gil = {0};
    uint32_t locked = 1, enabled = 1;

    if (!place->holder || !read(source, place->holder, &gil.holder, sizeof gil.holder) ||
        (place->locked && !read(source, place->locked, &locked, sizeof locked)) ||
        (place->enabled && !read(source, place->enabled, &enabled, sizeof enabled)))
        return (struct hog_gil_state){0};
    if (!are_possible(locked, enabled))
        return (struct hog_gil_state){.damaged = true};
    if (locked == NOT_MADE &&
        (!place->current || !read(source, place->current, &gil.holder, sizeof gil.holder)))
        return (struct hog_gil_state){0};
    if (locked == NOT_MADE)
        locked = 1;
    gil.known = true;
    gil.exists = enabled != 0;
    gil.locked = gil.exists && locked == 1 && gil.holder;
    if (!gil.locked)
        gil.holder = 0;
    return gil;
}

static bool word_of_memory(void *source, uint64_t address, void *ret_word, size_t size)
{
    return hog_memory_read(source, address, ret_word, size) == HOG_OK;
}

struct hog_gil_state hog_gil_read_memory(const struct hog_gil_place *place, struct hog_memory *memory)
{
    return hog_gil_read(place, word_of_memory, memory);
}

bool hog_gil_is_awaited(const struct hog_gil_place *place, unsigned elf_machine, int64_t system_call,
                        uint64_t first_argument)
{
    return place->start && hog_system_call_is_futex(elf_machine, system_call) &&
           first_argument >= place->start && first_argument < place->end;
}

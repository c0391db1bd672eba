/*
 * C frames in a sample: of a thread that stands still, from the debugger's
 * unwinder, put between its Python frames.
 *
 *     walk (frames, calls from C) ─┐
 *                                  ├─▶ hog_merge_stacks ─▶ entries of codes, functions of C ─▶ pending
 *     options.native_stack ────────┘
 *
 * A function of C is its name and its module; its lines are not told apart.
 * What has no name is one function a module.
 */
#include "sample/sampler_parts.h"

#include <stdlib.h>

void native_scratch_deinit(struct native_scratch *scratch)
{
    free(scratch->merged);
    free(scratch->entries);
    free(scratch->lines);
    *scratch = (struct native_scratch){0};
}

static bool make_room(struct native_scratch *scratch, size_t wanted)
{
    if (wanted <= scratch->capacity)
        return true;
    native_scratch_deinit(scratch);
    scratch->merged = calloc(wanted, sizeof *scratch->merged);
    scratch->entries = calloc(wanted, sizeof *scratch->entries);
    scratch->lines = calloc(wanted, sizeof *scratch->lines);
    if (!scratch->merged || !scratch->entries || !scratch->lines)
        return false;
    scratch->capacity = wanted;
    return true;
}

/* Its number in the profile, as pending.h marks it. */
static bool number_of(struct hog_sampler *sampler, const struct hog_native_frame *frame, uint32_t *ret_entry)
{
    const struct hog_function function = {
        .name = frame->function ? frame->function : "?", .filename = frame->module, .is_native = true};
    uint32_t number;

    if (hog_profile_builder_function(sampler->builder, &function, &number) != HOG_OK ||
        number >= PENDING_NATIVE)
        return false;
    *ret_entry = number | PENDING_NATIVE;
    return true;
}

static bool fill(struct hog_sampler *sampler, const struct hog_native_stack *native, size_t count)
{
    struct native_scratch *scratch = &sampler->native;

    for (size_t i = 0; i < count; i++) {
        uint32_t index = scratch->merged[i].index;

        if (scratch->merged[i].is_native && !number_of(sampler, native->frames + index, scratch->entries + i))
            return false;
        if (!scratch->merged[i].is_native)
            scratch->entries[i] = sampler->entries[index];
        scratch->lines[i] = scratch->merged[i].is_native ? 0 : sampler->lines[index];
    }
    return true;
}

/* Two interpreters may run on one thread: their frames lie on one C stack. */
static bool is_shared(const struct roster *roster, int64_t lwp)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < roster->count; i++)
        count += roster->threads[i]->lwp == lwp && !roster->threads[i]->gone;
    return count > 1;
}

bool native_add(struct hog_sampler *sampler, int64_t lwp, struct sampled_stack *stack)
{
    const struct walk *walk = &sampler->walk;
    const struct hog_python_stack python = {.frame_count = walk->count,
                                            .entries = walk->entries,
                                            .entry_count = walk->entry_count,
                                            .shared = is_shared(&sampler->roster, lwp)};
    struct hog_native_stack native = {0};
    size_t count = 0;

    sampler->options.native_stack(sampler->options.context, lwp, &native);
    if (!make_room(&sampler->native, native.count + walk->count + 1))
        return false;
    if (hog_merge_stacks(&native, &python, sampler->native.merged, &count) != HOG_MERGED || !native.count)
        sampler->now.native_missing++;
    if (!fill(sampler, &native, count))
        return false;
    *stack = (struct sampled_stack){sampler->native.entries, sampler->native.lines, (uint32_t)count};
    return true;
}

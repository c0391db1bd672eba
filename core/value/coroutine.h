/*
 * Coroutines, generators and asynchronous generators that are nobody's stack:
 * the frame of each, and what it awaits.
 *
 *     coroutine ──awaits──▶ coroutine ──awaits──▶ async_generator_asend ──▶ async generator ──▶ … ──▶ Future
 */
#ifndef HOG_VALUE_COROUTINE_H
#define HOG_VALUE_COROUTINE_H

#include "snapshot/snapshot.h"
#include "value/values.h"

enum hog_coroutine_state {
    HOG_COROUTINE_CREATED = 1, /* it has not run yet */
    HOG_COROUTINE_SUSPENDED,
    HOG_COROUTINE_RUNNING,
    HOG_COROUTINE_ENDED,
};

enum hog_coroutine_kind {
    HOG_COROUTINE_NONE, /* nothing that has a frame */
    HOG_COROUTINE,
    HOG_GENERATOR,
    HOG_ASYNC_GENERATOR,
};

struct hog_coroutine {
    enum hog_coroutine_state state;
    uint64_t frame;   /* its PyFrameObject (to 3.10) or _PyInterpreterFrame; 0: it has ended */
    uint64_t awaited; /* what it awaits, or yields from: the object itself; 0: nothing, or not suspended */
};

enum hog_coroutine_kind hog_coroutine_kind(struct hog_values *values, uint64_t object);
/* HOG_BAD_DATA: what lies there is no coroutine or generator, or no sound one. */
enum hog_status hog_coroutine_read(struct hog_values *values, uint64_t object,
                                   struct hog_coroutine *ret_coroutine) HOG_CHECKED;
/* Its frame, its texts in the arena of the values. */
enum hog_status hog_coroutine_frame(struct hog_values *values, const struct hog_coroutine *coroutine,
                                    struct hog_frame *ret_frame) HOG_CHECKED;
/*
 * The objects on the value stack of a suspended frame, the topmost last: at most `most`, of the top. 0 is a slot that
 * holds none. Returns how many.
 */
size_t hog_suspended_stack(struct hog_values *values, const struct hog_frame *frame, uint64_t *ret_objects,
                           size_t most);
/*
 * What stands between two coroutines and has no frame: asend(), athrow() and anext() of an asynchronous
 * generator, what __await__() of a coroutine gives, types.coroutine's wrapper. Gives what is behind it, 0: `object` is
 * none of them.
 */
uint64_t hog_awaitable_inner(struct hog_values *values, uint64_t object);
/* The first behind it that is none of them: `object` itself, if it is not. Of a chain longer than 16, the sixteenth. */
uint64_t hog_awaitable_behind(struct hog_values *values, uint64_t object);

#endif

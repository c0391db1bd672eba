/*
 * The chain of a thread's frames, walked over the pages of one sample.
 *
 *     to 3.10      tstate.frame ──▶ PyFrameObject ──f_back──▶ … ──▶ NULL             frames on the heap
 *     3.11, 3.12   tstate.cframe ──▶ _PyCFrame.current_frame ──▶ frame ──previous──▶ … ──▶ NULL
 *     3.13+        tstate.current_frame ──▶ frame ──previous──▶ … ──▶ NULL            data stack, C stack,
 *                                                                                   generators
 *
 * For a few instructions, when a generator is entered or left, 3.11 and later
 * have a chain that ends too early. The outermost frame tells: it is always
 * one that C called, from 3.12 on a mark of just that.
 *
 * A frame that Nuitka has made up may be the outermost one as it is, and has its line in its frame object.
 *
 * This is decode/frame.c's walk once more, made for speed: a frame is one
 * look at bytes that are already here. What is in it is not decoded yet.
 */
#ifndef HOG_SAMPLE_WALK_H
#define HOG_SAMPLE_WALK_H

#include "layout/layout.h"
#include "sample/page_view.h"
#include "snapshot/snapshot.h"

struct walk_frame {
    uint64_t address;
    uint64_t code;
    uint64_t instruction; /* an address (3.11+), else an offset in bytes, -1 or less: not started */
    uint64_t globals;
    uint32_t tlbc_index; /* free-threaded 3.14+: which copy of the instructions */
    int32_t set_line;    /* of a frame that no evaluator runs (Nuitka); 0 or less: none */
    bool of_generator;
};

/* Offsets out of the layout that the inner loop needs. */
struct walk_plan {
    enum hog_trait_frame_chain chain;
    uint32_t head; /* of the chain's first pointer, in the thread state */
    uint32_t cframe_current;
    uint32_t executable, previous, globals, instruction, owner, tlbc;
    uint32_t is_entry;                  /* 3.11: called from C, as the outermost frame always is */
    uint32_t set_line, trace;           /* to 3.10: in the frame; see decode/frame_walk.c */
    uint32_t frame_object, object_line; /* 3.11+: in a frame, and in that object */
    uint32_t frame_bytes;               /* that cover all of these */
    uint8_t owner_generator;
    uint8_t first_marker; /* owner from which on a frame is a mark of an entry from C; 0: there are none */
    bool tagged;
    bool counts_units; /* f_lasti in units of two bytes */
};

enum walk_result { WALK_WHOLE, WALK_BROKEN, WALK_UNREADABLE, WALK_FULL };

struct walk {
    struct walk_frame *frames; /* innermost first */
    uint32_t count, capacity;
    struct hog_c_entry
        *entries; /* calls from C, innermost first, where they are wanted; as many as frames at most */
    uint32_t entry_count;
    bool wants_entries;
};

/* HOG_UNSUPPORTED when the layout lacks something. */
enum hog_status walk_plan_init(struct walk_plan *plan, const struct hog_layout *layout) HOG_CHECKED;

enum hog_status walk_init(struct walk *walk) HOG_CHECKED;
void walk_deinit(struct walk *walk);
/* After WALK_FULL; outside of samples only. */
enum hog_status walk_grow(struct walk *walk) HOG_CHECKED;

/* Adds one frame that is on no thread's stack. False: it cannot be read, is none, or there is no room. */
bool walk_add(struct walk *walk, const struct walk_plan *plan, struct page_view *view, uint64_t address);

enum walk_result walk_run(struct walk *walk, const struct walk_plan *plan, struct page_view *view,
                          uint64_t tstate);

#endif

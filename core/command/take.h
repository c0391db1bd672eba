/*
 * A snapshot of a target: of one that stands still, or of one that runs.
 *
 *     stopped          decode
 *
 *     running          decode ─▶ which threads ran meanwhile? ─▶ none, or none that could get the GIL: that was it,
 *                                      │                          and nothing was stopped
 *                        hold who has the GIL, else all of those ─▶ read all pages again in one go ─▶ let go
 *                                      │
 *                        decode the copy; a page was missing, or another thread ran that could get the GIL:
 *                        once more, and hold until it is decoded; at last hold all and decode
 *
 * What a thread that stood still left in memory is right, and the kernel's own
 * count proves that it stood still (memory/stillness.h). While who has the GIL
 * stands still, all others of its interpreter may run in C, and wait for it:
 * their stacks stay what they are. What the threads wait for is decoded with
 * them; of one that runs in C its system call is that of a moment before.
 */
#ifndef HOG_COMMAND_TAKE_H
#define HOG_COMMAND_TAKE_H

#include "command/command.h"
#include "host/target.h"
#include "wait/waits.h"

struct taken {
    struct hog_snapshot *snapshot;
    struct hog_waits *waits; /* NULL: they were not asked for */
};
void taken_deinit(struct taken *taken);

/* On failure the session's error has the words. target->stopped and held_seconds say what it took. */
enum hog_status take_snapshot(struct hog_session *session, struct target *target, bool stop_all,
                              bool with_waits, struct taken *ret_taken) HOG_CHECKED;

#endif

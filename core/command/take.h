/*
 * A snapshot of a target: of one that stands still, or of one that runs.
 *
 *     stopped          decode
 *
 *     running          decode ─▶ which threads ran meanwhile? ─▶ none: that was it, and nothing was stopped
 *                                      │
 *                        hold those ─▶ read all pages again in one go ─▶ let go ─▶ decode the copy
 *                                      │
 *                        a page was missing, or another thread ran: once more; at last hold all and decode
 *
 * What a thread that stood still left in memory is right, and the kernel's own
 * count proves that it stood still (memory/stillness.h).
 */
#ifndef HOG_COMMAND_TAKE_H
#define HOG_COMMAND_TAKE_H

#include "command/command.h"
#include "host/target.h"

/* On failure the session's error has the words. target->stopped and held_seconds say what it took. */
enum hog_status take_snapshot(struct hog_session *session, struct target *target, bool stop_all,
                              struct hog_snapshot **ret_snapshot) HOG_CHECKED;

#endif

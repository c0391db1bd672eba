/*
 * Is a snapshot of a process that runs of one moment, and who has to stand still that it is?
 *
 * What a thread of Python has on its stack, and what that refers to, changes only while it has its interpreter's GIL. So
 * while one thread has that all the time, and stands still, all others may run.
 */
#ifndef HOG_COMMAND_TAKE_JUDGE_H
#define HOG_COMMAND_TAKE_JUDGE_H

#include "memory/stillness.h"
#include "snapshot/snapshot.h"

/* May it be of several moments, because the threads `ran` ran while it was read? Those `held` did not, whatever else. */
bool take_is_mixed(const struct hog_process *process, const struct hog_snapshot *snapshot,
                   const struct hog_movers *ran, const struct hog_movers *held);
/* Does somebody have each GIL? Not where there is none, and not while it is handed on. */
bool take_gils_are_held(const struct hog_snapshot *snapshot);
/*
 * Whom to hold: those that have the GILs, wherever they are now; where somebody may take one, or there is none, all that
 * ran. False when memory is exhausted.
 */
bool take_choose_held(const struct hog_snapshot *snapshot, const struct hog_movers *ran,
                      struct hog_movers *ret_held) HOG_CHECKED;

#endif

/* --locals of a dump: what the frames' variables hold, added to its snapshot. */
#ifndef HOG_COMMAND_DUMP_LOCALS_H
#define HOG_COMMAND_DUMP_LOCALS_H

#include "command/command.h"
#include "host/target.h"
#include "value/render.h"

/* How much of a value is shown where one stands among many: as long as the setting max-string says. */
struct hog_value_limits session_value_limits(const struct hog_session *session, bool whole);

/*
 * Adds them to the chosen threads. Called before C frames are put between those of Python. False: memory did not
 * suffice, and frames from some on have none; what could not be read is in the snapshot.
 */
bool dump_locals_add(struct hog_session *session, struct target *target, struct hog_snapshot *snapshot,
                     const struct hog_thread *const *threads, size_t count, const struct options *options);

#endif

/* --source of a dump: the line of source that each frame is at. */
#ifndef HOG_COMMAND_DUMP_SOURCE_H
#define HOG_COMMAND_DUMP_SOURCE_H

#include "command/command.h"
#include "host/target.h"
#include "line/options.h"
#include "snapshot/snapshot.h"

/* Into the arena of the snapshot. False: memory, or patience (Ctrl-C), came to an end, and some frames have none. */
bool dump_source_add(struct hog_session *session, struct target *target, struct hog_snapshot *snapshot,
                     const struct hog_thread *const *threads, size_t count, const struct options *options);

#endif

/*
 * Which threads of a snapshot a command shows: --thread, --python-only.
 *
 *      T of --thread     12         the debugger's number, else an LWP
 *                        0x7f…      pthread_self(), threading.get_ident()
 *                        worker-3   the name of one thread or of several
 *                        current    the one that the debugger has selected, where none has that name
 */
#ifndef HOG_COMMAND_SELECT_H
#define HOG_COMMAND_SELECT_H

#include "line/options.h"
#include "snapshot/snapshot.h"

/*
 * The chosen threads in the snapshot's order, in an array that the caller frees. `selected` is the LWP of the
 * debugger's selected thread, 0 none.
 */
enum hog_status select_threads(const struct hog_snapshot *snapshot, const struct options *options,
                               int64_t selected, const struct hog_thread ***ret_threads, size_t *ret_count,
                               struct hog_error *error) HOG_CHECKED;

#endif

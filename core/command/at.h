/*
 * Where the user stands: the thread that the debugger has selected, and the
 * frame of Python that is selected in it. What py-bt, py-frame, py-locals,
 * py-print and py-list have in common.
 *
 *     session.places    one selected frame for each thread that was moved in; forgotten when the frame is gone
 *     session.printed   the objects of $1, $2, … of one process
 */
#ifndef HOG_COMMAND_AT_H
#define HOG_COMMAND_AT_H

#include "command/dump.h"
#include "files/files.h"
#include "source/source.h"
#include "value/values.h"

/* A frame that was selected; it counts as long as it is where it was. */
struct place {
    int64_t pid;
    uint64_t thread; /* PyThreadState */
    size_t index;
    uint64_t frame, code;
};

enum { MOST_PLACES = 256 };

struct at {
    struct dump dump;
    const struct hog_thread *thread;
    size_t index; /* of the selected frame */
    struct hog_values *values;
    struct hog_arena arena; /* what `values` hands out */
    struct hog_files files; /* of the process */
    struct hog_sources *sources;
};

/* The thread of --thread, else the debugger's. Fails where there is none, or one that runs no Python. */
enum hog_status at_open(struct at *at, struct hog_session *session,
                        const struct options *options) HOG_CHECKED;
void at_deinit(struct at *at);
/* Fails where the thread has no frames of Python. */
enum hog_status at_frame(const struct at *at, struct hog_session *session,
                         const struct hog_frame **ret_frame) HOG_CHECKED;
/* Selects it for the commands that follow. */
void at_select(struct at *at, struct hog_session *session, size_t index);
/* Of a thread of a snapshot, as it is remembered; 0 unless it was moved. */
size_t place_of(const struct hog_session *session, int64_t pid, const struct hog_thread *thread);
/* Where the choice for a thread is remembered; NULL when memory is exhausted. */
struct place *place_for(struct hog_session *session, int64_t pid, uint64_t thread);
/* Its source, made when it is first asked for. NULL when memory is exhausted. */
struct hog_sources *at_sources(struct at *at);
/* Address of the interpreter that the thread belongs to; 0 unknown. */
uint64_t at_interpreter(const struct at *at);

#endif

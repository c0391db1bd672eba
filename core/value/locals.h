/* Variables of frames as text, added to a snapshot that has been decoded. */
#ifndef HOG_VALUE_LOCALS_H
#define HOG_VALUE_LOCALS_H

#include "snapshot/snapshot.h"
#include "value/render.h"

struct hog_locals_options {
    const struct hog_value_limits *limits;
    bool
        all; /* also what a module's frame holds of names with two underscores, modules, classes, functions */
};

/*
 * Fills `locals` of the first `max_frames` frames (0: all) of a thread. The texts live in the arena of `values`, which
 * is best the snapshot's. False when memory, or patience (Ctrl-C), came to an end.
 */
bool hog_locals_add(struct hog_values *values, const struct hog_thread *thread, size_t max_frames,
                    const struct hog_locals_options *options);

/* Of one frame. */
bool hog_locals_add_one(struct hog_values *values, const struct hog_frame *frame,
                        const struct hog_locals_options *options);

/* One variable. */
struct hog_variable;
void hog_local_of(struct hog_values *values, const struct hog_variable *variable,
                  const struct hog_locals_options *options, struct hog_text *scratch,
                  struct hog_local *ret_local);

#endif

/* How the program calls an object: by a variable, an attribute, a global. */
#ifndef HOG_WAIT_NAME_H
#define HOG_WAIT_NAME_H

#include "wait/reader.h"

/* "mailbox_lock", "self._lock of <Mailbox>", by a name that the frame's own function uses; NULL: none leads there. */
const char *name_in_frame(struct waits_reader *reader, const struct hog_frame *frame, uint64_t object);
/* The same in the first frame of thread `number` that knows it, those of the program before the library's. */
const char *name_of(struct waits_reader *reader, uint32_t number, uint64_t object);

#endif

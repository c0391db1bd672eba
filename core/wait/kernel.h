/* What a thread waits for in the kernel that is no lock: files, processes, time. */
#ifndef HOG_WAIT_KERNEL_H
#define HOG_WAIT_KERNEL_H

#include "wait/call.h"

/* HOG_WAIT_NONE: it does not wait. */
uint32_t kernel_node(struct waits_reader *reader, uint32_t thread, const struct wait_call *call);

#endif

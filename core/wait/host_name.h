/* A wait for the answer to a look-up of a host's name; see host_name.c. */
#ifndef HOG_WAIT_HOST_NAME_H
#define HOG_WAIT_HOST_NAME_H

#include "wait/call.h"

/* HOG_WAIT_NONE: the thread waits for no such thing. */
uint32_t host_name_node(struct waits_reader *reader, uint32_t thread, const struct wait_call *call);

#endif

/* A wait for a database of SQLite that another process has locked; see database.c. */
#ifndef HOG_WAIT_DATABASE_H
#define HOG_WAIT_DATABASE_H

#include "wait/call.h"

/* HOG_WAIT_NONE: the thread waits for no such thing. */
uint32_t database_node(struct waits_reader *reader, uint32_t thread, const struct wait_call *call);

#endif

/*
 * Is a process that the debugger reaches through a server one of this machine?
 * Then it can be stopped as one that it holds itself (stopper.h); gdbserver's
 * own way is a SIGINT to the whole process group.
 *
 * A pid proves nothing: the server may stand in another container or on
 * another machine, where the number is another process's. Proof is what the
 * kernel gave our process of that number, and no other: 16 random bytes
 * (AT_RANDOM of its auxiliary vector), which the debugger has to find at the
 * same address.
 */
#ifndef HOGNOSE_STOP_HERE_H
#define HOGNOSE_STOP_HERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* read_memory of hog_host. */
typedef size_t (*hog_read_memory)(void *context, uint64_t address, void *buffer, size_t length);

bool hog_process_is_here(int64_t pid, hog_read_memory read, void *context);

#ifdef __cplusplus
}
#endif

#endif

/* Which of a launcher's many processes one is. */
#ifndef HOG_HOST_RANK_H
#define HOG_HOST_RANK_H

#include <stdint.h>

/*
 * The number that a launcher (srun, mpirun, torchrun) gave process `pid` of this machine in its environment; -1: it was
 * started by none, or may not be read. The environment is the process's own word: a number, and nothing else, comes out.
 */
int64_t host_rank_of(int64_t pid);

#endif

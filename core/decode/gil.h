/*
 * The GIL: where its words lie, who holds it, and where a thread that waits
 * for it is parked. Used by decoding and by sampling.
 */
#ifndef HOG_DECODE_GIL_H
#define HOG_DECODE_GIL_H

#include "locate/locate.h"

/* Addresses. */
struct hog_gil_place {
    uint64_t locked;     /* 0: held while `holder` is set */
    uint64_t holder;     /* 0: not known where */
    uint64_t enabled;    /* 0: it always is */
    uint64_t current;    /* 3.6: PyThreadState that runs; 0 unknown */
    uint64_t start, end; /* of the structure, whose mutex and condition waiters sleep on; 0 unknown */
};

struct hog_gil_state {
    bool known;   /* the two below were read */
    bool damaged; /* they were read, and are no words of a GIL: nothing is known */
    bool exists;  /* false: a free-threaded build that runs without it */
    bool locked;
    uint64_t holder; /* PyThreadState *, 0 when nobody holds it */
};

struct hog_gil_place hog_gil_locate(const struct hog_python *python, struct hog_memory *memory,
                                    uint64_t interpreter);
/*
 * As above, and of 3.6 without symbols where those sleep that wait for it: told by the futexes of the process's threads,
 * one of which must be that of the condition. Nothing while nobody is seen to run.
 */
struct hog_gil_place hog_gil_locate_awaited(const struct hog_python *python,
                                            const struct hog_process *process, struct hog_memory *memory,
                                            uint64_t interpreter);
/* Reads `size` bytes, all or none. */
typedef bool hog_gil_read_word(void *source, uint64_t address, void *ret_word, size_t size);
struct hog_gil_state hog_gil_read(const struct hog_gil_place *place, hog_gil_read_word *read, void *source);
/* The same from memory. */
struct hog_gil_state hog_gil_read_memory(const struct hog_gil_place *place, struct hog_memory *memory);

/* Does a thread wait for it that is in this system call, with this first argument? */
bool hog_gil_is_awaited(const struct hog_gil_place *place, unsigned elf_machine, int64_t system_call,
                        uint64_t first_argument);

#endif

/*
 * What every thread waits for, who holds it, and what follows from that.
 *
 *     snapshot, memory ──▶ hog_waits_read ──▶ graph (graph.h) + verdict
 *
 * A thread's wait is told from its system call: the futex it sleeps on is that
 * of an object on its value stack, or its place in CPython's parking lot names
 * the object. Owners are what CPython records (RLock, GIL, Thread.join, import
 * locks, buffered files) or what the program's own `with` proves; each edge
 * says which, with the addresses that were read.
 *
 * Threads of the graph are those of the snapshot, by number.
 */
#ifndef HOG_WAIT_WAITS_H
#define HOG_WAIT_WAITS_H

#include "locate/locate.h"
#include "snapshot/snapshot.h"
#include "wait/graph.h"

enum hog_verdict {
    HOG_VERDICT_UNKNOWN,
    HOG_VERDICT_DEADLOCK,
    HOG_VERDICT_LIKELY_DEADLOCK,
    HOG_VERDICT_WAITING,
    HOG_VERDICT_GIL,
    HOG_VERDICT_IDLE,
    HOG_VERDICT_RUNNING,
};
const char *hog_verdict_key(enum hog_verdict verdict); /* "likely_deadlock" */

struct hog_wait_options {
    bool (*interrupted)(void *context); /* polled; may be NULL */
    void *context;
};

struct hog_waits {
    struct hog_wait_graph graph;
    enum hog_verdict verdict;
    const char *verdict_text; /* a line or two, as a person would say it */
    bool interrupted;
    struct hog_arena arena;
};

/* `memory` is best the page cache that the snapshot was decoded from. The snapshot must outlive the waits. */
enum hog_status hog_waits_read(const struct hog_process *process, const struct hog_location *location,
                               struct hog_memory *memory, const struct hog_snapshot *snapshot,
                               const struct hog_wait_options *options, struct hog_waits **ret_waits,
                               struct hog_error *error) HOG_CHECKED;
/* Since when those wait that memory does not tell it of: `rest` says for how many seconds a thread has not run, negative
 * unknown. */
void hog_waits_add_times(struct hog_waits *waits, const struct hog_snapshot *snapshot,
                         double (*rest)(void *context, int64_t lwp), void *context);
/*
 * What two looks at the same process tell: sets `moved` of each thread of the
 * second, and says in its verdict how many stand where they stood `seconds`
 * before. False: no memory.
 */
bool hog_waits_compare(struct hog_waits *waits, const struct hog_snapshot *snapshot,
                       const struct hog_waits *before, const struct hog_snapshot *snapshot_before,
                       double seconds) HOG_CHECKED;
void hog_waits_destroy(struct hog_waits *waits); /* NULL is fine */

/* "sender-1", or what else the thread can be called by. `buffer` is used where it has no name. */
enum { HOG_WAIT_CALLED = 48 };
const char *hog_wait_thread_called(const struct hog_thread *thread, char buffer[HOG_WAIT_CALLED]);
/* The line of the program at which the thread stands, HOG_WAIT_NONE: none. Lines of the standard library are
 * not. */
uint32_t hog_wait_program_frame(const struct hog_thread *thread);
/* Behind the outermost line of the program: what comes then has started the thread. */
uint32_t hog_wait_program_end(const struct hog_thread *thread);
/* What a descriptor of a live local process is: "to 10.0.0.7:5432", "/var/log/app.log". In the arena; NULL unknown. */
const char *hog_wait_descriptor_words(const struct hog_process *process, struct hog_arena *arena,
                                      uint64_t descriptor);
/* "lock mailbox_lock", "the GIL", "socket to 10.0.0.7:5432". In the arena; NULL: no memory. */
const char *hog_wait_node_words(struct hog_arena *arena, const struct hog_wait_node *node);

#endif

/*
 * What the files of wait/ share: one reading of all waits of a snapshot. Not
 * seen outside of this folder.
 *
 *     read.c ─┬─▶ call.c      the system call a thread is in, and its limit
 *             ├─▶ lock.c      futex ─▶ the object that is waited for, who holds it ─▶ holder.c, slots.c
 *             ├─▶ library.c   what a wait inside of threading, queue, concurrent.futures means
 *             ├─▶ kernel.c    files, sockets, processes, time ─▶ files.c, sockets.c
 *             ├─▶ name.c      how the program calls an object
 *             ├─▶ graph.c     who is stuck; verdict.c says it in words
 *             └─▶ reader.c    the nodes, and what all of these ask
 */
#ifndef HOG_WAIT_READER_H
#define HOG_WAIT_READER_H

#include "value/values.h"
#include "wait/sockets.h"
#include "wait/waits.h"

struct code_facts;
struct held_lock;
struct known_node;
struct locker;

/* Static variables of Python's module. */
struct static_words {
    bool read;
    bool has_holes; /* some of it could not be read */
    uint64_t start;
    uint64_t *items;
    size_t count;
};

struct waits_reader {
    const struct hog_process *process;
    const struct hog_location *location;
    const struct hog_layout *layout;
    struct hog_memory *memory;
    const struct hog_snapshot *snapshot;
    struct hog_wait_options options;
    struct hog_values *values;
    struct hog_arena *arena;

    struct hog_wait_graph *graph; /* its nodes grow */
    uint32_t node_capacity;
    struct known_node *known;    /* hash by kind and address */
    struct code_facts *codes;    /* hash by code object: slots.c */
    struct held_lock *held;      /* hash by lock: what `with` says; built when it is first asked for */
    struct static_words bss;     /* import_lock.c */
    struct hog_sockets *sockets; /* of the process's namespace; NULL: not read yet */
    struct locker *lockers;      /* holder.c; malloc'ed, NULL: none, or not listed yet */
    size_t locker_count;
    bool held_built, lockers_listed;
    bool no_memory;
};

static inline bool waits_interrupted(struct waits_reader *reader)
{
    return reader->options.interrupted && reader->options.interrupted(reader->options.context);
}

/* One member by the layout. False: this build has none, or it cannot be read. */
static inline bool read_member(struct waits_reader *reader, uint64_t base, enum hog_field field,
                               uint64_t *ret_value)
{
    return base && hog_layout_has(reader->layout, field) &&
           hog_memory_u64(reader->memory, base + reader->layout->offset[field], ret_value) == HOG_OK;
}

static inline bool read_member_u32(struct waits_reader *reader, uint64_t base, enum hog_field field,
                                   uint32_t *ret_value)
{
    return base && hog_layout_has(reader->layout, field) &&
           hog_memory_u32(reader->memory, base + reader->layout->offset[field], ret_value) == HOG_OK;
}

static inline uint64_t member_address(const struct waits_reader *reader, uint64_t base, enum hog_field field)
{
    return base + reader->layout->offset[field];
}

static inline bool object_is_a(struct waits_reader *reader, uint64_t object, const char *module,
                               const char *qualname)
{
    return object && hog_value_is_a(reader->values, object, module, qualname);
}

enum { C_FUNCTION_NAME = 32 };
/* What a function of C (builtin_function_or_method) is called; cut. False: it is none. */
bool c_function_name(struct waits_reader *reader, uint64_t object, char ret_name[C_FUNCTION_NAME]);

/* Words in the arena; NULL when memory is exhausted. */
#define WORDS(reader, ...) hog_arena_printf((reader)->arena, __VA_ARGS__)

/*
 * The node for that thing, made when it is new (`ret_new`); HOG_WAIT_NONE: no
 * memory. Its address moves when another is made: nodes are named by number.
 */
uint32_t node_for(struct waits_reader *reader, enum hog_wait_kind kind, uint64_t address, bool *ret_new);
static inline struct hog_wait_node *node_at(struct waits_reader *reader, uint32_t node)
{
    return &reader->graph->nodes[node];
}
/* `holder` is the number of a thread of the snapshot. */
void node_held_by(struct waits_reader *reader, uint32_t node, enum hog_wait_grade grade, uint32_t holder,
                  const char *evidence);
/* It is held by the thread with that id, which is recorded at `place`; where there is none, by nobody alive. */
void node_owned_by(struct waits_reader *reader, uint32_t node, uint64_t thread_id, uint64_t place);
void node_release(struct waits_reader *reader);

/* The thread with this pthread_self() that is alive; HOG_WAIT_NONE: there is none. */
uint32_t thread_by_id(const struct waits_reader *reader, uint64_t thread_id);
uint32_t thread_by_lwp(const struct waits_reader *reader, int64_t lwp);
/* Are all threads of the process known, so that one that is not among them is gone? */
bool all_threads_known(const struct waits_reader *reader);

/* Is this a module whose frames stand between the program and a wait? */
bool library_has(const char *module);

#endif

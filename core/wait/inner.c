/*
 * Locks of CPython's own that are no objects.
 *
 *     the import lock       interp.imports  │ modules │ … │ lock: mutex, thread, level │         3.12+
 *                           mutex is a pointer to a semaphore (3.12) or a byte that threads park on; to 3.11 all of it
 *                           lies in static variables (import_lock.c), and who waits for it is in
 *                           _imp.acquire_lock() or os.fork()
 *     critical sections     object │ ob_mutex │      free-threaded: threads park on the lock of an object
 *                           tstate.critical_section ─▶ │ prev │ mutex │ [mutex2] │ ─▶ …      what a thread has locked
 *     a stop of all         interp.stoptheworld │ … │ stop_event │ countdown │ requester │
 *                           those that stand park on their own tstate.state, the requester on stop_event
 *
 * A thread that lets go of its thread state gives its critical sections back: bit 0 of the pointer says so, bit 1 that it
 * has two mutexes.
 *
 * Sources: Python/import.c, Python/lock.c, Python/critical_section.c, Python/pystate.c, pycore_interp_structs.h,
 * 3.12 - 3.15.
 */
#include "wait/inner.h"

#include "wait/import_lock.h"
#include "wait/slots.h"

#include <string.h>

enum {
    IMPORTS_BYTES = 256, /* the lock lies so near behind `modules` */
    IMPORT_LOCK_THREAD = 8,
    WAIT_ENTRY_ADDRESS = 8,
    INACTIVE = 1,
    TWO_MUTEXES = 2,
    TAGS = 3,
    SECTION_MUTEX = 8,
    MAX_SECTIONS = 64,
    STOP_EVENT = 4,
    STOP_REQUESTER = 16,
    STATE_ATTACHED = 1,
};

static uint64_t interpreter_of(const struct waits_reader *reader, const struct hog_thread *thread)
{
    for (size_t i = 0; i < reader->snapshot->interpreter_count; i++)
        if (reader->snapshot->interpreters[i].id == thread->interpreter)
            return reader->snapshot->interpreters[i].address;
    return 0;
}

static bool take(struct found_lock *ret_found, enum lock_found what, uint64_t address, const char *evidence)
{
    *ret_found = (struct found_lock){.what = what, .address = address, .blocked = -1, .evidence = evidence};
    return evidence != NULL;
}

/*
 * The import lock.
 */

/* 3.12: a word of interp.imports is the pointer to the semaphore. */
static bool find_by_pointer(struct waits_reader *reader, uint64_t imports, uint64_t futex,
                            struct found_lock *ret_found)
{
    uint64_t words[IMPORTS_BYTES / 8];
    size_t count;

    if (!futex || !hog_layout_has(reader->layout, HOG_F_interp_gil)) /* which 3.12 brought too */
        return false;
    count = hog_memory_read_some(reader->memory, imports, words, sizeof words) / 8;
    for (size_t i = 0; i < count; i++)
        if (words[i] == futex)
            return take(ret_found, LOCK_IMPORT, imports + 8 * i,
                        WORDS(reader, "futex " HOG_ADDRESS " is the semaphore at " HOG_ADDRESS, futex,
                              imports + 8 * i));
    return false;
}

/* To 3.11. Calls that take the lock; what else they could wait for is not told from it but by the lock's own variables. */
static const struct taking_call {
    const char *name;
    bool nothing_else;
} taking_calls[] = {
    {"acquire_lock", true}, {"fork", false}, {"forkpty", false}, {"fork1", false}, {"fork_exec", false}};

static bool takes_import_lock(struct waits_reader *reader, uint64_t function, const struct taking_call *call,
                              uint64_t futex, struct found_lock *ret_found)
{
    char name[C_FUNCTION_NAME];
    uint64_t lock;
    bool is_not;

    if (!c_function_name(reader, function, name) || strcmp(name, call->name) != 0)
        return false;
    lock = import_lock_of(reader, futex, &is_not);
    if (lock)
        return take(ret_found, LOCK_IMPORT, lock,
                    WORDS(reader, "futex " HOG_ADDRESS " is the semaphore at " HOG_ADDRESS, futex, lock));
    return call->nothing_else && !is_not &&
           take(ret_found, LOCK_IMPORT, 0,
                WORDS(reader, "the innermost frame calls _imp.%s, in futex " HOG_ADDRESS, call->name, futex));
}

/* By the function that the innermost frame calls. */
static bool find_by_call(struct waits_reader *reader, const struct hog_thread *thread, uint64_t futex,
                         struct found_lock *ret_found)
{
    uint64_t objects[SLOTS_OF_STACK];
    uint32_t count;

    if (hog_layout_has(reader->layout, HOG_F_interp_gil) || !thread->frame_count)
        return false;
    count = slots_stack(reader, &thread->frames[0], objects);
    for (uint32_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof taking_calls / sizeof *taking_calls; k++)
            if (takes_import_lock(reader, objects[i], &taking_calls[k], futex, ret_found))
                return true;
    return false;
}

/*
 * Where threads park.
 */

static bool is_own_state(const struct waits_reader *reader, const struct hog_thread *thread, uint64_t address)
{
    return thread->tstate && hog_layout_has(reader->layout, HOG_F_tstate_state) &&
           address == member_address(reader, thread->tstate, HOG_F_tstate_state);
}

static bool is_stop_event(const struct waits_reader *reader, uint64_t interpreter, uint64_t address)
{
    return interpreter && hog_layout_has(reader->layout, HOG_F_interp_stoptheworld) &&
           address == member_address(reader, interpreter, HOG_F_interp_stoptheworld) + STOP_EVENT;
}

static bool find_parked(struct waits_reader *reader, const struct hog_thread *thread, uint64_t futex,
                        struct found_lock *ret_found)
{
    const struct hog_layout *layout = reader->layout;
    uint64_t address, interpreter = interpreter_of(reader, thread);
    uint64_t imports = interpreter ? member_address(reader, interpreter, HOG_F_interp_modules) : 0;
    const struct hog_value_type *type;
    const char *evidence;

    if (!hog_layout_has(layout, HOG_F_threadhandle_thread_is_exiting) || futex % 8 ||
        hog_memory_u64(reader->memory, futex - WAIT_ENTRY_ADDRESS, &address) != HOG_OK || !address)
        return false;
    evidence =
        WORDS(reader, "futex " HOG_ADDRESS " is in a wait_entry that says " HOG_ADDRESS, futex, address);
    if (imports && address >= imports && address - imports < IMPORTS_BYTES)
        return take(ret_found, LOCK_IMPORT, address, evidence);
    if (is_own_state(reader, thread, address))
        return take(ret_found, LOCK_STOP, interpreter, evidence);
    if (is_stop_event(reader, interpreter, address))
        return take(ret_found, LOCK_STOP_REQUEST, address, evidence);
    return hog_layout_has(layout, HOG_F_object_ob_mutex) &&
           (address - layout->offset[HOG_F_object_ob_mutex]) % 8 == 0 &&
           hog_value_type(reader->values, address - layout->offset[HOG_F_object_ob_mutex], &type) == HOG_OK &&
           take(ret_found, LOCK_CRITICAL_SECTION, address - layout->offset[HOG_F_object_ob_mutex], evidence);
}

bool inner_find(struct waits_reader *reader, uint32_t number, uint64_t futex, struct found_lock *ret_found)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    uint64_t interpreter = interpreter_of(reader, thread);

    return find_parked(reader, thread, futex, ret_found) ||
           (interpreter && !hog_layout_has(reader->layout, HOG_F_threadhandle_thread_is_exiting) &&
            find_by_pointer(reader, member_address(reader, interpreter, HOG_F_interp_modules), futex,
                            ret_found)) ||
           find_by_call(reader, thread, futex, ret_found);
}

/*
 * Owners.
 */

/* Does a section of this thread have the mutex? What it has given back is not looked at. */
static uint64_t section_with(struct waits_reader *reader, const struct hog_thread *thread, uint64_t mutex)
{
    uint64_t tagged, words[3];

    if (!read_member(reader, thread->tstate, HOG_F_tstate_critical_section, &tagged))
        return 0;
    for (unsigned i = 0; i < MAX_SECTIONS && tagged && !(tagged & INACTIVE); i++) {
        uint64_t section = tagged & ~(uint64_t)TAGS;
        size_t length = tagged & TWO_MUTEXES ? sizeof words : 2 * sizeof *words;

        if (hog_memory_read(reader->memory, section, words, length) != HOG_OK)
            return 0;
        if (words[1] == mutex || (tagged & TWO_MUTEXES && words[2] == mutex))
            return section;
        tagged = words[0];
    }
    return 0;
}

static void owner_of_section(struct waits_reader *reader, uint32_t node, uint64_t object)
{
    uint64_t mutex = member_address(reader, object, HOG_F_object_ob_mutex);

    for (uint32_t i = 0; i < reader->snapshot->thread_count; i++) {
        uint64_t section = section_with(reader, &reader->snapshot->threads[i], mutex);

        if (!section)
            continue;
        node_held_by(reader, node, HOG_WAIT_HELD, i,
                     WORDS(reader,
                           "the critical section at " HOG_ADDRESS
                           " of the thread has the mutex at " HOG_ADDRESS,
                           section, mutex));
        return;
    }
}

static uint32_t thread_of_state(const struct waits_reader *reader, uint64_t tstate)
{
    for (uint32_t i = 0; tstate && i < reader->snapshot->thread_count; i++)
        if (reader->snapshot->threads[i].tstate == tstate)
            return i;
    return HOG_WAIT_NONE;
}

/* Those that stand wait for who has stopped them. */
static void owner_of_stop(struct waits_reader *reader, uint32_t node, uint64_t interpreter)
{
    uint64_t requester,
        place = member_address(reader, interpreter, HOG_F_interp_stoptheworld) + STOP_REQUESTER;

    if (hog_layout_has(reader->layout, HOG_F_interp_stoptheworld) &&
        hog_memory_u64(reader->memory, place, &requester) == HOG_OK)
        node_held_by(reader, node, HOG_WAIT_HELD, thread_of_state(reader, requester),
                     WORDS(reader, "the thread state " HOG_ADDRESS " is the requester at " HOG_ADDRESS,
                           requester, place));
}

/*
 * And he waits for one that does not come to a stop: it still has its thread state. So has he himself, who waits with
 * it (Python/pystate.c, stop_the_world: PyEvent_WaitTimed without detaching, 3.13 - 3.15).
 */
static void owner_of_request(struct waits_reader *reader, uint32_t node, uint64_t stop_event)
{
    uint64_t requester;

    if (hog_memory_u64(reader->memory, stop_event - STOP_EVENT + STOP_REQUESTER, &requester) != HOG_OK)
        return;
    for (uint32_t i = 0; i < reader->snapshot->thread_count; i++) {
        uint64_t tstate = reader->snapshot->threads[i].tstate;
        uint32_t state;

        if (tstate == requester || !read_member_u32(reader, tstate, HOG_F_tstate_state, &state) ||
            state != STATE_ATTACHED)
            continue;
        node_held_by(reader, node, HOG_WAIT_HELD, i,
                     WORDS(reader, "the thread state " HOG_ADDRESS " is attached", tstate));
        return;
    }
}

/* Where the lock is known. */
static void owner_of_import_lock(struct waits_reader *reader, uint32_t node, uint64_t lock)
{
    uint64_t place = hog_layout_has(reader->layout, HOG_F_interp_gil) ? lock + IMPORT_LOCK_THREAD
                                                                      : import_lock_owner(reader);
    uint64_t thread;

    if (lock && place && hog_memory_u64(reader->memory, place, &thread) == HOG_OK && thread)
        node_owned_by(reader, node, thread, place);
}

uint32_t inner_node(struct waits_reader *reader, const struct found_lock *found)
{
    enum hog_wait_kind kind = found->what == LOCK_IMPORT             ? HOG_WAIT_IMPORT_LOCK
                              : found->what == LOCK_CRITICAL_SECTION ? HOG_WAIT_CRITICAL_SECTION
                              : found->what == LOCK_STOP_REQUEST     ? HOG_WAIT_STOP_REQUEST
                                                                     : HOG_WAIT_STOP_THE_WORLD;
    const struct hog_value_type *type;
    bool is_new;
    uint32_t node = node_for(reader, kind, found->address, &is_new);

    if (node == HOG_WAIT_NONE || !is_new)
        return node;
    node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
    node_at(reader, node)->evidence = found->evidence;
    if (found->what == LOCK_IMPORT)
        owner_of_import_lock(reader, node, found->address);
    else if (found->what == LOCK_STOP)
        owner_of_stop(reader, node, found->address);
    else if (found->what == LOCK_STOP_REQUEST)
        owner_of_request(reader, node, found->address);
    else if (found->what == LOCK_CRITICAL_SECTION) {
        owner_of_section(reader, node, found->address);
        if (hog_value_type(reader->values, found->address, &type) == HOG_OK)
            node_at(reader, node)->name = WORDS(reader, "of type %.100s", type->name);
    }
    return node;
}

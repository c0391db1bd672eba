/*
 * What a task waits for, in words.
 *
 *     _fut_waiter            what the task really waits for: a future
 *     the innermost frames   what that means: asyncio's own functions wait for futures that they made for it
 *     callbacks of it        who made it: shield(), an executor
 *
 * Names of functions, variables and attributes: Lib/asyncio/{tasks,locks,queues,taskgroups,streams,selector_events,
 * base_subprocess,base_events}.py, 3.6 - 3.15; the newest name where they differ, the others beside it.
 */
#include "tasks/reader.h"

#include "base/clock.h"
#include "value/render.h"
#include "value/variables.h"
#include "wait/waits.h"

#include <string.h>

enum { FRAMES_LOOKED_AT = 16, MOST_DESCRIPTORS = 64 };

struct place {
    const struct hog_frame *frame;
    uint64_t self;
};

typedef void describe(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait);

static bool variable(struct tasks_reader *reader, const struct hog_frame *frame, const char *name,
                     uint64_t *ret_value)
{
    return hog_variable_find(reader->values, frame, name, ret_value) == HOG_OK;
}

static bool attribute(struct tasks_reader *reader, uint64_t object, const char *name, uint64_t *ret_value)
{
    return object && hog_value_attribute(reader->values, object, name, ret_value) == HOG_OK;
}

static bool number(struct tasks_reader *reader, uint64_t object, const char *name, int64_t *ret_number)
{
    uint64_t value;

    return attribute(reader, object, name, &value) &&
           hog_value_i64(reader->values, value, ret_number) == HOG_OK;
}

/* How many there are in a container; false: it is none. */
static bool length_of(struct tasks_reader *reader, uint64_t object, uint64_t *ret_length)
{
    struct hog_value_walk walk;

    if (!object || hog_value_walk_start(reader->values, object, &walk) != HOG_OK)
        return false;
    *ret_length = walk.length;
    return true;
}

static const char *class_of(struct tasks_reader *reader, uint64_t object)
{
    const struct hog_value_type *type;

    return hog_value_type(reader->values, object, &type) == HOG_OK ? type->name : "?";
}

/* An int or a float as Python shows it. */
static const char *number_words(struct tasks_reader *reader, uint64_t object)
{
    struct hog_text text = {0};
    const char *words;

    if (hog_value_base(reader->values, object) != HOG_VALUE_INT &&
        !hog_value_is(reader->values, object, "builtins", "float"))
        return NULL;
    hog_value_render(reader->values, object, &hog_value_limits_brief, &text);
    words = text.failed || !text.length ? NULL : hog_arena_copy_text(reader->arena, text.bytes, text.length);
    hog_text_deinit(&text);
    return words;
}

static void describe_sleep(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    uint64_t delay, handle, when, bits;
    const char *words = NULL;
    double left;

    if (variable(reader, place->frame, "delay", &delay))
        words = number_words(reader, delay);
    wait->text = words ? WORDS(reader, "sleep(%s)", words) : "sleep()";
    if (reader->process->kind != HOG_TARGET_LIVE || !variable(reader, place->frame, "h", &handle) ||
        !attribute(reader, handle, "_when", &when) ||
        !hog_value_is(reader->values, when, "builtins", "float") ||
        !read_member(reader, when, HOG_F_float_ob_fval, &bits))
        return;
    memcpy(&left, &bits, sizeof left);
    left -= hog_clock_monotonic();
    if (left > -1e9 && left < 1e12)
        wait->more =
            left >= 0 ? WORDS(reader, ", %.1f s more", left) : WORDS(reader, ", overdue by %.1f s", -left);
}

static void describe_lock(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    uint64_t waiters, count = 0;

    wait->address = place->self;
    wait->text = WORDS(reader, "asyncio.%s", class_of(reader, place->self));
    if (attribute(reader, place->self, "_waiters", &waiters) && length_of(reader, waiters, &count) &&
        count > 1)
        wait->text =
            WORDS(reader, "asyncio.%s, %" PRIu64 " wait for it", class_of(reader, place->self), count);
}

static void describe_semaphore(struct tasks_reader *reader, const struct place *place,
                               struct hog_task_wait *wait)
{
    int64_t value;

    describe_lock(reader, place, wait);
    if (number(reader, place->self, "_value", &value))
        wait->text = WORDS(reader, "%s, its value is %" PRId64, wait->text, value);
}

static void describe_barrier(struct tasks_reader *reader, const struct place *place,
                             struct hog_task_wait *wait)
{
    int64_t there, all;

    wait->address = place->self;
    wait->text = "asyncio.Barrier";
    if (number(reader, place->self, "_count", &there) && number(reader, place->self, "_parties", &all))
        wait->text = WORDS(reader, "asyncio.Barrier, %" PRId64 " of %" PRId64 " are there", there, all);
}

static void describe_queue(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    const char *function = place->frame->code->name, *class = class_of(reader, place->self);
    uint64_t items, count = 0;
    int64_t value = 0;

    wait->address = place->self;
    wait->text = WORDS(reader, "asyncio.%s.%s", class, function);
    if (strcmp(function, "join") == 0) {
        if (number(reader, place->self, "_unfinished_tasks", &value))
            wait->text =
                WORDS(reader, "asyncio.%s.join, %" PRId64 " of its tasks are unfinished", class, value);
        return;
    }
    if (!attribute(reader, place->self, "_queue", &items) || !length_of(reader, items, &count))
        return;
    if (strcmp(function, "put") == 0 && number(reader, place->self, "_maxsize", &value))
        wait->text =
            WORDS(reader, "asyncio.%s.put, it is full: %" PRIu64 " of %" PRId64, class, count, value);
    else if (!count)
        wait->text = WORDS(reader, "asyncio.%s.get, it is empty", class);
}

static void describe_group(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    uint64_t tasks, count;

    wait->address = place->self;
    wait->text = "the tasks of a TaskGroup";
    if (attribute(reader, place->self, "_tasks", &tasks) && length_of(reader, tasks, &count))
        wait->text = WORDS(reader, "the %" PRIu64 " unfinished tasks of a TaskGroup", count);
}

static void describe_wait(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    uint64_t tasks, count, when;
    const char *words;

    wait->text = "asyncio.wait()";
    if (!variable(reader, place->frame, "fs", &tasks) || !length_of(reader, tasks, &count))
        return;
    if (variable(reader, place->frame, "return_when", &when) &&
        hog_value_text(reader->values, when, &words) == HOG_OK)
        wait->text = WORDS(reader, "asyncio.wait() of %" PRIu64 ", %s", count, words);
    else
        wait->text = WORDS(reader, "asyncio.wait() of %" PRIu64, count);
}

static void describe_wait_for(struct tasks_reader *reader, const struct place *place,
                              struct hog_task_wait *wait)
{
    uint64_t value;
    const char *words;

    wait->text = "asyncio.wait_for()";
    if (variable(reader, place->frame, "fut", &value))
        wait->address = value;
    if (variable(reader, place->frame, "timeout", &value) && (words = number_words(reader, value)))
        wait->text = WORDS(reader, "asyncio.wait_for(), %s s at most", words);
}

/* "to 10.0.0.7:5432" of what the transport knows of its peer: a tuple of host and port, or a path. */
static const char *peer_words(struct tasks_reader *reader, uint64_t transport)
{
    uint64_t extra, peer, item;
    const char *host;
    int64_t port;

    if (!attribute(reader, transport, "_extra", &extra) ||
        hog_value_dict_find(reader->values, extra, "peername", &peer) != HOG_OK)
        return NULL;
    if (hog_value_text(reader->values, peer, &host) == HOG_OK)
        return *host ? WORDS(reader, " to %s", host) : NULL;
    if (hog_value_base(reader->values, peer) != HOG_VALUE_TUPLE ||
        hog_value_index(reader->values, peer, 0, &item) != HOG_OK ||
        hog_value_text(reader->values, item, &host) != HOG_OK ||
        hog_value_index(reader->values, peer, 1, &item) != HOG_OK ||
        hog_value_i64(reader->values, item, &port) != HOG_OK)
        return NULL;
    return WORDS(reader, strchr(host, ':') ? " to [%s]:%" PRId64 : " to %s:%" PRId64, host, port);
}

/* The transport below TLS, which has the socket. */
static uint64_t below_tls(struct tasks_reader *reader, uint64_t transport)
{
    uint64_t protocol, inner;

    if (attribute(reader, transport, "_ssl_protocol", &protocol) &&
        attribute(reader, protocol, "_transport", &inner))
        return inner;
    return transport;
}

/* Of the kernel: each look reads long tables, so there is an end to them. */
static const char *descriptor_words(struct tasks_reader *reader, uint64_t descriptor)
{
    if (reader->descriptors++ >= MOST_DESCRIPTORS)
        return NULL;
    return hog_wait_descriptor_words(reader->process, reader->arena, descriptor);
}

static void describe_stream(struct tasks_reader *reader, const struct place *place,
                            struct hog_task_wait *wait)
{
    const char *what = strstr(place->frame->code->name, "drain") ? "room to write" : "data";
    uint64_t transport;
    const char *peer;
    int64_t descriptor;

    wait->address = place->self;
    wait->text = WORDS(reader, "%s of a stream", what);
    if (!attribute(reader, place->self, "_transport", &transport))
        return;
    transport = below_tls(reader, transport);
    if (!number(reader, transport, "_sock_fd", &descriptor) &&
        !number(reader, transport, "_fileno", &descriptor))
        return;
    peer = peer_words(reader, transport);
    if (!peer) {
        peer = descriptor_words(reader, (uint64_t)descriptor);
        peer = peer ? WORDS(reader, " %s", peer) : NULL;
    }
    wait->text = WORDS(reader, "%s of fd %" PRId64 "%s", what, descriptor, peer ? peer : "");
}

static void describe_socket(struct tasks_reader *reader, const struct place *place,
                            struct hog_task_wait *wait)
{
    uint64_t socket;
    uint32_t descriptor;
    const char *peer;

    wait->text = place->frame->code->name;
    if (!variable(reader, place->frame, "sock", &socket))
        return;
    wait->address = socket;
    if (!hog_value_is_a(reader->values, socket, "_socket", "socket") ||
        hog_memory_u32(reader->memory, socket + reader->layout->offset[HOG_F_socket_sock_fd], &descriptor) !=
            HOG_OK)
        return;
    peer = descriptor_words(reader, descriptor);
    wait->text = WORDS(reader, "%s of fd %" PRIu32 "%s%s", place->frame->code->name, descriptor,
                       peer ? " " : "", peer ? peer : "");
}

static void describe_process(struct tasks_reader *reader, const struct place *place,
                             struct hog_task_wait *wait)
{
    int64_t pid;

    wait->address = place->self;
    wait->text = "the end of a process";
    if (number(reader, place->self, "_pid", &pid))
        wait->text = WORDS(reader, "the end of process %" PRId64, pid);
}

static void describe_server(struct tasks_reader *reader, const struct place *place,
                            struct hog_task_wait *wait)
{
    (void)reader;
    wait->address = place->self;
    wait->text = "the end of a server: it serves";
}

/* What functions of asyncio wait for. Of several on the stack the outermost `is_outer` one counts, else the innermost.
 */
static const struct meaning {
    const char *module, *function, *class; /* class NULL: it need not be a method */
    const char *kind;
    describe *describe;
    bool is_shared; /* others may wait for the very same thing */
    bool is_outer;
} meanings[] = {
    {"asyncio.tasks", "sleep", NULL, "sleep", describe_sleep, false, false},
    {"asyncio.tasks", "_wait", NULL, "wait", describe_wait, false, false},
    {"asyncio.tasks", "wait_for", NULL, "wait_for", describe_wait_for, false, false},
    {"asyncio.taskgroups", "_aexit", "TaskGroup", "task_group", describe_group, false, false},
    {"asyncio.taskgroups", "__aexit__", "TaskGroup", "task_group", describe_group, false, false},
    {"asyncio.locks", "acquire", "Lock", "lock", describe_lock, true, false},
    {"asyncio.locks", "acquire", "Semaphore", "semaphore", describe_semaphore, true, false},
    {"asyncio.locks", "wait", "Event", "event", describe_lock, true, false},
    {"asyncio.locks", "wait", "Condition", "condition", describe_lock, true, false},
    {"asyncio.locks", "wait", "Barrier", "barrier", describe_barrier, true, true},
    {"asyncio.queues", "get", "Queue", "queue", describe_queue, true, false},
    {"asyncio.queues", "put", "Queue", "queue", describe_queue, true, false},
    {"asyncio.queues", "join", "Queue", "queue", describe_queue, true, true},
    {"asyncio.streams", "_wait_for_data", "StreamReader", "stream", describe_stream, false, false},
    {"asyncio.streams", "drain", "StreamWriter", "stream", describe_stream, false, true},
    {"asyncio.base_subprocess", "_wait", "BaseSubprocessTransport", "process", describe_process, true, false},
    {"asyncio.base_events", "serve_forever", "Server", "server", describe_server, false, false},
};

static bool has_class(struct tasks_reader *reader, const struct meaning *meaning, uint64_t self)
{
    return !meaning->class || (self && hog_value_is_a(reader->values, self, meaning->module, meaning->class));
}

/* Locks of 3.6 - 3.9 that wait in a generator: acquire() may be one, and is a coroutine's frame like others. */
static const struct meaning *meaning_of(struct tasks_reader *reader, const struct hog_frame *frame,
                                        struct place *ret_place)
{
    static const struct meaning of_socket = {NULL, NULL, NULL, "socket", describe_socket, false, false};
    const char *function = frame->code->name;

    *ret_place = (struct place){.frame = frame};
    if (strcmp(frame->module, "asyncio.selector_events") == 0 && strncmp(function, "sock_", 5) == 0)
        return &of_socket;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strcmp(function, meanings[i].function) != 0 || strcmp(frame->module, meanings[i].module) != 0)
            continue;
        if (meanings[i].class && !ret_place->self && !variable(reader, frame, "self", &ret_place->self))
            return NULL;
        if (has_class(reader, &meanings[i], ret_place->self))
            return &meanings[i];
    }
    return NULL;
}

static bool by_frames(struct tasks_reader *reader, struct raw_task *raw)
{
    const struct meaning *found = NULL;
    struct place where = {0};

    for (size_t i = 0; i < raw->task.frame_count && i < FRAMES_LOOKED_AT; i++) {
        const struct hog_frame *frame = &raw->task.frames[i];
        const struct meaning *meaning;
        struct place place;

        if (!frame->module || strncmp(frame->module, "asyncio.", strlen("asyncio.")) != 0)
            break;
        meaning = meaning_of(reader, frame, &place);
        if (!meaning || (found && !meaning->is_outer))
            continue;
        found = meaning;
        where = place;
    }
    if (!found)
        return false;
    if (found->is_shared && reader->last_wait.meaning == found && reader->last_wait.address == where.self) {
        raw->task.wait = reader->last_wait.wait;
        return true;
    }
    raw->task.wait.kind = found->kind;
    raw->task.wait.is_shared = found->is_shared;
    found->describe(reader, &where, &raw->task.wait);
    reader->last_wait = (struct known_wait){found, where.self, raw->task.wait};
    return true;
}

/*
 * What the future itself tells.
 */

uint64_t closure_cell(struct tasks_reader *reader, uint64_t function, const char *qualname, const char *class)
{
    struct hog_value_walk walk;
    uint64_t content;

    if (hog_value_closure_start(reader->values, function, qualname, &walk) != HOG_OK)
        return 0;
    while (hog_value_closure_next(reader->values, &walk, &content))
        if (class ? hog_value_is_a(reader->values, content, "concurrent.futures._base", class)
                  : future_kind(reader, content) != NO_FUTURE)
            return content;
    return 0;
}

static bool by_callbacks(struct tasks_reader *reader, struct raw_task *raw)
{
    struct callback_walk walk = {.future = raw->waiter};
    struct hog_task_wait *wait = &raw->task.wait;
    uint64_t callback, inner;

    while (future_next_callback(reader, &walk, &callback)) {
        inner = closure_cell(reader, callback, "shield.<locals>._outer_done_callback", NULL);
        if (inner) {
            *wait = (struct hog_task_wait){
                .kind = "shield", .address = inner, .text = "what a shield() protects"};
            return true;
        }
        inner = closure_cell(reader, callback, "_chain_future.<locals>._call_check_cancel", "Future");
        if (inner) {
            *wait = (struct hog_task_wait){
                .kind = "executor", .address = inner, .text = "work that an executor does"};
            return true;
        }
    }
    return false;
}

static bool by_type(struct tasks_reader *reader, struct raw_task *raw)
{
    struct hog_task_wait *wait = &raw->task.wait;
    uint64_t children, count;
    struct raw_task *other;

    if (future_is_task(reader, raw->waiter)) {
        HASH_FIND(hh, reader->by_address, &raw->waiter, sizeof raw->waiter, other);
        *wait = (struct hog_task_wait){.kind = "task", .address = raw->waiter, .text = "task"};
        if (other && other->task.name)
            wait->more = WORDS(reader, " %s", other->task.name);
        return true;
    }
    if (hog_value_is_a(reader->values, raw->waiter, "asyncio.tasks", "_GatheringFuture")) {
        *wait = (struct hog_task_wait){.kind = "gather", .address = raw->waiter, .text = "asyncio.gather()"};
        if (attribute(reader, raw->waiter, "_children", &children) && length_of(reader, children, &count))
            wait->text = WORDS(reader, "asyncio.gather() of %" PRIu64, count);
        return true;
    }
    return false;
}

void task_read_wait(struct tasks_reader *reader, struct raw_task *raw)
{
    const struct hog_value_type *type;

    if (!raw->waiter || (raw->task.state != HOG_TASK_WAITING && raw->task.state != HOG_TASK_CANCELLING))
        return;
    if (by_type(reader, raw) || by_frames(reader, raw) || by_callbacks(reader, raw))
        return;
    raw->task.wait = (struct hog_task_wait){.kind = "future", .address = raw->waiter, .text = "a future"};
    if (hog_value_type(reader->values, raw->waiter, &type) == HOG_OK && strcmp(type->name, "Future") != 0)
        raw->task.wait.text = WORDS(reader, "a future: %s", hog_value_type_name(reader->values, type));
}

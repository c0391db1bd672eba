/*
 * What asyncio's own functions wait for.
 *
 * Names of functions, variables and attributes: Lib/asyncio/{tasks,locks,queues,taskgroups,streams,selector_events,
 * base_subprocess,base_events}.py, 3.6 - 3.15; the newest name where they differ, the others beside it.
 */
#include "tasks/meanings.h"

#include "wait/waits.h"

#include <string.h>

enum { MOST_DESCRIPTORS = 64 };

static void describe_sleep(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    uint64_t delay, handle;
    const char *words = NULL;
    double left;

    if (frame_variable(reader, place->frame, "delay", &delay))
        words = object_number_words(reader, delay);
    wait->text = words ? WORDS(reader, "sleep(%s)", words) : "sleep()";
    if (frame_variable(reader, place->frame, "h", &handle) && loop_timer_left(reader, handle, &left))
        wait->more =
            left >= 0 ? WORDS(reader, ", %.1f s more", left) : WORDS(reader, ", overdue by %.1f s", -left);
}

static void describe_barrier(struct tasks_reader *reader, const struct place *place,
                             struct hog_task_wait *wait)
{
    int64_t there, all;

    wait->address = place->self;
    wait->text = "asyncio.Barrier";
    if (object_number(reader, place->self, "_count", &there) &&
        object_number(reader, place->self, "_parties", &all))
        wait->text = WORDS(reader, "asyncio.Barrier, %" PRId64 " of %" PRId64 " are there", there, all);
}

static void describe_queue(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    const char *function = place->frame->code->name, *class = object_class(reader, place->self);
    uint64_t items, count = 0;
    int64_t value = 0;

    wait->address = place->self;
    wait->text = WORDS(reader, "asyncio.%s.%s", class, function);
    if (strcmp(function, "join") == 0) {
        if (object_number(reader, place->self, "_unfinished_tasks", &value))
            wait->text =
                WORDS(reader, "asyncio.%s.join, %" PRId64 " of its tasks are unfinished", class, value);
        return;
    }
    if (!object_attribute(reader, place->self, "_queue", &items) || !object_length(reader, items, &count))
        return;
    if (strcmp(function, "put") == 0 && object_number(reader, place->self, "_maxsize", &value))
        wait->text =
            WORDS(reader, "asyncio.%s.put, it is full: %" PRIu64 " of %" PRId64, class, count, value);
    else if (!count)
        wait->text = WORDS(reader, "asyncio.%s.get, it is empty", class);
}

static void describe_wait(struct tasks_reader *reader, const struct place *place, struct hog_task_wait *wait)
{
    uint64_t tasks, count, when;
    const char *words;

    wait->text = "asyncio.wait()";
    if (!frame_variable(reader, place->frame, "fs", &tasks) || !object_length(reader, tasks, &count))
        return;
    if (frame_variable(reader, place->frame, "return_when", &when) &&
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
    if (frame_variable(reader, place->frame, "fut", &value))
        wait->address = value;
    if (frame_variable(reader, place->frame, "timeout", &value) &&
        (words = object_number_words(reader, value)))
        wait->text = WORDS(reader, "asyncio.wait_for(), %s s at most", words);
}

/* "to 10.0.0.7:5432" of what the transport knows of its peer: a tuple of host and port, or a path. */
static const char *peer_words(struct tasks_reader *reader, uint64_t transport)
{
    uint64_t extra, peer, item;
    const char *host;
    int64_t port;

    if (!object_attribute(reader, transport, "_extra", &extra) ||
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

    if (object_attribute(reader, transport, "_ssl_protocol", &protocol) &&
        object_attribute(reader, protocol, "_transport", &inner))
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
    if (!object_attribute(reader, place->self, "_transport", &transport))
        return;
    transport = below_tls(reader, transport);
    if (!object_number(reader, transport, "_sock_fd", &descriptor) &&
        !object_number(reader, transport, "_fileno", &descriptor))
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
    if (!frame_variable(reader, place->frame, "sock", &socket))
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
    if (object_number(reader, place->self, "_pid", &pid))
        wait->text = WORDS(reader, "the end of process %" PRId64, pid);
}

static void describe_server(struct tasks_reader *reader, const struct place *place,
                            struct hog_task_wait *wait)
{
    (void)reader;
    wait->address = place->self;
    wait->text = "the end of a server: it serves";
}

static const struct meaning meanings[] = {
    {"asyncio.tasks", "sleep", NULL, "sleep", describe_sleep, false, false},
    {"asyncio.tasks", "_wait", NULL, "wait", describe_wait, false, false},
    {"asyncio.tasks", "wait_for", NULL, "wait_for", describe_wait_for, false, false},
    {"asyncio.taskgroups", "_aexit", "TaskGroup", "task_group", meaning_group, false, false},
    {"asyncio.taskgroups", "__aexit__", "TaskGroup", "task_group", meaning_group, false, false},
    {"asyncio.locks", "acquire", "Lock", "lock", meaning_lock, true, false},
    {"asyncio.locks", "acquire", "Semaphore", "semaphore", meaning_semaphore, true, false},
    {"asyncio.locks", "wait", "Event", "event", meaning_lock, true, false},
    {"asyncio.locks", "wait", "Condition", "condition", meaning_lock, true, false},
    {"asyncio.locks", "wait", "Barrier", "barrier", describe_barrier, true, true},
    {"asyncio.queues", "get", "Queue", "queue", describe_queue, true, false},
    {"asyncio.queues", "put", "Queue", "queue", describe_queue, true, false},
    {"asyncio.queues", "join", "Queue", "queue", describe_queue, true, true},
    {"asyncio.streams", "_wait_for_data", "StreamReader", "stream", describe_stream, false, false},
    {"asyncio.streams", "drain", "StreamWriter", "stream", describe_stream, false, true},
    {"asyncio.base_subprocess", "_wait", "BaseSubprocessTransport", "process", describe_process, true, false},
    {"asyncio.base_events", "serve_forever", "Server", "server", describe_server, false, false},
    {"asyncio.selector_events", "sock_*", NULL, "socket", describe_socket, false, false},
};

const struct meanings asyncio_meanings = {"asyncio", meanings, sizeof meanings / sizeof *meanings};

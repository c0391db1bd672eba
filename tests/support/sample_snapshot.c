/* The hand-made snapshots of sample_snapshot.h. */
#include "support/sample_snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_ARENA = 256 << 20 };

/* Tests have no use for a failed allocation. */
static void *need(void *pointer)
{
    if (!pointer)
        abort();
    return pointer;
}

static struct hog_snapshot *sample_new(const char *version, uint8_t minor)
{
    struct hog_snapshot *snapshot = need(calloc(1, sizeof *snapshot));

    hog_arena_init(&snapshot->arena, SAMPLE_ARENA);
    snapshot->version_text = version;
    snapshot->build.version = (struct hog_version){.major = 3, .minor = minor, .micro = 1, .level = 0xf};
    snapshot->located_by = "_PyRuntime in .dynsym of /usr/bin/python3.12";
    snapshot->complete = true;
    return snapshot;
}

static struct hog_thread *add_threads(struct hog_snapshot *snapshot, size_t count)
{
    struct hog_thread *threads = need(hog_arena_array(&snapshot->arena, count, sizeof *threads));

    snapshot->threads = threads;
    snapshot->thread_count = count;
    return threads;
}

static struct hog_interpreter *add_interpreters(struct hog_snapshot *snapshot, size_t count)
{
    struct hog_interpreter *interpreters =
        need(hog_arena_array(&snapshot->arena, count, sizeof *interpreters));

    snapshot->interpreters = interpreters;
    snapshot->interpreter_count = count;
    for (size_t i = 0; i < count; i++)
        interpreters[i] = (struct hog_interpreter){.address = 0x1000 + i, .id = (int64_t)i};
    return interpreters;
}

static struct hog_frame *add_frames(struct hog_snapshot *snapshot, struct hog_thread *thread, size_t count)
{
    struct hog_frame *frames = need(hog_arena_array(&snapshot->arena, count, sizeof *frames));

    thread->frames = frames;
    thread->frame_count = count;
    return frames;
}

static const struct hog_code *new_code(struct hog_snapshot *snapshot, const char *name, const char *qualname,
                                       const char *filename)
{
    struct hog_code *code = need(hog_arena_alloc(&snapshot->arena, sizeof *code));
    const char *slash = filename ? strrchr(filename, '/') : NULL;

    *code = (struct hog_code){.address = (uint64_t)(uintptr_t)code,
                              .name = name,
                              .qualname = qualname,
                              .filename = filename,
                              .short_filename = slash ? slash + 1 : filename,
                              .first_line = 1};
    return code;
}

static void everyday_main(struct hog_snapshot *snapshot, struct hog_thread *thread)
{
    static const char threading[] = "/usr/lib/python3.12/threading.py";
    struct hog_frame *frames;

    *thread = (struct hog_thread){.tstate = 0x7f0000001000,
                                  .thread_id = 0x7f0000000740,
                                  .os_thread_id = 48291,
                                  .debugger_thread = 1,
                                  .name = "MainThread",
                                  .state = HOG_STATE_WAITING_FOR_GIL,
                                  .system_call = "futex"};
    frames = add_frames(snapshot, thread, 3);
    frames[0] = (struct hog_frame){.code = new_code(snapshot, "wait", "Condition.wait", threading),
                                   .module = "threading",
                                   .line = 355,
                                   .end_line = 355,
                                   .column = 17,
                                   .end_column = 33};
    frames[1] =
        (struct hog_frame){.code = new_code(snapshot, "join", "Thread.join", threading), .line = 1149};
    frames[2] = (struct hog_frame){
        .code = new_code(snapshot, "main", NULL, "worker.py"), .line = 88, .flags = HOG_FRAME_ENTRY};
}

static void everyday_sender(struct hog_snapshot *snapshot, struct hog_thread *thread)
{
    struct hog_frame *frames;

    *thread = (struct hog_thread){.tstate = 0x7f0000002000,
                                  .thread_id = 0x7f0000000840,
                                  .os_thread_id = 48304,
                                  .debugger_thread = 7,
                                  .name = "sender-3",
                                  .state = HOG_STATE_RUNNING,
                                  .owns_gil = HOG_YES,
                                  .active = HOG_YES};
    frames = add_frames(snapshot, thread, 2);
    frames[0] = (struct hog_frame){.code = new_code(snapshot, "encode", "encode", "/srv/codec.py"),
                                   .line = 41,
                                   .flags = HOG_FRAME_INCOMPLETE};
    frames[1] = (struct hog_frame){.code = new_code(snapshot, "send", "send", "/srv/sender.py")};
}

struct hog_snapshot *sample_everyday(void)
{
    struct hog_snapshot *snapshot = sample_new("3.12.1", 12);
    struct hog_interpreter *interpreter = add_interpreters(snapshot, 1);
    struct hog_thread *threads = add_threads(snapshot, 4);

    interpreter->gil_holder = 48304;
    interpreter->gil_holder_known = true;
    everyday_main(snapshot, &threads[0]);
    everyday_sender(snapshot, &threads[1]);
    threads[2] = (struct hog_thread){.tstate = 0x7f0000003000,
                                     .os_thread_id = 48305,
                                     .debugger_thread = 8,
                                     .state = HOG_STATE_IDLE,
                                     .system_call = "read",
                                     .owns_gil = HOG_UNKNOWN,
                                     .active = HOG_UNKNOWN};
    threads[3] = (struct hog_thread){.os_thread_id = 48310,
                                     .debugger_thread = 9,
                                     .interpreter = -1,
                                     .name = "grpc",
                                     .name_is_of_os = true,
                                     .state = HOG_STATE_IDLE,
                                     .system_call = "futex"};
    return snapshot;
}

struct hog_snapshot *sample_empty(void)
{
    struct hog_snapshot *snapshot = sample_new(NULL, 12);

    snapshot->located_by = NULL;
    snapshot->complete = false;
    return snapshot;
}

struct hog_snapshot *sample_recursion(size_t count, size_t period)
{
    struct hog_snapshot *snapshot = sample_new("3.13.0", 13);
    struct hog_thread *thread = add_threads(snapshot, 1);
    struct hog_frame *frames = add_frames(snapshot, thread, count + 2);
    const struct hog_code **codes = need(calloc(period, sizeof *codes));

    add_interpreters(snapshot, 1);
    thread->tstate = 1;
    thread->os_thread_id = 5;
    thread->debugger_thread = 1;
    for (size_t i = 0; i < period; i++) {
        const char *name = need(hog_arena_printf(&snapshot->arena, "f%zu", i));

        codes[i] = new_code(snapshot, name, name, "/srv/deep.py");
    }
    frames[0] = (struct hog_frame){.code = new_code(snapshot, "leaf", "leaf", "/srv/deep.py"), .line = 1};
    for (size_t i = 0; i < count; i++)
        frames[i + 1] = (struct hog_frame){.code = codes[i % period], .line = 10};
    frames[count + 1] =
        (struct hog_frame){.code = new_code(snapshot, "main", "main", "/srv/deep.py"), .line = 99};
    free(codes);
    return snapshot;
}

struct hog_snapshot *sample_hostile(void)
{
    struct hog_snapshot *snapshot = sample_new("3.8.18", 8);
    struct hog_thread *threads = add_threads(snapshot, 2);
    const char **warnings = need(hog_arena_array(&snapshot->arena, 2, sizeof *warnings));
    char *long_name = need(hog_arena_alloc(&snapshot->arena, 100001));
    struct hog_frame *frames;

    memset(long_name, 'x', 100000);
    warnings[0] = "line one\nline two\x1b[31m";
    warnings[1] = "";
    snapshot->warnings = warnings;
    snapshot->warning_count = 2;
    snapshot->complete = false;
    threads[0] = (struct hog_thread){.tstate = 0xdeadbeef,
                                     .interpreter = 77,
                                     .name = long_name,
                                     .owns_gil = HOG_UNKNOWN,
                                     .active = HOG_UNKNOWN,
                                     .stopped_because = "frame 0xdead\nis unreadable"};
    frames = add_frames(snapshot, &threads[0], 6);
    frames[1].code = new_code(snapshot, NULL, NULL, NULL);
    frames[2].code = new_code(snapshot, "", "", "");
    frames[3].code = new_code(snapshot, "\x1b]0;owned\a\n\x7f", NULL, "a\tb\rc.py");
    frames[4].code = new_code(snapshot, "bad \xff\xc0\xaf\xed\xa0\x80 utf", NULL, "\x80");
    frames[5] = (struct hog_frame){.code = new_code(snapshot, long_name, NULL, long_name),
                                   .line = INT32_MIN,
                                   .column = INT32_MAX,
                                   .flags = UINT32_MAX};
    threads[1] =
        (struct hog_thread){.tstate = 0xbad, .interpreter = -1, .stopped_because = "nothing could be read"};
    return snapshot;
}

struct hog_snapshot *sample_interpreters(void)
{
    struct hog_snapshot *snapshot = sample_new("3.13.1", 13);
    struct hog_interpreter *interpreters = add_interpreters(snapshot, 2);
    struct hog_thread *threads = add_threads(snapshot, 2);

    interpreters[0].gc_collecting = HOG_YES;
    interpreters[1].has_own_gil = true;
    interpreters[1].gc_collecting = HOG_UNKNOWN;
    snapshot->build.free_threaded = true;
    snapshot->build.debug = true;
    snapshot->finalizing = true;
    snapshot->complete = false;
    threads[0] = (struct hog_thread){.tstate = 1,
                                     .thread_id = 0x1234,
                                     .name = "main",
                                     .state = HOG_STATE_COLLECTING_GARBAGE,
                                     .owns_gil = HOG_YES};
    threads[1] = (struct hog_thread){.tstate = 2, .interpreter = 1, .state = HOG_STATE_FINISHING};
    return snapshot;
}

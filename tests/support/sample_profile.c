/* Profiles made by hand; see sample_profile.h. */
#define _GNU_SOURCE
#include "support/sample_profile.h"
#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 2000 };

static void must(enum hog_status status)
{
    if (status == HOG_OK)
        return;
    fprintf(stderr, "sample profile: %s\n", hog_status_name(status));
    abort();
}

struct hog_profile_info sample_info(void)
{
    return (struct hog_profile_info){
        .mode = HOG_PROFILE_CPU,
        .has_lines = true,
        .interval = 0.01,
        .requested_rate = 100,
        .start_time = 1795500000.25,
        .duration = 10.0,
        .ticks = 1000,
        .pid = 48291,
        .method = "from the target's own core, one read a sample",
        .command_line = "python3.12 worker.py --queue mail",
        .python_version = "3.12.1",
        .debugger_name = "gdb",
        .debugger_version = "13.1",
        .tool_version = "0.1.0",
        .ended_because = "the time was up",
    };
}

static uint32_t add_function(struct hog_profile_builder *builder, const struct hog_function *function)
{
    uint32_t number;

    must(hog_profile_builder_function(builder, function, &number));
    return number;
}

static uint32_t add_thread(struct hog_profile_builder *builder, int64_t lwp, const char *name)
{
    struct hog_profile_thread thread = {
        .thread_id = 0x7f3a00000000u + (uint64_t)lwp * 4096, .os_thread_id = lwp, .name = name};
    uint32_t number;

    must(hog_profile_builder_thread(builder, &thread, &number));
    return number;
}

static struct hog_profile *seal(struct hog_profile_builder *builder, const struct hog_profile_info *info)
{
    struct hog_profile *profile;

    must(hog_profile_builder_seal(builder, info, &profile));
    hog_profile_builder_destroy(builder);
    return profile;
}

static struct hog_profile_builder *new_builder(void)
{
    struct hog_profile_builder *builder = hog_profile_builder_create((size_t)1 << 30);

    if (!builder)
        must(HOG_NO_MEMORY);
    return builder;
}

/*
 * Stacks as text.
 */

static struct hog_profile_frame parse_frame(struct hog_profile_builder *builder, char *word)
{
    struct hog_function function = {.module = "app"};
    char *line = strrchr(word, ':');
    char *file, *first;
    char made_up[300];
    struct hog_profile_frame frame = {0};

    if (line) {
        *line = '\0';
        frame.line = atoi(line + 1);
    }
    file = strchr(word, '@');
    first = file ? strchr(file + 1, '@') : NULL;
    if (first)
        *first++ = '\0';
    if (file)
        *file++ = '\0';
    snprintf(made_up, sizeof made_up, "/app/%s.py", word);
    function.name = word;
    function.filename = file ? file : made_up;
    function.first_line = first ? atoi(first) : 1;
    frame.function = add_function(builder, &function);
    return frame;
}

static void parse_stack(struct hog_profile_builder *builder, char *text)
{
    struct hog_profile_frame frames[MAX_DEPTH];
    char *frames_at = strchr(text, '|'), *weight_at = strrchr(text, '|');
    char *rest = NULL;
    size_t count = MAX_DEPTH;
    uint32_t thread;

    if (!frames_at || frames_at == weight_at)
        must(HOG_USAGE);
    *frames_at++ = *weight_at++ = '\0';
    while (*text && text[strlen(text) - 1] == ' ')
        text[strlen(text) - 1] = '\0';
    thread = add_thread(builder, 48291 + text[0], text);
    for (char *word = strtok_r(frames_at, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        frames[--count] = parse_frame(builder, word);
    must(hog_profile_builder_add_stack(builder, thread, frames + count, MAX_DEPTH - count,
                                       strtoull(weight_at, NULL, 10)));
}

struct hog_profile *sample_profile_with(const char *stacks, const struct hog_profile_info *info)
{
    struct hog_profile_builder *builder = new_builder();
    HOG_FREE char *copy = strdup(stacks);
    char *rest = NULL;

    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        line += strspn(line, " ");
        if (*line)
            parse_stack(builder, line);
    }
    return seal(builder, info);
}

struct hog_profile *sample_profile(const char *stacks)
{
    struct hog_profile_info info = sample_info();

    return sample_profile_with(stacks, &info);
}

/*
 * A worker.
 */

static const struct hog_function worker_functions[] = {
    {"<module>", "<module>", "/srv/app/worker.py", "__main__", 1, false, false},
    {"main", "main", "/srv/app/worker.py", "__main__", 88, false, false},
    {"run", "Worker.run", "/srv/app/worker.py", "__main__", 40, false, false},
    {"handle", "Worker.handle", "/srv/app/worker.py", "__main__", 60, false, false},
    {"parse", "parse", "/srv/app/mail/parser.py", "mail.parser", 12, false, false},
    {"walk", "Part.walk", "/srv/app/mail/parser.py", "mail.parser", 55, false, false},
    {"__init__", "Part.__init__", "/srv/app/mail/parser.py", "mail.parser", 50, false, false},
    {"encode", "encode", "/srv/app/mail/codec.py", "mail.codec", 30, false, false},
    {"dumps", "dumps", "/usr/lib/python3.12/json/__init__.py", "json", 183, false, false},
    {"encode", "JSONEncoder.encode", "/usr/lib/python3.12/json/encoder.py", "json.encoder", 183, false,
     false},
    {"iterencode", "JSONEncoder.iterencode", "/usr/lib/python3.12/json/encoder.py", "json.encoder", 205,
     false, false},
    {"_bootstrap", "Thread._bootstrap", "/usr/lib/python3.12/threading.py", "threading", 1015, false, false},
    {"_bootstrap_inner", "Thread._bootstrap_inner", "/usr/lib/python3.12/threading.py", "threading", 1045,
     false, false},
    {"run", "Thread.run", "/usr/lib/python3.12/threading.py", "threading", 997, false, false},
    {"__init__", "Session.__init__", "/usr/lib/python3/dist-packages/requests/__init__.py", "requests", 20,
     false, false},
    {"send", "HTTPAdapter.send", "/usr/lib/python3/dist-packages/requests/adapters.py", "requests.adapters",
     434, false, false},
    {"urlopen", "HTTPConnectionPool.urlopen", "/usr/lib/python3/dist-packages/urllib3/connectionpool.py",
     "urllib3.connectionpool", 550, false, false},
    {"inflate", NULL, "/usr/lib/x86_64-linux-gnu/libz.so.1", NULL, 0, true, false},
    {"<lambda>", "Worker.handle.<locals>.<lambda>", "/srv/app/worker.py", "__main__", 66, false, false},
    {"<listcomp>", "parse.<locals>.<listcomp>", "/srv/app/mail/parser.py", "mail.parser", 20, false, false},
};

/* Pairs of function and line, outermost first; closed by a weight. */
struct worker_stack {
    uint32_t thread;
    uint64_t weight;
    size_t depth;
    int frames[12][2];
};

static const struct worker_stack worker_stacks[] = {
    {0, 40, 3, {{0, 99}, {1, 90}, {2, 44}}},
    {0, 150, 5, {{0, 99}, {1, 90}, {2, 44}, {3, 61}, {4, 14}}},
    {0, 70, 5, {{0, 99}, {1, 90}, {2, 44}, {3, 61}, {4, 15}}},
    {0, 310, 6, {{0, 99}, {1, 90}, {2, 44}, {3, 61}, {4, 16}, {5, 57}}},
    {0, 200, 8, {{0, 99}, {1, 90}, {2, 44}, {3, 61}, {4, 16}, {5, 58}, {5, 58}, {5, 57}}},
    {0, 60, 8, {{0, 99}, {1, 90}, {2, 44}, {3, 61}, {4, 16}, {5, 58}, {5, 58}, {6, 51}}},
    {0, 90, 6, {{0, 99}, {1, 90}, {2, 44}, {3, 61}, {4, 20}, {19, 20}}},
    {0, 110, 6, {{0, 99}, {1, 90}, {2, 44}, {3, 64}, {7, 33}, {17, 0}}},
    {0, 95, 8, {{0, 99}, {1, 90}, {2, 44}, {3, 70}, {8, 238}, {9, 200}, {10, 258}, {18, 66}}},
    {0, 175, 7, {{0, 99}, {1, 90}, {2, 44}, {3, 70}, {8, 238}, {9, 200}, {10, 258}}},
    {1, 120, 6, {{11, 1032}, {12, 1075}, {13, 1012}, {2, 44}, {15, 486}, {16, 790}}},
    {1, 230, 5, {{11, 1032}, {12, 1075}, {13, 1012}, {2, 44}, {7, 33}}},
    {1, 100, 6, {{11, 1032}, {12, 1075}, {13, 1012}, {2, 44}, {7, 35}, {17, 0}}},
    {2, 130, 6, {{11, 1032}, {12, 1075}, {13, 1012}, {2, 44}, {15, 486}, {16, 790}}},
    {2, 80, 5, {{11, 1032}, {12, 1075}, {13, 1012}, {2, 46}, {14, 25}}},
    {2, 40, 7, {{11, 1032}, {12, 1075}, {13, 1012}, {2, 44}, {3, 61}, {4, 16}, {5, 57}}},
};

struct hog_profile *sample_profile_worker(void)
{
    struct hog_profile_builder *builder = new_builder();
    struct hog_profile_info info = sample_info();
    uint32_t functions[sizeof worker_functions / sizeof *worker_functions];
    uint32_t threads[] = {add_thread(builder, 48291, "MainThread"), add_thread(builder, 48304, "sender-3"),
                          add_thread(builder, 48305, NULL)};

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        functions[i] = add_function(builder, &worker_functions[i]);
    for (size_t i = 0; i < sizeof worker_stacks / sizeof *worker_stacks; i++) {
        const struct worker_stack *stack = &worker_stacks[i];
        struct hog_profile_frame frames[12];

        for (size_t k = 0; k < stack->depth; k++)
            frames[stack->depth - 1 - k] =
                (struct hog_profile_frame){functions[stack->frames[k][0]], stack->frames[k][1]};
        must(hog_profile_builder_add_stack(builder, threads[stack->thread], frames, stack->depth,
                                           stack->weight));
    }
    hog_profile_builder_drop(builder, threads[0], "changed while it was read", 25);
    hog_profile_builder_drop(builder, threads[1], "changed while it was read", 10);
    hog_profile_builder_drop(builder, threads[1], "an instruction pointer lies outside of its code", 3);
    hog_profile_builder_drop(builder, HOG_NO_THREAD, "the list of threads could not be read", 2);
    hog_profile_builder_idle(builder, threads[1], 540);
    hog_profile_builder_idle(builder, threads[2], 750);
    hog_profile_builder_tally(builder, threads[0], HOG_TALLY_ON_GIL, 1200);
    hog_profile_builder_tally(builder, threads[1], HOG_TALLY_WAITING_FOR_GIL, 300);
    hog_profile_builder_tally(builder, threads[0], HOG_TALLY_COLLECTING_GARBAGE, 35);
    info.ticks = 2040;
    info.duration = 20.4;
    return seal(builder, &info);
}

/*
 * Names that nobody should have.
 */

static const struct hog_function hostile_functions[] = {
    {"main", "main", "/app/main.py", "app", 1, false, false},
    {"<script>alert(\"1\")</script>;", "<script>alert(\"1\")</script>;", "/app/new\nline.py", "</script>", 7,
     false, false},
    {"ends in digits 42", NULL, "/app/spaces and 7", NULL, 3, false, false},
    {"a;b;c", "a;b;c", "/app/semi;colon.py", "x;y", 4, false, false},
    {"]]><svg onload=alert(1)>", NULL, "/app/]]>.py", "]]>", 5, false, false},
    {"quotes \" ' ` \\", NULL, "/app/\"quoted\".py", "\"", 6, false, false},
    {"", "", "", "", 0, false, false},
    {"surrogate\xed\xb2\x80\xff", NULL, "/app/bad\xfe.py", NULL, 8, false, false},
    {"gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e \xf0\x9f\x90\x8d", NULL,
     "/app/\xd0\xba\xd0\xb8\xd1\x80\xd0\xb8\xd0\xbb\xd0\xbb\xd0\xb8\xd1\x86\xd0\xb0.py", "\xc3\xa9t\xc3\xa9",
     9, false, false},
    {"tab\tcr\rnul-free\x01\x7f\xc2\x85", NULL, "/app/ctl\x1b[31m.py", NULL, 10, false, false},
    {"(1) looks compressed", NULL, "(2) /app/x.py", NULL, 11, false, false},
    {"no file", NULL, NULL, NULL, 0, false, false},
    {"<!-- --> &amp; ${x} {{y}} %s %n", NULL, "/app/a.py", "&lt;", 12, false, false},
    {"same", "A.same", "/app/one/x.py", "one.x", 5, false, false},
    {"same", "A.same", "/app/two/x.py", "two.x", 5, false, false},
    {"fn=evil", "calls=1 1", "/app/fl=.py", "m", 5, false, false},
    {"rtl \xe2\x80\xae gnp.exe \xe2\x80\xa8 line", NULL, "/app/z.py", "m", 5, false, false},
    {"__proto__", "constructor", "/app/toString", "hasOwnProperty", 13, false, false},
};

struct hog_profile *sample_profile_hostile(void)
{
    enum { COUNT = sizeof hostile_functions / sizeof *hostile_functions };
    struct hog_profile_builder *builder = new_builder();
    struct hog_profile_info info = sample_info();
    uint32_t thread = add_thread(builder, 1, "</text><script>alert(2)</script> ;\n 9");
    struct hog_profile_frame stack[COUNT];
    size_t depth = 0;

    for (size_t i = 0; i < COUNT; i++) {
        struct hog_profile_frame pair[2] = {{add_function(builder, &hostile_functions[i]), (int32_t)i},
                                            {add_function(builder, &hostile_functions[0]), 2}};

        must(hog_profile_builder_add_stack(builder, thread, pair, 2, 10 + i));
        memmove(stack + 1, stack, depth++ * sizeof *stack);
        stack[0] = pair[0];
        must(hog_profile_builder_add_stack(builder, thread, stack, depth, 1));
    }
    hog_profile_builder_drop(builder, thread, "a reason; with \"quotes\"\nand </script>", 4);
    info.command_line = "python -c 'print(\"</script>\")' \xff ; ]]> \n & <b>";
    info.method = "by <hand>";
    return seal(builder, &info);
}

struct hog_profile *sample_profile_empty(void)
{
    struct hog_profile_builder *builder = new_builder();
    struct hog_profile_info info = sample_info();
    uint32_t thread = add_thread(builder, 1, "MainThread");

    hog_profile_builder_idle(builder, thread, 1000);
    info.ended_because = "the process exited";
    return seal(builder, &info);
}

struct hog_profile *sample_profile_one(void)
{
    return sample_profile("M | f:1 | 1");
}

/* xorshift64: the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

struct hog_profile *sample_profile_big(uint64_t samples, size_t stacks, size_t depth)
{
    enum { FUNCTIONS = 3000 };
    struct hog_profile_builder *builder = new_builder();
    struct hog_profile_info info = sample_info();
    struct hog_profile_frame frames[MAX_DEPTH];
    uint32_t functions[FUNCTIONS], threads[4];
    uint64_t random = 88172645463325252u;

    for (int i = 0; i < FUNCTIONS; i++) {
        HOG_FREE char *name = NULL, *file = NULL, *module = NULL;

        if (asprintf(&name, "function_%d", i) < 0 ||
            asprintf(&module, "package%d.module%d", i % 17, i % 170) < 0 ||
            asprintf(&file, "/srv/app/package%d/module%d.py", i % 17, i % 170) < 0)
            must(HOG_NO_MEMORY);
        functions[i] = add_function(
            builder,
            &(struct hog_function){
                .name = name, .qualname = name, .filename = file, .module = module, .first_line = 1 + i});
    }
    for (int i = 0; i < 4; i++)
        threads[i] = add_thread(builder, 100 + i, i ? "worker" : "MainThread");
    /* a walk in a call graph where each function calls up to six others, each from a line of its own */
    for (size_t s = 0; s < stacks; s++) {
        size_t frame_count = depth / 2 + next_random(&random) % (depth / 2 + 1);
        uint64_t weight = samples / stacks + (s < samples % stacks);
        uint64_t function = 0;

        for (size_t k = 0; k < frame_count; k++) {
            uint64_t kinds = k < 3 ? 1 : k < depth / 3 ? 2 : 6;
            uint64_t choice = next_random(&random) % kinds;

            frames[frame_count - 1 - k] =
                (struct hog_profile_frame){functions[function], (int32_t)(choice * 3 + 10)};
            function = (function * 6 + choice * 7 + 1) % FUNCTIONS;
        }
        must(hog_profile_builder_add_stack(builder, threads[next_random(&random) % 4], frames, frame_count,
                                           weight));
    }
    info.ticks = samples;
    return seal(builder, &info);
}

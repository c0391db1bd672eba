/*
 * No memory: each allocation of an operation on profiles fails once, the
 * others do not. What comes out is then HOG_NO_MEMORY (of an arena, HOG_LIMIT)
 * or the same as with memory; never a part of it that is taken for the whole, and never a crash.
 * malloc, calloc and realloc are wrapped by the linker (tests/CMakeLists.txt).
 */
#include "base/cleanup.h"
#include "formats/read.h"
#include "formats/write.h"
#include "profile/compare.h"
#include "show/advice.h"
#include "show/profile_tables.h"
#include "show/profile_text.h"

#include "test_stats.h"

#include <stdint.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

enum { NEVER = -1, OUTPUT_BYTES = 1 << 20 };
static long until_failure = NEVER; /* allocations that are granted first */
static long asked;
static bool counting;

static bool is_refused(void)
{
    if (!counting)
        return false;
    asked++;
    return until_failure != NEVER && until_failure-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return is_refused() ? NULL : __real_realloc(block, size);
}

/* What an operation made, in memory that is not counted. */
struct made {
    char *bytes;
    size_t length;
};

static bool put_made(void *self, const void *bytes, size_t length)
{
    struct made *made = self;

    assert_true(length <= OUTPUT_BYTES - made->length);
    memcpy(made->bytes + made->length, bytes, length);
    made->length += length;
    return true;
}

typedef enum hog_status operation(const void *context, struct made *made);

/* Runs it with every single allocation refused. */
static void sweep(const char *name, operation *operate, const void *context)
{
    struct made whole = {__real_malloc(OUTPUT_BYTES), 0}, made = {__real_malloc(OUTPUT_BYTES), 0};
    long count;

    asked = 0;
    until_failure = NEVER;
    counting = true;
    assert_int_equal(operate(context, &whole), HOG_OK);
    counting = false;
    count = asked;
    assert_in_range(count, 1, 20000);
    for (long i = 0; i < count; i++) {
        enum hog_status status;

        made.length = 0;
        until_failure = i;
        counting = true;
        status = operate(context, &made);
        counting = false;
        if (status != HOG_NO_MEMORY && status != HOG_LIMIT && status != HOG_OK)
            fail_msg("%s, allocation %ld of %ld: %s", name, i, count, hog_status_name(status));
        if (status == HOG_OK &&
            (made.length != whole.length || memcmp(made.bytes, whole.bytes, whole.length) != 0))
            fail_msg("%s, allocation %ld of %ld: something else than with memory", name, i, count);
    }
    free(whole.bytes);
    free(made.bytes);
}

/*
 * Files.
 */

struct writing {
    const struct hog_profile *profile;
    const struct hog_format *format;
    struct hog_write_options options;
};

static enum hog_status write_it(const void *context, struct made *made)
{
    const struct writing *writing = context;
    struct hog_sink sink = {made, put_made};
    struct hog_error error = {0};
    enum hog_status status =
        hog_write_profile(writing->profile, writing->format, &writing->options, &sink, &error);

    if (status != HOG_OK)
        assert_non_null(strstr(error.message, "not enough memory"));
    return status;
}

static void test_write(void **state)
{
    HOG_PROFILE struct hog_profile *worker = sample_profile_worker(), *hostile = sample_profile_hostile();
    size_t count;
    const struct hog_format *formats = hog_formats(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct writing writing = {.profile = worker, .format = &formats[i]};

        sweep(formats[i].name, write_it, &writing);
        writing.profile = hostile;
        writing.options = (struct hog_write_options){.by_line = true, .by_thread = true};
        sweep(formats[i].name, write_it, &writing);
    }
}

static void write_json(const struct hog_profile *profile, struct made *made)
{
    struct writing writing = {.profile = profile, .format = hog_format_named("json")};
    bool was = counting;

    counting = false;
    assert_int_equal(write_it(&writing, made), HOG_OK);
    counting = was;
}

static enum hog_status read_it(const void *context, struct made *made)
{
    const struct made *file = context;
    HOG_PROFILE struct hog_profile *profile = NULL;
    struct hog_error error = {0};
    enum hog_status status = hog_profile_read_bytes(file->bytes, file->length, "it", NULL, &profile, &error);

    if (status == HOG_OK)
        write_json(profile, made);
    return status;
}

static void test_read(void **state)
{
    static const char *const names[] = {"json", "prof"};
    HOG_PROFILE struct hog_profile *worker = sample_profile_worker();

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct writing writing = {.profile = worker, .format = hog_format_named(names[i])};
        struct made file = {__real_malloc(OUTPUT_BYTES), 0};

        assert_int_equal(write_it(&writing, &file), HOG_OK);
        sweep(names[i], read_it, &file);
        free(file.bytes);
    }
}

/*
 * Profiles of profiles.
 */

static enum hog_status merge_it(const void *context, struct made *made)
{
    const struct hog_profile *const *both = context;
    HOG_PROFILE struct hog_profile *sum = NULL;
    struct hog_error error = {0};
    enum hog_status status = hog_profile_merge(both, 2, &sum, &error);

    if (status == HOG_OK)
        write_json(sum, made);
    return status;
}

/* Everything that is shown of a profile, and of two. */
static enum hog_status show_it(const void *context, struct made *made)
{
    const struct hog_profile *const *both = context;
    const struct theme theme = {.width = 80, .colour = true};
    HOG_CLEANUP(seen_profile_deinit) struct seen_profile before = {0}, after = {0};
    HOG_CLEANUP(hog_diff_deinit) struct hog_diff diff = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct advice_facts facts = {.seen = &before};
    enum hog_status status = seen_profile_init(&before, both[0]);

    if (status == HOG_OK)
        status = seen_profile_init(&after, both[1]);
    if (status == HOG_OK)
        status = hog_diff_init(&diff, both[0], both[1]);
    if (status != HOG_OK)
        return status;
    profile_put_process(both[0], &theme, &text);
    profile_put_summary(both[0], &theme, &text);
    status = profile_put_hottest(&before, &theme, true, true, &text);
    if (status == HOG_OK)
        status = profile_put_table(&before, &theme, HOG_SORT_TOTAL, false, 5, &text);
    if (status == HOG_OK)
        status = stats_put_callers(&before, "encode", &theme, &text);
    if (status == HOG_OK)
        status = stats_put_callees(&before, "parse", &theme, &text);
    if (status == HOG_OK)
        status = stats_put_diff(&diff, &before, &after, &theme, 0, &text);
    advice_put(&facts, &theme, &text);
    if (status != HOG_OK)
        return status;
    if (text.failed)
        return HOG_NO_MEMORY;
    put_made(made, text.bytes, text.length);
    return HOG_OK;
}

static void test_merge_and_show(void **state)
{
    HOG_PROFILE struct hog_profile *worker = sample_profile_worker();
    HOG_PROFILE struct hog_profile *other =
        sample_profile("M | main encode | 20\nM | main encode parse | 9\n");
    const struct hog_profile *both[] = {worker, other};

    (void)state;
    sweep("merge", merge_it, both);
    sweep("show", show_it, both);
    both[0] = other;
    both[1] = worker;
    sweep("show a small one", show_it, both);
}

/*
 * Commands.
 */

struct commanding {
    struct hog_session *session;
    const char *line;
    const char *file; /* that it writes; NULL none */
};

static struct made *command_output;

static void write_out(void *self, enum hog_stream stream, const char *bytes, size_t length)
{
    (void)self;
    (void)stream;
    put_made(command_output, bytes, length);
}

/* The file that a command wrote belongs to what it made. */
static void add_file(const char *path, struct made *made)
{
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    made->length += fread(made->bytes + made->length, 1, OUTPUT_BYTES - made->length, file);
    fclose(file);
}

static enum hog_status command_it(const void *context, struct made *made)
{
    const struct commanding *commanding = context;
    const char *error = NULL;

    command_output = made;
    if (commanding->file)
        unlink(commanding->file);
    if (hog_session_run(commanding->session, "py-stats", commanding->line, &error) == 0) {
        counting = false;
        if (commanding->file)
            add_file(commanding->file, made);
        return HOG_OK;
    }
    /* an arena that cannot grow is taken for one that may not */
    if (!strstr(error, "memory") && !strstr(error, "too long") && !strstr(error, "too large"))
        fail_msg("%s: %s", commanding->line, error);
    return HOG_NO_MEMORY;
}

static void test_commands(void **state)
{
    static const char *const lines[][2] = {
        {"top one.json", NULL},
        {"top one.prof --callers main --callees main", NULL},
        {"top -l", NULL},
        {"diff one.json two.json", NULL},
        {"diff one.json", NULL},
        {"merge sum.json one.json two.json", "sum.json"},
        {"convert one.json out.svg", "out.svg"},
        {"convert one.json - -f collapsed", NULL},
        {"write last.prof", "last.prof"},
    };
    struct fixture *fixture = *state;
    struct hog_host host = fake_host_make(&fixture->fake);

    host.write = write_out;
    hog_session_destroy(fixture->session);
    fixture->session = hog_session_create(&host);
    command_output = &(struct made){__real_malloc(OUTPUT_BYTES), 0};
    keep(fixture, sample_profile("M | main a | 30\nM | main b | 3\n"));
    run(fixture, "write one.json one.prof");
    keep(fixture, sample_profile("M | main b | 70\nM | main a | 9\n"));
    run(fixture, "write two.json");
    free(command_output->bytes);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct commanding commanding = {
            .session = fixture->session, .line = lines[i][0], .file = lines[i][1]};

        sweep(lines[i][0], command_it, &commanding);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_merge_and_show),
        TEST(test_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

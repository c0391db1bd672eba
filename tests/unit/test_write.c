/* write/: the table of formats, failing sinks, what each file of a hostile profile must not hold. */
#include "base/cleanup.h"
#include "formats/write.h"
#include "support/sample_profile.h"
#include "support/test.h"

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_to(const struct hog_profile *profile, const char *format,
                     const struct hog_write_options *options, struct hog_text *text)
{
    struct hog_sink sink = hog_sink_to_text(text);
    struct hog_error error;

    assert_non_null(hog_format_named(format));
    assert_int_equal(hog_write_profile(profile, hog_format_named(format), options, &sink, &error), HOG_OK);
}

static void test_endings(void **state)
{
    static const struct {
        const char *path, *name;
    } cases[] = {
        {"a.prof", "prof"},
        {"/x.y/a.folded", "collapsed"},
        {"a.speedscope.json", "speedscope"},
        {"a.gecko.json", "gecko"},
        {"a.json", "json"},
        {"a.b.JSON", "json"},
        {"a.pb.gz", "pprof"},
        {"prof-%t.html", "html"},
        {"a.svg", "svg"},
        {"a.callgrind", "callgrind"},
        {"a.gz", NULL},
        {"prof", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hog_format *format = hog_format_of_path(cases[i].path);

        if (cases[i].name)
            assert_string_equal(format->name, cases[i].name);
        else
            assert_null(format);
    }
    assert_null(hog_format_named("xml"));
}

/* Says no after so many bytes. */
struct small_sink {
    size_t room;
};

static bool put_small(void *self, const void *bytes, size_t length)
{
    struct small_sink *small = self;

    (void)bytes;
    if (length > small->room)
        return false;
    small->room -= length;
    return true;
}

static void test_failing_sink(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile_big(2000, 500, 20);
    size_t count;
    const struct hog_format *formats = hog_formats(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t room = 0; room < 200000; room += 70000) {
            struct small_sink small = {room};
            struct hog_sink sink = {&small, put_small};
            struct hog_error error = {0};
            enum hog_status status = hog_write_profile(profile, &formats[i], NULL, &sink, &error);

            if (room == 0)
                assert_int_equal(status, HOG_IO);
            if (status != HOG_OK)
                assert_non_null(strstr(error.message, formats[i].extensions[0]));
        }
    }
}

static void test_json_is_json(void **state)
{
    static const char *const names[] = {"json", "speedscope", "gecko"};
    struct hog_profile *profiles[] = {sample_profile_worker(), sample_profile_hostile(),
                                      sample_profile_empty(), sample_profile_one()};

    (void)state;
    for (size_t p = 0; p < 4; p++) {
        for (size_t i = 0; i < 3; i++) {
            HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
            json_error_t error;
            json_t *json;

            write_to(profiles[p], names[i], NULL, &text);
            json = json_loadb(text.bytes, text.length, 0, &error);
            if (!json)
                fail_msg("%s: %s at %d", names[i], error.text, error.position);
            json_decref(json);
        }
        hog_profile_destroy(profiles[p]);
    }
}

/* Calculated numbers are shown without the noise of their last bits. */
static void test_numbers_are_plain(void **state)
{
    static const char *const wanted[][2] = {
        {"speedscope", "\"weights\":[0.07,0.01]"},
        {"gecko", "\"time\":[0,70]"},
        {"json", "\"duration\":2.000123,"},
    };
    HOG_PROFILE struct hog_profile *profile = sample_profile("M | main:9 run:2 | 1\nM | main:9 go:3 | 7\n");

    (void)state;
    profile->info.interval = 0.01;
    profile->info.duration = 2.00012345678901;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

        write_to(profile, wanted[i][0], NULL, &text);
        if (!strstr(text.bytes, wanted[i][1]))
            fail_msg("%s is not in: %s", wanted[i][1], text.bytes);
    }
}

/* What is not known of a profile is not said of it. */
static void test_descriptions(void **state)
{
    static const struct {
        double rate;
        const char *words;
    } cases[] = {{250, "desc: rate: a sample stands for 10 ms; 250 Hz asked for\n"},
                 {0, "desc: rate: a sample stands for 10 ms\n"}};
    HOG_PROFILE struct hog_profile *profile = sample_profile("M | main:9 run:2 | 1\n");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

        profile->info.requested_rate = cases[i].rate;
        write_to(profile, "callgrind", NULL, &text);
        if (!strstr(text.bytes, cases[i].words))
            fail_msg("%s is not in: %s", cases[i].words, text.bytes);
    }
}

static void test_collapsed(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile("M | main:9 run:2 | 5\nM | main:9 run:3 | 2\n"
                                                             "W | main:9 a;b:1 | 7\n");
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0}, lines = {0}, threads = {0};

    (void)state;
    write_to(profile, "collapsed", NULL, &text);
    assert_string_equal(text.bytes, "main (main.py:1);a,b (a,b.py:1) 7\nmain (main.py:1);run (run.py:1) 7\n");
    write_to(profile, "collapsed", &(struct hog_write_options){.by_line = true}, &lines);
    assert_string_equal(lines.bytes, "main (main.py:9);a,b (a,b.py:1) 7\nmain (main.py:9);run (run.py:2) 5\n"
                                     "main (main.py:9);run (run.py:3) 2\n");
    write_to(profile, "collapsed", &(struct hog_write_options){.by_thread = true}, &threads);
    assert_non_null(strstr(threads.bytes, "<thread W, 48378>;main (main.py:1);a,b (a,b.py:1) 7\n"));
}

static void test_collapsed_hostile(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile_hostile();
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    char *rest = NULL;
    unsigned long long sum = 0;

    (void)state;
    write_to(profile, "collapsed", NULL, &text);
    for (char *line = strtok_r(text.bytes, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *space = strrchr(line, ' ');

        assert_non_null(space);
        sum += strtoull(space + 1, NULL, 10);
        /* nothing before the count may look like another one */
        assert_null(strchr("0123456789", space[-1]));
    }
    assert_int_equal(sum, profile->counts.kept);
}

/* self + calls = total: nothing is above 100 % for a reader that adds up. */
static void test_callgrind_adds_up(void **state)
{
    HOG_PROFILE struct hog_profile *profile =
        sample_profile("M | main:1 f:1 g:1 f:2 h:1 | 10\nM | main:1 f:3 f:3 | 4\n"
                       "M | main:1 g:1 f:2 g:3 f:2 | 1\n");
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    static const char *const parts[] = {
        "summary: 15\n",
        "fn=(1) f\n2 1\n3 4\n",
        "cfn=(3) h\ncalls=10 1\n2 10\n",
        "fn=(2) g\ncfi=(1)\ncfn=(1)\ncalls=10 1\n1 10\n",
        "calls=1 1\n3 1\n",
        "totals: 15\n",
    };

    (void)state;
    write_to(profile, "callgrind", NULL, &text);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text.bytes, parts[i]))
            fail_msg("not there: %s\nin:\n%s", parts[i], text.bytes);
}

/* Whatever the debugger's locale, a point is a point. */
static void test_locale(void **state)
{
    struct hog_profile *profile;
    HOG_CLEANUP(hog_text_deinit) struct hog_text plain = {0}, there = {0};

    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8")) {
        print_message("skip: neither the locale de_DE.UTF-8 nor fr_FR.UTF-8 is installed\n");
        skip();
    }
    setlocale(LC_ALL, "C");
    profile = sample_profile_worker();
    write_to(profile, "speedscope", NULL, &plain);
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        (void)setlocale(LC_ALL, "fr_FR.UTF-8");
    write_to(profile, "speedscope", NULL, &there);
    setlocale(LC_ALL, "C");
    hog_profile_destroy(profile);
    assert_string_equal(plain.bytes, there.bytes);
}

static void test_titles(void **state)
{
    HOG_PROFILE struct hog_profile *profile = sample_profile_worker();
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    write_to(profile, "speedscope", &(struct hog_write_options){.title = "before the fix"}, &text);
    assert_non_null(strstr(text.bytes, "\"name\":\"before the fix\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_failing_sink),
        cmocka_unit_test(test_json_is_json),
        cmocka_unit_test(test_numbers_are_plain),
        cmocka_unit_test(test_descriptions),
        cmocka_unit_test(test_collapsed),
        cmocka_unit_test(test_collapsed_hostile),
        cmocka_unit_test(test_callgrind_adds_up),
        cmocka_unit_test(test_locale),
        cmocka_unit_test(test_titles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

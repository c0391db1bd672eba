/* Words, numbers, options: from the line that the user typed to what it asks for. */
#include "command/command.h"
#include "command/profile_files.h"
#include "line/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"
#include "support/versions.h"

static const struct usage_option dump_options[] = {
    {OPTION_THREAD, NULL},         {OPTION_JSON, NULL},   {OPTION_OUTPUT, NULL},    {OPTION_FULL, NULL},
    {OPTION_PYTHON_ONLY, NULL},    {OPTION_NATIVE, NULL}, {OPTION_MAX_DEPTH, NULL}, {OPTION_CORE, NULL},
    {OPTION_ASSUME_VERSION, NULL}, {OPTION_HELP, NULL},
};
static const struct usage dump_usage = {.name = "py-dump", .options = dump_options};

enum { JOINED = 256 };

/* Splits `line`, and joins the words with '|'. */
static const char *joined(const char *line, char buffer[JOINED])
{
    struct hog_arena arena;
    size_t length = 0;
    struct words words;

    hog_arena_init(&arena, 1 << 20);
    assert_true(words_split(&words, line, &arena));
    buffer[0] = '\0';
    for (size_t i = 0; i < words.count; i++)
        length += (size_t)snprintf(buffer + length, JOINED - length, "%s%s", i ? "|" : "", words.word[i]);
    if (words.open_quote)
        snprintf(buffer + length, JOINED - length, "<open>");
    hog_arena_deinit(&arena);
    return buffer;
}

static void test_quoting(void **state)
{
    static const struct {
        const char *line, *words;
    } cases[] = {
        {NULL, ""},
        {"", ""},
        {"  \t\n ", ""},
        {"a", "a"},
        {"  a  b ", "a|b"},
        {"'a b' c", "a b|c"},
        {"\"a b\"c", "a bc"},
        {"a''b", "ab"},
        {"'' x", "|x"},
        {"'a\"b'", "a\"b"},
        {"\"a'b\"", "a'b"},
        {"'a\\b'", "a\\b"},
        {"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
        {"a\\ b", "a b"},
        {"a\\", "a\\"},
        {"'open", "open<open>"},
        {"--output=\"my file.json\" -j", "--output=my file.json|-j"},
        {"поток 工作者", "поток|工作者"},
    };
    char buffer[JOINED];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(joined(cases[i].line, buffer), cases[i].words);
}

static void test_first_word(void **state)
{
    char word[WORDS_FIRST_BYTES];
    char line[WORDS_FIRST_BYTES + 8];

    (void)state;
    assert_string_equal(words_first("  'top' -n 1", word), " -n 1");
    assert_string_equal(word, "top");
    assert_string_equal(words_first("top", word), "");
    assert_null(words_first("", word));
    assert_null(words_first("'top", word));
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\0';
    assert_null(words_first(line, word));
    line[WORDS_FIRST_BYTES - 2] = '\0';
    assert_string_equal(words_first(line, word), "");
    assert_int_equal(strlen(word), WORDS_FIRST_BYTES - 2);
}

static void test_numbers(void **state)
{
    static const char *const not_counts[] = {
        "", "-1", "+1", " 1", "1 ", "0x10", "1k", "1.5", "١", "4294967296", "99999999999999999999"};
    uint32_t count = 7;
    uint64_t number;

    (void)state;
    assert_true(words_count("unlimited", &count) && count == 0);
    assert_true(words_count("0", &count) && count == 0);
    assert_true(words_count("4294967295", &count) && count == UINT32_MAX);
    for (size_t i = 0; i < sizeof not_counts / sizeof *not_counts; i++)
        assert_false(words_count(not_counts[i], &count));
    assert_int_equal(count, UINT32_MAX);
    assert_true(words_decimal("18446744073709551615", &number) && number == UINT64_MAX);
    assert_false(words_decimal("18446744073709551616", &number));
    assert_true(words_hexadecimal("0x7fFF", &number) && number == 0x7fff);
    assert_false(words_hexadecimal("0x", &number));
    assert_false(words_hexadecimal("7f", &number));
}

static void test_fractions(void **state)
{
    static const char *const none[] = {"",   ".5",  "5.",  "-1",  "+1",    "1e3",        "1,5",         " 1",
                                       "1 ", "inf", "nan", "0x1", "1.2.3", "1234567890", "0.1234567890"};
    double number = 7;

    (void)state;
    assert_true(words_fraction("10", &number) && number == 10);
    assert_true(words_fraction("0.5", &number) && number == 0.5);
    assert_true(words_fraction("123456789.123456789", &number) && number > 123456789.1);
    assert_true(words_fraction("0", &number) && number == 0);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(words_fraction(none[i], &number));
    assert_true(number == 0);
}

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(words_distance("json", "json"), 0);
    assert_int_equal(words_distance("jsn", "json"), 1);
    assert_int_equal(words_distance("", "full"), 4);
    assert_int_equal(words_distance("foo", "full"), 3);
    assert_int_equal(words_distance("a name of more than thirty-one bytes", "json"), 99);
}

static void test_options(void **state)
{
    struct hog_error error = {0};
    struct options options;

    (void)state;
    assert_int_equal(
        options_parse(&options, &dump_usage,
                      "-jt 3 --thread=0x7f --thread 'My Thread' -ofile -f --max-depth=20 -a 3.12.4", &error),
        HOG_OK);
    assert_int_equal(options.threads.count, 3);
    assert_string_equal(options.threads.items[0], "3");
    assert_string_equal(options.threads.items[1], "0x7f");
    assert_string_equal(options.threads.items[2], "My Thread");
    assert_string_equal(option_output(&options), "file");
    assert_int_equal(options.max_depth, 20);
    assert_int_equal(hog_version_hex(options.assume_version), 0x030c04f0);
    assert_true(option_given(&options, OPTION_JSON) && option_given(&options, OPTION_FULL));
    assert_false(option_given(&options, OPTION_VERBOSE));
    options_deinit(&options);

    assert_int_equal(options_parse(&options, &dump_usage, "-a 3.6 -m unlimited --", &error), HOG_OK);
    assert_int_equal(options.assume_version.micro, 0xff);
    assert_int_equal(options.max_depth, 0);
    options_deinit(&options);

    assert_int_equal(options_parse(&options, &(struct usage){.name = "py-dump"}, "-h", &error), HOG_OK);
    assert_true(option_given(&options, OPTION_HELP));
    options_deinit(&options);
}

/* The options of sampling: those that repeat, numbers with a fraction, formats, keys, words. */
static void test_sampling_options(void **state)
{
    static const struct usage_option top_options[] = {
        {OPTION_ROWS, NULL}, {OPTION_SORT, NULL}, {OPTION_HELP, NULL}};
    static const struct usage_option sample_options[] = {
        {OPTION_DURATION, NULL}, {OPTION_RATE, NULL},  {OPTION_OUTPUT, NULL}, {OPTION_FORMAT, NULL},
        {OPTION_TIMES, NULL},    {OPTION_EVERY, NULL}, {OPTION_HELP, NULL}};
    static const struct usage words = {.name = "py-stats top", .words = "[FILE]", .options = top_options};
    static const struct usage sample = {.name = "py-sample", .options = sample_options};
    struct hog_error error = {0};
    struct options options;

    (void)state;
    assert_int_equal(options_parse(&options, &sample, "", &error), HOG_OK);
    assert_true(options.duration == 10 && options.rate == 100 && !options.times && !options.outputs.count);
    options_deinit(&options);

    assert_int_equal(options_parse(&options, &sample,
                                   "-d 0.25 -r1000 -o a.svg --output b.prof -f pprof -n 3 --every=0.5",
                                   &error),
                     HOG_OK);
    assert_true(options.duration == 0.25 && options.rate == 1000 && options.every == 0.5 &&
                options.times == 3);
    assert_int_equal(options.outputs.count, 2);
    assert_string_equal(options.outputs.items[0], "a.svg");
    assert_string_equal(options.outputs.items[1], "b.prof");
    assert_string_equal(options.format->name, "pprof");
    options_deinit(&options);

    assert_int_equal(options_parse(&options, &sample, "-d unlimited", &error), HOG_OK);
    assert_true(options.duration == 0);
    options_deinit(&options);

    assert_int_equal(options_parse(&options, &words, "a.prof -n 5 'b c' -k cumulative -- --d -n", &error),
                     HOG_OK);
    assert_int_equal(options.words.count, 4);
    assert_string_equal(options.words.items[1], "b c");
    assert_string_equal(options.words.items[2], "--d");
    assert_string_equal(options.words.items[3], "-n");
    assert_int_equal(options.rows, 5);
    assert_int_equal(options.sort, HOG_SORT_TOTAL);
    options_deinit(&options);
}

static void test_wrong_options(void **state)
{
    static const struct {
        const char *line, *words;
    } cases[] = {
        {"--foo", "unknown option --foo (did you mean --full?); py-dump --help lists them"},
        {"--out x", "unknown option --out (did you mean --output?); py-dump --help lists them"},
        {"--qqqqqq", "unknown option --qqqqqq; py-dump --help lists them"},
        {"--verbose", "unknown option --verbose; py-dump --help lists them"},
        {"-x", "unknown option -x; py-dump --help lists them"},
        {"-jv", "unknown option -v; py-dump --help lists them"},
        {"7", "unexpected \"7\": a thread is chosen with --thread 7; py-dump --help lists the options"},
        {"-", "unexpected \"-\": a thread is chosen with --thread -; py-dump --help lists the options"},
        {"--json=1", "--json takes no value: leave out \"=1\""},
        {"-o", "--output needs a value: --output FILE"},
        {"--thread", "--thread needs a value: --thread T"},
        {"--thread=",
         "--thread cannot be \"\": it is a thread's number, LWP, pthread id 0x..., name or current"},
        {"-o ''", "--output cannot be \"\": it is the name of a file"},
        {"-m -1", "--max-depth cannot be \"-1\": it is a number of frames such as 20, or unlimited"},
        {"-a 3", "--assume-version cannot be \"3\": it is a version of CPython such as 3.12"},
        {"-a 3.12.1.1", "--assume-version cannot be \"3.12.1.1\": it is a version of CPython such as 3.12"},
        {"-a 3.", "--assume-version cannot be \"3.\": it is a version of CPython such as 3.12"},
        {"-a 3.999", "--assume-version cannot be \"3.999\": it is a version of CPython such as 3.12"},
        {"-a 2.7", "--assume-version cannot be \"2.7\": it is one of 3.6 to NEWEST"},
        {"-a 3.99", "--assume-version cannot be \"3.99\": it is one of 3.6 to NEWEST"},
        {"-t 'My", "a quote is not closed: -t 'My"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hog_error error = {0};
        struct options options;

        assert_int_equal(options_parse(&options, &dump_usage, cases[i].line, &error), HOG_USAGE);
        assert_string_equal(error.message, with_versions(cases[i].words));
        options_deinit(&options);
    }
}

/* A line of 100,000 words, and one of 1 MB, are a mistake that must cost nothing but words. */
static void test_long_lines(void **state)
{
    size_t length = 1 << 20;
    char *line = malloc(length + 1);
    struct hog_error error = {0};
    struct options options;

    (void)state;
    assert_non_null(line);
    memset(line, 'x', length);
    line[length] = '\0';
    assert_int_equal(options_parse(&options, &dump_usage, line, &error), HOG_NO_MEMORY);
    options_deinit(&options);
    line[100000] = '\0';
    assert_int_equal(options_parse(&options, &dump_usage, line, &error), HOG_USAGE);
    options_deinit(&options);
    for (size_t i = 0; i < 100000; i += 3)
        memcpy(line + i, "-j ", 3);
    line[99999] = '\0';
    assert_int_equal(options_parse(&options, &dump_usage, line, &error), HOG_OK);
    options_deinit(&options);
    free(line);
}

static void test_names_of_profiles(void **state)
{
    static const struct {
        const char *path, *name;
        bool has_time;
    } cases[] = {
        {"a.prof", "a.prof", false},         {"%p-%t.prof", "4711-20261124T060000Z.prof", true},
        {"%t", "20261124T060000Z", true},    {"100%%t", "100%t", false},
        {"%%%t", "%20261124T060000Z", true}, {"%x%", "%x%", false},
        {"%p%p", "47114711", false},         {"", "", false},
    };
    const struct hog_profile profile = {.info = {.pid = 4711, .start_time = 1795500000.25}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hog_text name = {0};

        assert_true(profile_file_name(cases[i].path, &profile, &name));
        assert_string_equal(name.bytes ? name.bytes : "", cases[i].name);
        assert_int_equal(profile_file_has_time(cases[i].path), cases[i].has_time);
        hog_text_deinit(&name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quoting),          cmocka_unit_test(test_first_word),
        cmocka_unit_test(test_numbers),          cmocka_unit_test(test_distance),
        cmocka_unit_test(test_options),          cmocka_unit_test(test_fractions),
        cmocka_unit_test(test_sampling_options), cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_long_lines),       cmocka_unit_test(test_names_of_profiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

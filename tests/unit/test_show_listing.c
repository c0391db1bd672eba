/* Lines of source as py-list shows them: whole pages, with tabs, wide letters, marks and underlines. */
#include "show/listing.h"
#include "support/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct hog_code code = {
    .name = "deliver", .filename = "/srv/worker.py", .short_filename = "worker.py", .first_line = 8};

static const char *const lines[] = {
    "def deliver(job):", "\tif a:\tb(\xe4\xb8\xad, c)", "    return (job.x,", "            job.y)", "",
    "# \x1b[31m end"};

static char *text_of(const struct listing *listing, const struct theme *theme)
{
    struct hog_text text = {0};

    render_listing_text(listing, theme, &text);
    assert_false(text.failed);
    return text.bytes ? text.bytes : strdup("");
}

static struct listing whole(const struct hog_frame *frame)
{
    return (struct listing){.filename = "/srv/worker.py",
                            .head = LISTING_OF_FRAME,
                            .place = "file",
                            .frame = frame,
                            .frame_number = 3,
                            .first = 8,
                            .lines = (const char **)lines,
                            .count = 6};
}

static void assert_page(const struct listing *listing, const struct theme *theme, const char *expected)
{
    char *text = text_of(listing, theme);

    assert_string_equal(text, expected);
    free(text);
}

/* `b(中, c)`: bytes 8 to 17 of the line, behind two tabs. */
static void a_part_of_a_line_is_underlined(void **state)
{
    const struct hog_frame frame = {.code = &code, .line = 9, .end_line = 9, .column = 8, .end_column = 17};
    const struct listing listing = whole(&frame);
    const struct theme theme = {0};

    (void)state;
    assert_page(&listing, &theme,
                "#3  deliver  worker.py:9\n"
                "     8  def deliver(job):\n"
                "->   9          if a:   b(\xe4\xb8\xad, c)\n"
                "                        ^^^^^^^^\n"
                "    10      return (job.x,\n"
                "    11              job.y)\n"
                "    12  \n"
                "    13  # \\x1b[31m end\n");
}

static void every_line_of_a_statement_is_underlined(void **state)
{
    const struct hog_frame frame = {
        .code = &code, .line = 10, .end_line = 11, .column = 12, .end_column = 19};
    struct listing listing = whole(&frame);
    const struct theme theme = {0}, narrow = {.max_string = 14};

    (void)state;
    listing.first = 10;
    listing.lines += 2;
    listing.count = 2;
    assert_page(&listing, &theme,
                "#3  deliver  worker.py:10\n"
                "->  10      return (job.x,\n"
                "                   ^^^^^^^\n"
                "    11              job.y)\n"
                "                    ^^^^^^\n");
    assert_page(&listing, &narrow,
                "#3  deliver  worker.py:10\n"
                "->  10      return (jo…\n"
                "                   ^^^\n"
                "    11              jo…\n"
                "                    ^^\n");
}

static void what_is_all_of_a_line_is_not_underlined(void **state)
{
    static const struct hog_frame frames[] = {
        {.code = &code, .line = 8, .end_line = 8, .column = 1, .end_column = 18},
        {.code = &code, .line = 8, .end_line = 8, .column = 0, .end_column = 5},
        {.code = &code, .line = 8, .end_line = 8, .column = 5, .end_column = 0},
        {.code = &code, .line = 8, .end_line = 8, .column = 5, .end_column = 5},
        {.code = &code, .line = 8, .end_line = 8, .column = 50, .end_column = 60},
    };
    const struct theme theme = {0};

    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        struct listing listing = whole(&frames[i]);

        listing.count = 1;
        assert_page(&listing, &theme, "#3  deliver  worker.py:8\n->  8  def deliver(job):\n");
    }
}

/* Of a file, of a frame of another file, and what goes on; remarks stand at the head alone. */
static void heads(void **state)
{
    struct listing listing = whole(NULL);
    const struct theme theme = {0};

    (void)state;
    listing.count = 1;
    listing.remark = "it was changed";
    assert_page(&listing, &theme, "(it was changed)\n    8  def deliver(job):\n");
    listing.head = LISTING_OF_FILE;
    assert_page(&listing, &theme, "/srv/worker.py\n(it was changed)\n    8  def deliver(job):\n");
    listing.head = LISTING_CONTINUED;
    assert_page(&listing, &theme, "    8  def deliver(job):\n");
}

static void a_line_under_a_frame(void **state)
{
    static const struct {
        struct hog_source_line line;
        const char *expected;
    } cases[] = {
        {{.text = "\t  x = 1"}, "    x = 1\n"},
        {{.text = "\t  x = 1", .remark = "changed"}, "    x = 1  (changed)\n"},
        {{.remark = "it is gone"}, "    (it is gone)\n"},
        {{0}, ""},
    };
    const struct theme theme = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hog_text text = {0};

        render_source_line(&cases[i].line, 4, &theme, &text);
        assert_string_equal(text.bytes ? text.bytes : "", cases[i].expected);
        hog_text_deinit(&text);
    }
}

static void as_json(void **state)
{
    const struct hog_frame frame = {.code = &code, .line = 9, .end_line = 10, .column = 8, .end_column = 17};
    const struct listing listing = whole(&frame);
    const struct report report = {.target_kind = "live", .pid = 5, .rank = -1};
    static const struct {
        const char *key;
        int value;
    } numbers[] = {{"line", 9}, {"end_line", 10}, {"column", 8}, {"end_column", 17}};
    struct hog_text text = {0};
    json_t *document, *listed;

    (void)state;
    render_listing_json(&report, &listing, &text);
    document = json_loads(text.bytes, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(json_integer_value(json_object_get(document, numbers[i].key)), numbers[i].value);
    assert_string_equal(json_string_value(json_object_get(document, "filename")), "/srv/worker.py");
    listed = json_object_get(document, "lines");
    assert_int_equal(json_array_size(listed), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(json_integer_value(json_object_get(json_array_get(listed, i), "line")), 8 + i);
        assert_string_equal(json_string_value(json_object_get(json_array_get(listed, i), "source")),
                            lines[i]);
    }
    json_decref(document);
    hog_text_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_of_a_line_is_underlined),
        cmocka_unit_test(every_line_of_a_statement_is_underlined),
        cmocka_unit_test(what_is_all_of_a_line_is_not_underlined),
        cmocka_unit_test(heads),
        cmocka_unit_test(a_line_under_a_frame),
        cmocka_unit_test(as_json),
    };

    return cmocka_run_group_tests_name("show_listing", tests, NULL, NULL);
}

/* Tables and sentences on terminals of any width. */
#include "base/cleanup.h"
#include "show/grid.h"
#include "support/test.h"

#include <string.h>

static const struct grid_column columns[] = {
    GRID_NUMBER("Samples", 1),
    GRID_NUMBER("Self s", 2),
    GRID_NUMBER("Self %", 0),
    GRID_FUNCTION("Function"),
    GRID_FILE,
};

/* The table of two functions, as wide as `width`. */
static const char *table(unsigned width, const char *function, const char *file, struct hog_text *text)
{
    const struct theme theme = {.width = width};
    HOG_CLEANUP(grid_deinit) struct grid grid = {0};

    hog_text_clear(text);
    grid_init(&grid, columns, sizeof columns / sizeof *columns);
    grid_cell(&grid, "%d", 12345);
    grid_number(&grid, 12.3456, 3);
    grid_number(&grid, 45.25, 1);
    grid_cell(&grid, "%s", function);
    grid_cell(&grid, "%s", file);
    grid_cell(&grid, "%d", 1);
    grid_number(&grid, -0.0001, 3);
    grid_number(&grid, -0.04, 1);
    grid_cell(&grid, "%s", "main");
    grid_cell(&grid, "%s", "worker.py:1");
    grid_put(&grid, &theme, text);
    assert_false(text->failed);
    return text->bytes;
}

static void test_whole(void **state)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    static const char whole[] = "  Samples  Self s  Self %  Function       File\n"
                                "    12345  12.346    45.2  Server.handle  server/base.py:146\n"
                                "        1   0.000     0.0  main           worker.py:1\n";

    (void)state;
    assert_string_equal(table(0, "Server.handle", "server/base.py:146", &text), whole);
    assert_string_equal(table(1000, "Server.handle", "server/base.py:146", &text), whole);
    assert_string_equal(table(61, "Server.handle", "server/base.py:146", &text), whole);
}

/* What names share with others goes first: the middle of a function, the folders of a file. */
static void test_names_are_cut(void **state)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    assert_string_equal(table(60, "Server.handle", "server/base.py:146", &text),
                        "  Samples  Self s  Self %  Function       File\n"
                        "    12345  12.346    45.2  Server.handle  …rver/base.py:146\n"
                        "        1   0.000     0.0  main           worker.py:1\n");
    assert_string_equal(table(61, "std::vector<std::basic_string<char>, std::allocator<int>>::push_back",
                              "very/long/path/to/base.py:146", &text),
                        "  Samples  Self s  Self %  Function         File\n"
                        "    12345  12.346    45.2  std::ve…sh_back  …/to/base.py:146\n"
                        "        1   0.000     0.0  main             worker.py:1\n");
}

/* The seconds go before a name is too short to be told from another. */
static void test_columns_leave(void **state)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    assert_string_equal(table(50, "Server.handle_request", "server/base.py:146", &text),
                        "  Self s  Self %  Function        File\n"
                        "  12.346    45.2  Server.…equest  …er/base.py:146\n"
                        "   0.000     0.0  main            worker.py:1\n");
    assert_string_equal(table(40, "Server.handle_request", "server/base.py:146", &text),
                        "  Self %  Function       File\n"
                        "    45.2  Server…equest  …r/base.py:146\n"
                        "     0.0  main           worker.py:1\n");
}

/* However narrow, however long, and whatever is in it: no line is longer, and every line ends. */
static void test_no_line_is_longer(void **state)
{
    static const char *const names[] = {
        "", "x", "蛇蛇蛇蛇蛇蛇蛇蛇蛇蛇蛇蛇蛇蛇蛇蛇",
        "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301",
        "a name that is as long as a line of a book, and then some more of it 🐍🐍🐍"};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    for (unsigned width = 16; width < 120; width++) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            const char *line = table(width, names[i], names[(i + 1) % 5], &text);

            for (const char *end; (end = strchr(line, '\n')); line = end + 1)
                if (hog_text_width(line, (size_t)(end - line)) >= width)
                    fail_msg("%u cells: %.*s", width, (int)(end - line), line);
            assert_string_equal(line, "");
        }
    }
    for (unsigned width = 1; width < 16; width++)
        (void)table(width, names[2], names[4], &text);
}

static void test_signs(void **state)
{
    const struct theme theme = {0};
    static const struct grid_column one[] = {{"X", true, STYLE_PLAIN, GRID_WHOLE, 0}};
    HOG_CLEANUP(grid_deinit) struct grid grid = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    grid_init(&grid, one, 1);
    grid_number(&grid, -0.0, 1);
    grid_number(&grid, -0.0499, 1);
    grid_number(&grid, -0.051, 1);
    grid_change(&grid, -0.0499, 1);
    grid_change(&grid, 0.0499, 1);
    grid_change(&grid, 0.051, 1);
    grid_change(&grid, -2, 0);
    grid_put(&grid, &theme, &text);
    assert_string_equal(text.bytes, "     X\n   0.0\n   0.0\n  -0.1\n   0.0\n   0.0\n  +0.1\n    -2\n");
}

static void test_sentence(void **state)
{
    const struct theme wide = {0}, narrow = {.width = 24};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    paint_sentence(&text, &wide, "  taken: one read  a sample", 0, 4);
    assert_string_equal(text.bytes, "  taken: one read  a sample\n");
    hog_text_clear(&text);
    paint_sentence(&text, &narrow, "nothing ran in all of the samples, which is a shame", 6, 2);
    assert_string_equal(text.bytes, "nothing ran in\n  all of the samples,\n  which is a shame\n");
    hog_text_clear(&text);
    paint_sentence(&text, &narrow, "a.word.that.is.longer.than.the.line and more", 0, 2);
    assert_string_equal(text.bytes, "a.word.that.is.longer.than.the.line\n  and more\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),         cmocka_unit_test(test_names_are_cut),
        cmocka_unit_test(test_columns_leave), cmocka_unit_test(test_no_line_is_longer),
        cmocka_unit_test(test_signs),         cmocka_unit_test(test_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* base/: status and words, the arena, the cursor, the text buffer, sorting. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/sort.h"
#include "base/text.h"
#include "support/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static void test_status_names(void **state)
{
    (void)state;
    assert_string_equal(hog_status_name(HOG_OK), "ok");
    assert_string_equal(hog_status_name(HOG_NOT_FOUND), "not-found");
    for (int status = HOG_OK; status <= HOG_NOT_FOUND; status++) {
        assert_non_null(hog_status_name((enum hog_status)status));
        assert_string_not_equal(hog_status_name((enum hog_status)status), "unknown");
    }
    assert_string_equal(hog_status_name((enum hog_status)1000), "unknown");
    assert_string_equal(hog_status_name((enum hog_status) - 1), "unknown");
}

static void test_fail(void **state)
{
    struct hog_error error = {0};
    char *long_words = malloc(2 * HOG_ERROR_MESSAGE);

    (void)state;
    assert_non_null(long_words);
    assert_int_equal(hog_fail(&error, HOG_UNREADABLE, "at 0x%x of %s", 0x10u, "heap"), HOG_UNREADABLE);
    assert_int_equal(error.status, HOG_UNREADABLE);
    assert_string_equal(error.message, "at 0x10 of heap");
    memset(long_words, 'x', 2 * HOG_ERROR_MESSAGE);
    long_words[2 * HOG_ERROR_MESSAGE - 1] = '\0';
    assert_int_equal(hog_fail(&error, HOG_IO, "%s", long_words), HOG_IO);
    assert_int_equal(strlen(error.message), HOG_ERROR_MESSAGE - 1);
    free(long_words);
}

static void test_arena_gives_zeroed_aligned_memory(void **state)
{
    struct hog_arena arena;

    (void)state;
    hog_arena_init(&arena, 1 << 24);
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *bytes = hog_arena_alloc(&arena, size);

        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, size);
    }
    hog_arena_deinit(&arena);
    assert_int_equal(arena.used, 0);
    hog_arena_deinit(&arena);
}

static void test_arena_limit(void **state)
{
    struct hog_arena arena;

    (void)state;
    hog_arena_init(&arena, 1 << 20);
    assert_null(hog_arena_alloc(&arena, (1 << 20) + 1));
    assert_non_null(hog_arena_alloc(&arena, 1 << 19));
    assert_null(hog_arena_alloc(&arena, (1 << 19) + 1));
    assert_non_null(hog_arena_alloc(&arena, 1 << 19));
    assert_null(hog_arena_alloc(&arena, 1));
    hog_arena_deinit(&arena);
    hog_arena_init(&arena, SIZE_MAX);
    assert_null(hog_arena_alloc(&arena, SIZE_MAX));
    assert_null(hog_arena_alloc(&arena, SIZE_MAX - 8));
    assert_null(hog_arena_array(&arena, SIZE_MAX / 2, 3));
    assert_null(hog_arena_array(&arena, (size_t)1 << 63, 2));
    assert_non_null(hog_arena_array(&arena, 0, 8));
    assert_non_null(hog_arena_array(&arena, 8, 0));
    hog_arena_deinit(&arena);
}

static void test_arena_text(void **state)
{
    struct hog_arena arena;
    char *big = calloc(100001, 1);
    const char *text;

    (void)state;
    assert_non_null(big);
    memset(big, 'b', 100000);
    hog_arena_init(&arena, 1 << 20);
    text = hog_arena_copy_text(&arena, "hognose", 3);
    assert_string_equal(text, "hog");
    text = hog_arena_printf(&arena, "%s-%d", "snake", 7);
    assert_string_equal(text, "snake-7");
    text = hog_arena_printf(&arena, "%s", big);
    assert_string_equal(text, big);
    assert_null(hog_arena_copy_text(&arena, "", SIZE_MAX));
    hog_arena_deinit(&arena);
    hog_arena_init(&arena, 4);
    assert_null(hog_arena_printf(&arena, "%s", "does not fit"));
    hog_arena_deinit(&arena);
    free(big);
}

static void test_cursor(void **state)
{
    static const unsigned char bytes[] = {1, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 5};
    struct hog_cursor cursor = hog_cursor_over(bytes, sizeof bytes);

    (void)state;
    assert_int_equal(hog_cursor_u8(&cursor), 1);
    assert_int_equal(hog_cursor_u32(&cursor), 2);
    assert_int_equal(hog_cursor_u64(&cursor), 3);
    assert_int_equal(hog_cursor_left(&cursor), 2);
    assert_false(cursor.overrun);
    assert_ptr_equal(hog_cursor_take(&cursor, 2), bytes + 13);
    assert_false(cursor.overrun);
    assert_int_equal(hog_cursor_u8(&cursor), 0);
    assert_true(cursor.overrun);

    cursor = hog_cursor_over(bytes, 3);
    assert_int_equal(hog_cursor_u32(&cursor), 0);
    assert_true(cursor.overrun);
    assert_int_equal(hog_cursor_u8(&cursor), 0); /* nothing is had after an overrun */
    cursor = hog_cursor_over(bytes, 3);
    assert_null(hog_cursor_take(&cursor, SIZE_MAX));
    cursor = hog_cursor_over(bytes, 0);
    assert_int_equal(hog_cursor_u64(&cursor), 0);
    assert_true(cursor.overrun);
}

static void test_text(void **state)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    (void)state;
    hog_text_clear(&text);
    hog_text_puts(&text, "a");
    hog_text_append(&text, "bcd", 2);
    hog_text_printf(&text, "%d%s", 12, "!");
    assert_string_equal(text.bytes, "abc12!");
    assert_int_equal(text.length, 6);
    for (int i = 0; i < 1000; i++)
        hog_text_printf(&text, "%04d", i);
    assert_int_equal(text.length, 4006);
    assert_memory_equal(text.bytes + 4002, "0999", 5);
    hog_text_clear(&text);
    assert_string_equal(text.bytes, "");
    hog_text_put_number(&text, 0);
    hog_text_pad(&text, 2);
    hog_text_put_number(&text, UINT64_MAX);
    hog_text_pad(&text, 0);
    assert_string_equal(text.bytes, "0  18446744073709551615");
    hog_text_clear(&text);
    for (int length = 0; length < 200;
         length++) { /* shorter and longer than the room that there happens to be */
        size_t before = text.length;

        hog_text_printf(&text, "%*s|", length, "");
        assert_int_equal(text.length, before + (size_t)length + 1);
        assert_int_equal(strlen(text.bytes), text.length);
    }
    hog_text_clear(&text);
    hog_text_append(&text, "with\0zero", 9);
    assert_int_equal(text.length, 9);
    assert_false(text.failed);
}

static void test_text_after_failure(void **state)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {.failed = true};

    (void)state;
    hog_text_puts(&text, "lost");
    hog_text_printf(&text, "%d", 1);
    assert_null(text.bytes);
    assert_int_equal(text.length, 0);
}

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(hog_text_width("", 0), 0);
    assert_int_equal(hog_text_width("plain", 5), 5);
    assert_int_equal(hog_text_width("gr\xc3\xbc\xc3\x9f", 6), 4); /* grüß */
    assert_int_equal(hog_text_width("\xe8\x9b\x87", 3), 2);       /* 蛇 */
    assert_int_equal(hog_text_width("\xf0\x9f\x90\x8d", 4), 2);   /* 🐍 */
    assert_int_equal(hog_text_width("e\xcc\x81", 3), 1);          /* e with a combining accent */
    assert_in_range(hog_text_width("\xff\xfe tail", 7), 5, 7);    /* no UTF-8: something, and it ends */
    assert_in_range(hog_text_width("\xf0\x9f", 2), 0, 2);         /* cut in the middle */
}

static void assert_printable(const char *from, const char *to)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    hog_text_puts(&text, "");
    hog_text_put_printable(&text, from);
    assert_string_equal(text.bytes, to);
}

static void test_printable(void **state)
{
    (void)state;
    assert_printable("", "");
    assert_printable("plain gr\xc3\xbc\xc3\x9f", "plain gr\xc3\xbc\xc3\x9f");
    assert_printable("a\nb\tc\rd", "a\\nb\\tc\\rd");
    assert_printable("\x1b[31mred\x7f", "\\x1b[31mred\\x7f");
    assert_printable("\xc2\x9b"
                     "2J",
                     "\\x9b2J"); /* the C1 control CSI */
    assert_printable("\xc2\xa0", "\xc2\xa0");
    assert_printable("ends in \xc2", "ends in \\xc2");
    assert_printable("\x9b"
                     "2J\xff",
                     "\\x9b2J\\xff"); /* CSI of eight bits, and no UTF-8 at all */
    assert_printable("\xe2\x28\xa1\xf0\x9f\x98", "\\xe2(\\xa1\\xf0\\x9f\\x98");
    assert_printable("\xed\xa0\x80\xc0\x80", "\\xed\\xa0\\x80\\xc0\\x80"); /* a surrogate, an overlong NUL */
    assert_printable("ro\u200bot \ufeff\u00ad\u2060", "ro\\u200bot \\ufeff\\xad\\u2060");
    assert_printable("tag\U000e0041\U000e007f", "tag\\U000e0041\\U000e007f");
    assert_printable("\U0001f40d \u8704", "\U0001f40d \u8704"); /* a snake, and another */
    assert_printable("a\u202egnp.exe", "a\\u202egnp.exe");      /* would be shown as a file "aexe.png" */
    assert_printable("line\u2028end", "line\\u2028end");
    assert_printable("joined \u200d", "joined \\u200d");
}

static void test_guards(void **state)
{
    int file;

    (void)state;
    {
        HOG_FREE char *bytes = malloc(10); /* LeakSanitizer watches */
        HOG_CLOSE int guarded = open("/dev/null", O_RDONLY);
        HOG_CLOSE int never_opened = -1;

        assert_non_null(bytes);
        assert_int_equal(never_opened, -1);
        file = guarded;
    }
    assert_int_equal(fcntl(file, F_GETFD), -1);
}

struct sorted_item {
    uint32_t key, value;
};

static int by_key(const void *one, const void *other, void *context)
{
    uint32_t a = ((const struct sorted_item *)one)->key, b = ((const struct sorted_item *)other)->key;

    ++*(size_t *)context;
    return (a > b) - (a < b);
}

static bool never_pressed(void *context)
{
    ++*(size_t *)context;
    return false;
}

static bool pressed_at_last(void *context)
{
    return --*(size_t *)context == 0;
}

/* Each key with the value that it came with, in runs that end everywhere. */
static void test_sort(void **state)
{
    static const size_t counts[] = {0, 1, 2, 4095, 4096, 4097, 8192, 8193, 12288, 20001, 40000};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct sorted_item *items = calloc(counts[i] + 1, sizeof *items);
        uint32_t random = 1;
        size_t compared = 0, asked = 0;
        struct hog_watch watch = {.interrupted = never_pressed, .context = &asked};

        assert_non_null(items);
        for (size_t k = 0; k < counts[i]; k++) {
            random = random * 1664525 + 1013904223;
            items[k] = (struct sorted_item){.key = random, .value = ~random};
        }
        assert_true(hog_sort(items, counts[i], sizeof *items, by_key, &compared, i % 2 ? &watch : NULL));
        for (size_t k = 1; k < counts[i]; k++)
            assert_true(items[k - 1].key <= items[k].key);
        for (size_t k = 0; k < counts[i]; k++)
            assert_int_equal(items[k].value, (uint32_t)~items[k].key);
        assert_true(i % 2 == 0 || counts[i] <= 4096 || asked > 2);
        assert_true(counts[i] < 2 || compared > 0);
        free(items);
    }
}

/* Whenever it is pressed, until it comes too late. */
static void test_sort_is_ended(void **state)
{
    enum { COUNT = 20000 };
    struct sorted_item *items = calloc(COUNT, sizeof *items);
    size_t at = 0, compared = 0;
    bool ended = true;

    (void)state;
    assert_non_null(items);
    while (ended && at++ < 100) {
        size_t left = at;
        struct hog_watch watch = {.interrupted = pressed_at_last, .context = &left};

        for (uint32_t i = 0; i < COUNT; i++)
            items[i].key = COUNT - i;
        ended = !hog_sort(items, COUNT, sizeof *items, by_key, &compared, &watch);
        assert_int_equal(watch.seen, ended);
    }
    assert_true(at > 5 && at < 100);
    assert_int_equal(items[0].key, 1);
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_names),
        cmocka_unit_test(test_fail),
        cmocka_unit_test(test_arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(test_arena_limit),
        cmocka_unit_test(test_arena_text),
        cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_after_failure),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_guards),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_sort_is_ended),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}

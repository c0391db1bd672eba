/* Secrets are blanked where they lie and wherever their bytes stand, also across what is written at once. */
#include "support/fake_memory.h"
#include "support/test.h"
#include "value/secrets_parts.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 512, START = 0x1000 };

static const char PASSWORD[] = "correct horse battery staple";

struct world {
    unsigned char bytes[SIZE];
    struct fake_segment segment;
    struct hog_memory *memory;
    struct hog_secrets *secrets;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    memset(world->bytes, '.', SIZE);
    world->segment = (struct fake_segment){START, world->bytes, SIZE};
    world->memory = fake_memory_create(&world->segment, 1, FAKE_EXACT);
    world->secrets = hog_secrets_create("*");
    assert_non_null(world->secrets);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    hog_secrets_destroy(world->secrets);
    hog_memory_destroy(world->memory);
    free(world);
    return 0;
}

/* Memory as a file gets it: in parts of `part` bytes, each blanked by itself. */
static void write_out(struct world *world, size_t part, unsigned char *ret_file)
{
    for (size_t at = 0; at < SIZE; at += part) {
        size_t length = part < SIZE - at ? part : SIZE - at;

        memcpy(ret_file + at, world->bytes + at, length);
        hog_secrets_blank(world->secrets, world->memory, START + at, ret_file + at, length);
    }
}

static bool is_all(const unsigned char *bytes, size_t length, char letter)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != (unsigned char)letter)
            return false;
    return true;
}

/* Wherever parts begin and end: all of it is blanked, and nothing else. */
static void test_parts(void **state)
{
    struct world *world = *state;
    const size_t length = sizeof PASSWORD - 1, at = 200;
    unsigned char file[SIZE];

    secrets_add_bytes(world->secrets, (const unsigned char *)PASSWORD, length, 1);
    memcpy(world->bytes + at, PASSWORD, length);
    for (size_t part = 1; part <= SIZE; part++) {
        write_out(world, part, file);
        assert_true(is_all(file, at, '.'));
        assert_true(is_all(file + at, length, '*'));
        assert_true(is_all(file + at + length, SIZE - at - length, '.'));
    }
}

/* The first and the last bytes of memory: beyond them nothing can be read. */
static void test_ends_of_memory(void **state)
{
    struct world *world = *state;
    const size_t length = sizeof PASSWORD - 1;
    unsigned char file[SIZE];

    secrets_add_bytes(world->secrets, (const unsigned char *)PASSWORD, length, 1);
    memcpy(world->bytes, PASSWORD, length);
    memcpy(world->bytes + SIZE - length, PASSWORD, length);
    write_out(world, SIZE, file);
    assert_true(is_all(file, length, '*'));
    assert_true(is_all(file + length, SIZE - 2 * length, '.'));
    assert_true(is_all(file + SIZE - length, length, '*'));
}

/* One longer than a piece, and of no round length. */
static void test_long(void **state)
{
    struct world *world = *state;
    enum { LENGTH = 3 * SECRET_PIECE + 7, AT = 100 };
    unsigned char value[LENGTH], file[SIZE];

    for (size_t i = 0; i < LENGTH; i++)
        value[i] = (unsigned char)('A' + i * 7 % 53);
    secrets_add_bytes(world->secrets, value, LENGTH, 1);
    memcpy(world->bytes + AT, value, LENGTH);
    write_out(world, 41, file);
    assert_true(is_all(file, AT, '.'));
    assert_true(is_all(file + AT, LENGTH, '*'));
    assert_true(is_all(file + AT + LENGTH, SIZE - AT - LENGTH, '.'));
}

/* A letter of two bytes stays one: '*' and 0. */
static void test_wide(void **state)
{
    struct world *world = *state;
    const unsigned char wide[] = "s\0e\0c\0r\0e\0t\0";
    enum { LENGTH = 12, AT = 50 };
    unsigned char file[SIZE];

    secrets_add_bytes(world->secrets, wide, LENGTH, 2);
    memcpy(world->bytes + AT, wide, LENGTH);
    write_out(world, 55, file);
    for (size_t i = 0; i < LENGTH; i++)
        assert_int_equal(file[AT + i], i % 2 ? 0 : '*');
    assert_true(is_all(file + AT + LENGTH, SIZE - AT - LENGTH, '.'));
}

/* What is short, or one letter again and again, hides where it lies and nowhere else. */
static void test_place_alone(void **state)
{
    struct world *world = *state;
    enum { LIES_AT = 30, ELSEWHERE = 300 };
    unsigned char file[SIZE];

    secrets_add_bytes(world->secrets, (const unsigned char *)"abc", 3, 1);
    secrets_add_bytes(world->secrets, (const unsigned char *)"-----", 5, 1);
    secrets_add_place(world->secrets, START + LIES_AT, 3, 1);
    memcpy(world->bytes + LIES_AT, "abc", 3);
    memcpy(world->bytes + ELSEWHERE, "abc-----", 8);
    write_out(world, LIES_AT + 1, file);
    assert_true(is_all(file, LIES_AT, '.'));
    assert_true(is_all(file + LIES_AT, 3, '*'));
    assert_memory_equal(file + ELSEWHERE, "abc-----", 8);
    assert_true(is_all(file + ELSEWHERE + 8, SIZE - ELSEWHERE - 8, '.'));
}

static void test_text(void **state)
{
    struct world *world = *state;
    char text[] = "python3 serve.py --key 'correct horse battery staple' 5";

    secrets_add_bytes(world->secrets, (const unsigned char *)PASSWORD, sizeof PASSWORD - 1, 1);
    hog_secrets_blank_text(world->secrets, text);
    assert_string_equal(text, "python3 serve.py --key '****************************' 5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ends_of_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wide, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_place_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

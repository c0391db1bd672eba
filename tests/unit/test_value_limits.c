/*
 * Values that are made to have no end: objects that hold themselves, that
 * share their parts, and that say they are larger than memory. Each rendering
 * ends soon, is short, and says that it is not the whole.
 */

#include "support/fabricated_values.h"
#include "support/test.h"
#include "support/versions.h"
#include "value/render.h"

#include <stdlib.h>
#include <string.h>

enum {
    OBJECT = 256,
    TYPE_ROOM = 1024,
    LIST = 25,
    TUPLE = 26,
    BYTES = 27,
    STR = 28,
    DICT = 29,
    EXCEPTION = 30,
    INT = 24,
    TYPE = 31,
    PLAIN = 0 /* no flag that says what it is */
};
enum { MOST_TEXT = 4000, MOST_ARENA = 1 << 20 };

struct world {
    struct fabricated_values made;
    struct hog_text text;
    uint64_t metatype;
};

static uint64_t reserve(struct world *world, size_t size)
{
    uint64_t address = world->made.fake.runtime + (world->made.fake.used + 15) / 16 * 16;

    world->made.fake.used = (size_t)(address - world->made.fake.runtime) + size;
    assert_true(world->made.fake.used <= FABRICATED_SIZE);
    return address;
}

static void set(struct world *world, uint64_t object, enum hog_field field, uint64_t value)
{
    if (hog_layout_has(&world->made.fake.layout, field))
        fabricate_poke(&world->made.fake, fabricate_field(&world->made.fake, object, field), value);
}

static uint64_t make_object(struct world *world, uint64_t type)
{
    uint64_t object = reserve(world, OBJECT);

    set(world, object, HOG_F_object_ob_type, type);
    return object;
}

static uint64_t make_type(struct world *world, unsigned flag)
{
    uint64_t type = reserve(world, TYPE_ROOM);

    set(world, type, HOG_F_object_ob_type, world->metatype ? world->metatype : type);
    set(world, type, HOG_F_type_tp_flags, UINT64_C(1) << flag);
    return type;
}

/* A static type of that name, which stands alone in its MRO. */
static uint64_t make_named_type(struct world *world, const char *name, unsigned flag)
{
    uint64_t type = make_type(world, flag), text = reserve(world, OBJECT);
    uint64_t mro = make_object(world, make_type(world, TUPLE));

    memcpy(world->made.fake.bytes + (text - world->made.fake.runtime), name, strlen(name) + 1);
    set(world, type, HOG_F_type_tp_name, text);
    set(world, type, HOG_F_type_tp_mro, mro);
    set(world, mro, HOG_F_object_ob_size, 1);
    set(world, mro, HOG_F_tuple_ob_item, type);
    return type;
}

static void world_init(struct world *world, size_t version)
{
    *world = (struct world){.metatype = 0};
    fabricated_values_init(&world->made, version, (size_t)64 << 20);
    world->metatype = make_type(world, TYPE);
}

static void world_deinit(struct world *world)
{
    hog_text_deinit(&world->text);
    fabricated_values_deinit(&world->made);
}

static uint32_t render(struct world *world, uint64_t object)
{
    uint32_t marks;

    hog_text_clear(&world->text);
    marks = hog_value_render(world->made.values, object, &hog_value_limits_brief, &world->text);
    assert_in_range(world->text.length, 1, MOST_TEXT);
    assert_in_range(world->made.arena.used, 0, MOST_ARENA);
    return marks;
}

static uint64_t make_list(struct world *world, uint64_t type, uint64_t size, uint64_t item)
{
    uint64_t list = make_object(world, type), items = reserve(world, OBJECT);

    set(world, list, HOG_F_object_ob_size, size);
    set(world, list, HOG_F_list_ob_item, items);
    for (unsigned i = 0; i < OBJECT / 8; i++)
        fabricate_poke(&world->made.fake, items + i * (uint64_t)8, item ? item : list);
    return list;
}

static void what_holds_itself_is_shown_once(void **state)
{
    (void)state;
    for (size_t version = 0; version < version_count(); version++) {
        struct world world;
        uint64_t list;

        world_init(&world, version);
        list = make_list(&world, make_named_type(&world, "list", LIST), 2, 0);
        assert_int_equal(render(&world, list), 0);
        assert_string_equal(world.text.bytes, "[[...], [...]]");
        world_deinit(&world);
    }
}

/* Three to the power of 60 of them, were each shown wherever it stands. */
static void what_is_shared_does_not_multiply(void **state)
{
    (void)state;
    for (size_t version = 0; version < version_count(); version++) {
        struct world world;
        uint64_t type, slice, inner;

        world_init(&world, version);
        type = make_named_type(&world, "slice", 0);
        inner = make_object(&world, make_named_type(&world, "NoneType", 0));
        for (unsigned i = 0; i < 60; i++, inner = slice) {
            slice = make_object(&world, type);
            set(&world, slice, HOG_F_slice_start, inner);
            set(&world, slice, HOG_F_slice_stop, inner);
            set(&world, slice, HOG_F_slice_step, inner);
        }
        assert_true(render(&world, inner) & HOG_VALUE_CUT);
        assert_int_equal(strncmp(world.text.bytes, "slice(slice(", strlen("slice(slice(")), 0);
        world_deinit(&world);
    }
}

/* Lengths that no memory has: as a list, a tuple, a str, an int, a dict says it. */
static void absurd_sizes_are_not_believed(void **state)
{
    static const uint64_t sizes[] = {UINT64_C(1) << 32, UINT64_C(1) << 39, INT64_MAX, UINT64_MAX};
    static const unsigned flags[] = {LIST, TUPLE, STR, INT, DICT};

    (void)state;
    for (size_t i = 0; i < version_count() * sizeof flags / sizeof *flags; i++) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            struct world world;
            uint64_t object;

            world_init(&world, i % version_count());
            object = make_list(&world, make_type(&world, flags[i / version_count()]), sizes[k], 0);
            if (flags[i / version_count()] == STR)
                set(&world, object, HOG_F_unicode_length, sizes[k]);
            if (flags[i / version_count()] == INT)
                set(&world, object, HOG_F_long_lv_tag, sizes[k]);
            if (flags[i / version_count()] == DICT)
                set(&world, object, HOG_F_dict_ma_used, sizes[k]);
            if (flags[i / version_count()] != INT ||
                sizes[k] != UINT64_MAX) /* that is -1 digits: a small int */
                assert_true(render(&world, object));
            world_deinit(&world);
        }
    }
}

/* In digits of 30 bits; the sign is that of their count, from 3.12 on in the tag. */
static void put_int(struct world *world, uint64_t object, uint64_t magnitude, int64_t sign)
{
    const uint64_t mask = (UINT64_C(1) << 30) - 1;
    const uint64_t digits = magnitude >> 60 ? 3 : magnitude >> 30 ? 2 : magnitude ? 1 : 0;
    const uint64_t tag = digits << 3 | (!digits ? 1 : sign < 0 ? 2 : 0);

    set(world, object, HOG_F_long_lv_tag, tag);
    if (world->made.fake.layout.traits.integer != HOG_INTEGER_TAG)
        set(world, object, HOG_F_object_ob_size, sign < 0 ? 0 - digits : digits);
    set(world, object, HOG_F_long_ob_digit, (magnitude & mask) | (magnitude >> 30 & mask) << 32);
    fabricate_poke(&world->made.fake, fabricate_field(&world->made.fake, object, HOG_F_long_ob_digit) + 8,
                   magnitude >> 60);
}

static void ints_are_what_64_bits_hold(void **state)
{
    static const struct {
        uint64_t magnitude;
        int sign;
        enum hog_status status;
    } cases[] = {
        {0, 1, HOG_OK},
        {1, 1, HOG_OK},
        {1, -1, HOG_OK},
        {8812344411223344, -1, HOG_OK},
        {(UINT64_C(1) << 30) - 1, -1, HOG_OK},
        {UINT64_C(1) << 30, 1, HOG_OK},
        {(UINT64_C(1) << 60) - 1, 1, HOG_OK},
        {UINT64_C(1) << 60, -1, HOG_OK},
        {INT64_MAX, 1, HOG_OK},
        {INT64_MAX, -1, HOG_OK},
        {UINT64_C(1) << 63, -1, HOG_OK},
        {UINT64_C(1) << 63, 1, HOG_BAD_DATA},
        {(UINT64_C(1) << 63) + 1, -1, HOG_BAD_DATA},
        {UINT64_MAX, 1, HOG_BAD_DATA},
    };

    (void)state;
    for (size_t i = 0; i < version_count() * sizeof cases / sizeof *cases; i++) {
        const size_t k = i / version_count();
        struct world world;
        uint64_t object;
        int64_t value = 42;

        world_init(&world, i % version_count());
        object = make_object(&world, make_type(&world, INT));
        put_int(&world, object, cases[k].magnitude, cases[k].sign);
        assert_int_equal(hog_value_i64(world.made.values, object, &value), cases[k].status);
        assert_int_equal(value, cases[k].status ? 42
                                                : (int64_t)(cases[k].sign < 0 ? 0 - cases[k].magnitude
                                                                              : cases[k].magnitude));
        world_deinit(&world);
    }
}

/* A core file without its executable has not even the names of types: their flags tell what they are. */
static void flags_tell_what_a_static_type_is(void **state)
{
    static const struct {
        unsigned flag;
        const char *text;
    } kinds[] = {{INT, "0"},
                 {LIST, "[]"},
                 {TUPLE, "()"},
                 {BYTES, "b''"},
                 {STR, "<unreadable"},
                 {DICT, "<unreadable"},
                 {EXCEPTION, "<unreadable"},
                 {TYPE, "<class '"},
                 {PLAIN, "<"}};

    (void)state;
    for (size_t i = 0; i < version_count() * sizeof kinds / sizeof *kinds; i++) {
        struct world world;

        world_init(&world, i % version_count());
        render(&world, make_object(&world, make_type(&world, kinds[i / version_count()].flag)));
        assert_int_equal(strncmp(world.text.bytes, kinds[i / version_count()].text,
                                 strlen(kinds[i / version_count()].text)),
                         0);
        world_deinit(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_itself_is_shown_once),
        cmocka_unit_test(what_is_shared_does_not_multiply),
        cmocka_unit_test(absurd_sizes_are_not_believed),
        cmocka_unit_test(ints_are_what_64_bits_hold),
        cmocka_unit_test(flags_tell_what_a_static_type_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

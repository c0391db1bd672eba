/* Which characters repr() escapes: all of them, against the Python whose table it is. */
#include "value/printable.h"

#include "support/test.h"

static void every_character_is_as_python_has_it(void **state)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);

    (void)state;
    /* Both numbers: scripts/gen-printable --digest, by Python 3.15.2. FNV-1a over a byte for each character. */
    for (uint32_t point = 0; point < 0xe01f0; point++)
        digest = (digest ^ printable(point)) * UINT64_C(0x100000001b3);
    assert_int_equal(digest, UINT64_C(0x3745056bf505b68a));
    for (uint32_t point = 0xe01f0; point < 0x110000; point++)
        assert_false(printable(point));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_character_is_as_python_has_it)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

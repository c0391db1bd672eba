/* Line tables against vectors in which real interpreters say what each instruction's place is; see
 * line_vectors.py. */

#include "decode/line_table.h"
#include "support/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vectors {
    enum hog_trait_line_table kind;
    int32_t first_line;
    unsigned char table[1 << 16];
    size_t length;
    uint64_t size; /* of the code: where its last instruction ends */
    unsigned checked, codes;
};

static size_t from_hex(const char *hex, unsigned char *bytes, size_t size)
{
    size_t n = 0;
    unsigned value;

    while (n < size && sscanf(hex + 2 * n, "%2x", &value) == 1)
        bytes[n++] = (unsigned char)value;
    return n;
}

static void check_position(struct vectors *vectors, const char *line)
{
    struct source_position want, got;
    int offset;

    assert_int_equal(sscanf(line, "at %d %d %d %d %d", &offset, &want.line, &want.end_line, &want.column,
                            &want.end_column),
                     5);
    got = line_table_position(vectors->kind, vectors->table, vectors->length, vectors->first_line, offset);
    assert_int_equal(got.line, want.line);
    assert_int_equal(got.end_line, want.end_line);
    assert_int_equal(got.column, want.column);
    assert_int_equal(got.end_column, want.end_column);
    vectors->checked++;
    if (offset >= 0)
        vectors->size = (uint64_t)offset + HOG_CODE_UNIT;
}

/* What a compiler made is sound; of what it made with one bit flipped, only what is still a table for that code. */
static void check_soundness(struct vectors *vectors)
{
    unsigned char *head = vectors->table;

    if (!vectors->length || !vectors->size)
        return;
    vectors->codes++;
    assert_true(line_table_is_sound(vectors->kind, vectors->table, vectors->length, vectors->size));
    assert_true(line_table_is_sound(vectors->kind, vectors->table, vectors->length, 0));
    if (vectors->kind != HOG_LINES_LOCATIONS)
        return;
    assert_false(line_table_is_sound(vectors->kind, head, vectors->length, vectors->size + HOG_CODE_UNIT));
    assert_false(line_table_is_sound(vectors->kind, head, vectors->length - 1, vectors->size));
    for (size_t i = 0; i < vectors->length; i++) {
        head[i] ^= 0x80;
        assert_false(line_table_is_sound(vectors->kind, head, vectors->length, vectors->size));
        head[i] ^= 0x80;
    }
}

static void read_line(struct vectors *vectors, const char *line)
{
    int hex_at = 0;

    if (strncmp(line, "kind lnotab", 11) == 0)
        vectors->kind = HOG_LINES_LNOTAB;
    else if (strncmp(line, "kind ranges", 11) == 0)
        vectors->kind = HOG_LINES_RANGES;
    else if (strncmp(line, "kind locations", 14) == 0)
        vectors->kind = HOG_LINES_LOCATIONS;
    else if (strncmp(line, "code ", 5) == 0) {
        check_soundness(vectors);
        vectors->size = 0;
        assert_int_equal(sscanf(line, "code %d %n", &vectors->first_line, &hex_at), 1);
        vectors->length = from_hex(line + hex_at, vectors->table, sizeof vectors->table);
    } else if (strncmp(line, "at ", 3) == 0)
        check_position(vectors, line);
}

static void check_file(const char *name)
{
    char path[512];
    char *line = NULL;
    size_t capacity = 0;
    struct vectors *vectors = calloc(1, sizeof *vectors);
    FILE *file;

    snprintf(path, sizeof path, "unit/vectors/%s", name);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(vectors);
    while (getline(&line, &capacity, file) > 0)
        read_line(vectors, line);
    print_message("%s: %u positions\n", name, vectors->checked);
    check_soundness(vectors);
    assert_true(vectors->checked > 1000 && vectors->codes > 10);
    free(line);
    free(vectors);
    fclose(file);
}

static void every_instruction_of_every_version(void **state)
{
    unsigned files = 0;
    DIR *folder = opendir("unit/vectors");
    struct dirent *entry;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        if (strncmp(entry->d_name, "lines-", 6) == 0) {
            check_file(entry->d_name);
            files++;
        }
    }
    closedir(folder);
    assert_true(files >= 6);
}

static void an_offset_before_the_code_is_the_first_line(void **state)
{
    (void)state;
    for (int kind = HOG_LINES_LNOTAB; kind <= HOG_LINES_LOCATIONS; kind++)
        assert_int_equal(line_table_position((enum hog_trait_line_table)kind, "", 0, 7, -2).line, 7);
}

static void tables_that_end_early_or_overflow_are_unknown(void **state)
{
    static const unsigned char long_form[] = {0x80 | 14 << 3, 0x7f, 0x7f, 0x7f};
    unsigned char steps[512];

    (void)state;
    assert_int_equal(line_table_position(HOG_LINES_LOCATIONS, long_form, sizeof long_form, 1, 0).line, 0);
    assert_int_equal(line_table_position(HOG_LINES_RANGES, "\x02", 1, 1, 0).line, 0);
    for (size_t i = 0; i < sizeof steps; i++)
        steps[i] = i % 2 ? 0x7f : 0;
    assert_int_equal(
        line_table_position(HOG_LINES_LNOTAB, steps, sizeof steps, INT32_MAX - 1, 1 << 20).line >= 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instruction_of_every_version),
        cmocka_unit_test(an_offset_before_the_code_is_the_first_line),
        cmocka_unit_test(tables_that_end_early_or_overflow_are_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

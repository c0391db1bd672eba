/*
 * The version files, turned into tables when this is compiled.
 *
 * A version file is a list of these words. Of two that speak of the same
 * thing the later one wins:
 *
 *     AT(field, offset, …)       the field lies there
 *     TRAIT(trait, value, …)     the build behaves like that
 *     HEADER(bytes, …)           object headers are longer by that much: it is added to every OBJECT field,
 *                                except by rows that say FREE_THREADED, which are right as they stand
 *     TABLE(field, width, structure, entry, …)
 *                                the debuggee's own table knows the field, a member of `width` bytes
 *                                (0: the entry is a size, the end of something)
 *     TABLE_INNER(field, width, structure, entry, inner, entry)
 *                                the sum of two entries: `inner` is a structure within `structure`
 *     DEBUG_OFFSETS_SINCE(hex)   the oldest version, as Py_Version has it, whose table has the shape that the
 *                                TABLE rows expect: pre-releases before it have tables that are not read
 *     MEASURED(micro, …)         a release whose table was compared with these rows, on x86-64, and agreed
 *
 * What stands behind … says which builds a row is for; all of it must hold:
 *
 *     FREE_THREADED   DEBUG_BUILD   TRACE_REFS   such builds alone
 *     FROM(micro)     BEFORE(micro)              this micro version and later; those before it
 *
 * Most fields have one AT row and no condition. What no version has changed is in versions/every.def, which
 * comes before each file. A new minor version is a new file and two lines here.
 */
#include "layout/rows.h"

#include "layout/debug_offsets.h"

#define AT(field, offset, ...) {.kind = ROW_AT, .target = HOG_F_##field, .value = (offset), __VA_ARGS__},
#define HEADER(bytes, ...)     {.kind = ROW_HEADER, .value = (bytes), __VA_ARGS__},
#define TRAIT(trait, is, ...)                                                                                \
    {.kind = ROW_TRAIT,                                                                                      \
     .target = offsetof(struct hog_traits, trait),                                                           \
     .width = sizeof(((struct hog_traits *)0)->trait),                                                       \
     .value = (is),                                                                                          \
     __VA_ARGS__},
#define TABLE(field, bytes, structure, member, ...)                                                          \
    {.kind = ROW_TABLE,                                                                                      \
     .target = HOG_F_##field,                                                                                \
     .width = (bytes),                                                                                       \
     .entry = offsetof(DEBUG_OFFSETS, structure.member),                                                     \
     .limit = offsetof(DEBUG_OFFSETS, structure.size),                                                       \
     __VA_ARGS__},
/* Names of members cannot stand in parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */
#define TABLE_INNER(field, bytes, structure, member, inner, inner_member)                                    \
    TABLE(field, bytes, structure, member, .inner_entry = offsetof(DEBUG_OFFSETS, inner.inner_member),       \
          .inner_limit = offsetof(DEBUG_OFFSETS, inner.size))
/* NOLINTEND(bugprone-macro-parentheses) */
#define MEASURED(micro, ...)     {.kind = ROW_MEASURED, .value = (micro), __VA_ARGS__},
#define DEBUG_OFFSETS_SINCE(hex) {.kind = ROW_DEBUG_OFFSETS, .value = (hex), .entry = sizeof(DEBUG_OFFSETS)},

#define FREE_THREADED .free_threaded = true
#define DEBUG_BUILD   .debug = true
#define TRACE_REFS    .trace_refs = true
#define FROM(micro)   .from = (micro)
#define BEFORE(micro) .before = (micro)

static const struct row rows_3_06[] = {
#include "layout/versions/3.06.def"
#include "layout/versions/every.def"
};
static const struct row rows_3_07[] = {
#include "layout/versions/3.07.def"
#include "layout/versions/every.def"
};
static const struct row rows_3_08[] = {
#include "layout/versions/3.08.def"
#include "layout/versions/every.def"
};
static const struct row rows_3_09[] = {
#include "layout/versions/3.09.def"
#include "layout/versions/every.def"
};
static const struct row rows_3_10[] = {
#include "layout/versions/3.10.def"
#include "layout/versions/every.def"
};
static const struct row rows_3_11[] = {
#include "layout/versions/3.11.def"
#include "layout/versions/every.def"
};
static const struct row rows_3_12[] = {
#include "layout/versions/3.12.def"
#include "layout/versions/every.def"
};

/* From here on DEBUG_OFFSETS is the shape of the version's own table. */
#define DEBUG_OFFSETS struct debug_offsets_3_13
static const struct row rows_3_13[] = {
#include "layout/versions/3.13.def"
#include "layout/versions/every.def"
};
#undef DEBUG_OFFSETS
#define DEBUG_OFFSETS struct debug_offsets_3_14
static const struct row rows_3_14[] = {
#include "layout/versions/3.14.def"
#include "layout/versions/every.def"
};
#undef DEBUG_OFFSETS
#define DEBUG_OFFSETS struct debug_offsets_3_15
static const struct row rows_3_15[] = {
#include "layout/versions/3.15.def"
#include "layout/versions/every.def"
};
#undef DEBUG_OFFSETS

#define VERSION(major, minor, rows)                                                                          \
    {                                                                                                        \
        major, minor, sizeof(rows) / sizeof((rows)[0]), rows                                                 \
    }
static const struct version_rows versions[] = {
    VERSION(3, 6, rows_3_06),  VERSION(3, 7, rows_3_07),  VERSION(3, 8, rows_3_08),
    VERSION(3, 9, rows_3_09),  VERSION(3, 10, rows_3_10), VERSION(3, 11, rows_3_11),
    VERSION(3, 12, rows_3_12), VERSION(3, 13, rows_3_13), VERSION(3, 14, rows_3_14),
    VERSION(3, 15, rows_3_15),
};

#define PLAIN  false
#define OBJECT true
static const struct {
    const char *name;
    bool behind_header;
} fields[HOG_FIELD_COUNT] = {
#define FIELD(structure, member, where) {#structure "." #member, where},
#include "layout/fields.def"
#undef FIELD
};

const struct version_rows *rows_at(size_t index)
{
    return index < sizeof(versions) / sizeof(versions[0]) ? &versions[index] : NULL;
}

const struct version_rows *rows_of(struct hog_version version)
{
    const struct version_rows *rows;

    for (size_t i = 0; (rows = rows_at(i)) != NULL; i++) {
        if (rows->major == version.major && rows->minor == version.minor)
            return rows;
    }
    return NULL;
}

bool row_applies(const struct row *row, const struct hog_build *build)
{
    if (row->free_threaded && !build->free_threaded)
        return false;
    if (row->debug && !build->debug)
        return false;
    if (row->trace_refs && !build->trace_refs)
        return false;
    return build->version.micro >= row->from && (row->before == 0 || build->version.micro < row->before);
}

bool field_is_behind_header(enum hog_field field)
{
    return fields[field].behind_header;
}

const char *hog_field_name(enum hog_field field)
{
    return (size_t)field < HOG_FIELD_COUNT ? fields[field].name : "no such field";
}

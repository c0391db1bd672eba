/*
 * Selects the rows of a version and resolves them for one build.
 *
 * A version file is a list of these words; a row that comes later wins:
 *
 *     AT(field, offset, …)                    the field lies there
 *     TRAIT(trait, value, …)                  the build behaves like that
 *     HEADER(bytes, …)                        object headers are longer by that much; it is added to every
 * OBJECT field, except by rows that say FREE_THREADED, which mean what they say TABLE(field, width,
 * structure, entry, …)  the debuggee's own table gives the field, a member of `width` bytes (0: the entry is
 * a size and ends its structure) TABLE_INNER(field, width, structure, entry, inner, entry)   the sum of two
 * entries DEBUG_OFFSETS_SINCE(hexversion)         the oldest release whose table has the shape that TABLE
 * rows expect
 *
 * and what stands behind … says which builds it is for (all of them must hold):
 *
 *     FREE_THREADED, DEBUG_BUILD, TRACE_REFS  such builds alone
 *     FROM(micro), BEFORE(micro)              X.Y.micro and later; what came before X.Y.micro
 */
#include "layout/layout.h"

#include "layout/debug_offsets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum row_kind {
    ROW_AT = 1,
    ROW_TRAIT,
    ROW_HEADER,
    ROW_TABLE,
    ROW_DEBUG_OFFSETS,
};

struct row {
    uint8_t kind;
    uint8_t width;         /* of the member in the debuggee, or of the trait here */
    uint16_t target;       /* enum hog_field, or the trait's offset in struct hog_traits */
    uint32_t value;        /* offset, trait, bytes, hexversion */
    uint16_t entry, limit; /* byte offsets in the debuggee's table: the entry, its structure's size */
    uint16_t inner_entry, inner_limit; /* a second pair to add, or 0 */
    uint8_t from, before;              /* micro versions; before = 0: no end */
    bool free_threaded, debug, trace_refs;
};

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
#define TABLE_INNER(field, bytes, structure, member, inner, inner_member)                                    \
    TABLE(field, bytes, structure, member, .inner_entry = offsetof(DEBUG_OFFSETS, inner.inner_member),       \
          .inner_limit = offsetof(DEBUG_OFFSETS, inner.size))
#define DEBUG_OFFSETS_SINCE(hex) {.kind = ROW_DEBUG_OFFSETS, .value = (hex), .entry = sizeof(DEBUG_OFFSETS)},

#define FREE_THREADED .free_threaded = true
#define DEBUG_BUILD   .debug = true
#define TRACE_REFS    .trace_refs = true
#define FROM(micro)   .from = (micro)
#define BEFORE(micro) .before = (micro)

static const struct row rows_3_06[] = {
#include "layout/versions/3.06.def"
};
static const struct row rows_3_07[] = {
#include "layout/versions/3.07.def"
};
static const struct row rows_3_08[] = {
#include "layout/versions/3.08.def"
};
static const struct row rows_3_09[] = {
#include "layout/versions/3.09.def"
};
static const struct row rows_3_10[] = {
#include "layout/versions/3.10.def"
};
static const struct row rows_3_11[] = {
#include "layout/versions/3.11.def"
};
static const struct row rows_3_12[] = {
#include "layout/versions/3.12.def"
};
#define DEBUG_OFFSETS struct debug_offsets_3_13
static const struct row rows_3_13[] = {
#include "layout/versions/3.13.def"
};
#undef DEBUG_OFFSETS
#define DEBUG_OFFSETS struct debug_offsets_3_14
static const struct row rows_3_14[] = {
#include "layout/versions/3.14.def"
};
#undef DEBUG_OFFSETS
#define DEBUG_OFFSETS struct debug_offsets_3_15
static const struct row rows_3_15[] = {
#include "layout/versions/3.15.def"
};
#undef DEBUG_OFFSETS

#define VERSION(minor, rows)                                                                                 \
    {                                                                                                        \
        3, minor, sizeof(rows) / sizeof((rows)[0]), rows                                                     \
    }
static const struct version_rows {
    uint8_t major, minor;
    size_t count;
    const struct row *rows;
} versions[] = {
    VERSION(6, rows_3_06),  VERSION(7, rows_3_07),  VERSION(8, rows_3_08),  VERSION(9, rows_3_09),
    VERSION(10, rows_3_10), VERSION(11, rows_3_11), VERSION(12, rows_3_12), VERSION(13, rows_3_13),
    VERSION(14, rows_3_14), VERSION(15, rows_3_15),
};
enum { VERSION_COUNT = sizeof(versions) / sizeof(versions[0]) };

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
#undef PLAIN
#undef OBJECT

/* ---- versions
 * ---------------------------------------------------------------------------------------------- */

enum {
    ANY_MICRO = 0xff,
    FINAL = 0xf,
};

uint32_t hog_version_hex(struct hog_version version)
{
    return (uint32_t)version.major << 24 | (uint32_t)version.minor << 16 | (uint32_t)version.micro << 8 |
           (uint32_t)(version.level & 0xf) << 4 | (version.serial & 0xf);
}

struct hog_version hog_version_from_hex(uint32_t hex)
{
    return (struct hog_version){
        .major = (uint8_t)(hex >> 24),
        .minor = (uint8_t)(hex >> 16),
        .micro = (uint8_t)(hex >> 8),
        .level = hex >> 4 & 0xf,
        .serial = hex & 0xf,
    };
}

const char *hog_version_text(struct hog_version version, char ret_text[HOG_VERSION_TEXT])
{
    char suffix[8] = "";
    const char *level = version.level == 0xa ? "a" : version.level == 0xb ? "b" : "rc";

    if (version.micro == ANY_MICRO) {
        snprintf(ret_text, HOG_VERSION_TEXT, "%u.%u", version.major, version.minor);
        return ret_text;
    }
    if (version.level >= 0xa && version.level <= 0xc)
        snprintf(suffix, sizeof(suffix), "%s%u", level, version.serial);
    snprintf(ret_text, HOG_VERSION_TEXT, "%u.%u.%u%s", version.major, version.minor, version.micro, suffix);
    return ret_text;
}

bool hog_layout_supported(size_t index, struct hog_version *ret_version)
{
    if (index >= VERSION_COUNT)
        return false;
    *ret_version = (struct hog_version){
        .major = versions[index].major,
        .minor = versions[index].minor,
        .micro = ANY_MICRO,
        .level = FINAL,
    };
    return true;
}

struct hog_version hog_layout_oldest(void)
{
    struct hog_version version = {0};

    (void)hog_layout_supported(0, &version);
    return version;
}

struct hog_version hog_layout_newest(void)
{
    struct hog_version version = {0};

    (void)hog_layout_supported(VERSION_COUNT - 1, &version);
    return version;
}

const char *hog_field_name(enum hog_field field)
{
    return (size_t)field < HOG_FIELD_COUNT ? fields[field].name : "no such field";
}

static const struct version_rows *find_version(struct hog_version version)
{
    for (size_t i = 0; i < VERSION_COUNT; i++) {
        if (versions[i].major == version.major && versions[i].minor == version.minor)
            return &versions[i];
    }
    return NULL;
}

static enum hog_status fail_unsupported(struct hog_version version, struct hog_error *error)
{
    char text[HOG_VERSION_TEXT], first[HOG_VERSION_TEXT], last[HOG_VERSION_TEXT];
    struct hog_version oldest = hog_layout_oldest();

    hog_version_text(version, text);
    hog_version_text(oldest, first);
    hog_version_text(hog_layout_newest(), last);
    if (version.major < oldest.major || (version.major == oldest.major && version.minor < oldest.minor))
        return hog_fail(error, HOG_UNSUPPORTED, "Python %s is older than hognose supports (%s to %s)", text,
                        first, last);
    return hog_fail(error, HOG_UNSUPPORTED,
                    "CPython %s is newer than this hognose knows (%s to %s): upgrade hognose, "
                    "or try --assume-version %s",
                    text, first, last, last);
}

/* ---- selecting
 * --------------------------------------------------------------------------------------------- */

/* Is this row for this build? A micro version that is not known counts as the newest: it is 0xff. */
static bool row_applies(const struct row *row, const struct hog_build *build)
{
    if (row->free_threaded && !build->free_threaded)
        return false;
    if (row->debug && !build->debug)
        return false;
    if (row->trace_refs && !build->trace_refs)
        return false;
    return build->version.micro >= row->from && (row->before == 0 || build->version.micro < row->before);
}

static uint32_t header_growth(const struct version_rows *version, const struct hog_build *build)
{
    for (size_t i = 0; i < version->count; i++) {
        if (version->rows[i].kind == ROW_HEADER && row_applies(&version->rows[i], build))
            return version->rows[i].value;
    }
    return 0;
}

static void set_trait(struct hog_traits *traits, const struct row *row)
{
    uint8_t byte = (uint8_t)row->value;

    _Static_assert(sizeof(enum hog_trait_frame_chain) == sizeof(row->value), "a trait is an enum or a byte");
    memcpy((char *)traits + row->target, row->width == 1 ? (const void *)&byte : (const void *)&row->value,
           row->width);
}

/* Pre-releases had tables of other shapes, and a shape that is not known is not read. */
static bool table_is_known(const struct row *row, struct hog_version version)
{
    if (version.level == 0)
        version.level = FINAL;
    return hog_version_hex(version) >= row->value;
}

enum hog_status hog_layout_select(struct hog_layout *layout, const struct hog_build *build,
                                  struct hog_error *error)
{
    const struct version_rows *version = find_version(build->version);

    if (!version)
        return fail_unsupported(build->version, error);

    uint32_t growth = header_growth(version, build);

    memset(layout, 0, sizeof(*layout));
    layout->build = *build;
    layout->build.trace_refs |= growth != 0 && !build->free_threaded;
    for (size_t i = 0; i < HOG_FIELD_COUNT; i++)
        layout->offset[i] = HOG_ABSENT;
    for (size_t i = 0; i < version->count; i++) {
        const struct row *row = &version->rows[i];

        if (!row_applies(row, build))
            continue;
        if (row->kind == ROW_AT)
            layout->offset[row->target] =
                row->value + (fields[row->target].behind_header && !row->free_threaded ? growth : 0);
        else if (row->kind == ROW_TRAIT)
            set_trait(&layout->traits, row);
        else if (row->kind == ROW_DEBUG_OFFSETS && table_is_known(row, build->version))
            layout->debug_offsets_size = row->entry;
    }
    return HOG_OK;
}

/* ---- the debuggee's own table
 * ------------------------------------------------------------------------------ */

/* No structure of CPython comes near this size (PyInterpreterState: a quarter of a MiB). */
#define SIZE_LIMIT (UINT64_C(16) << 20)

static uint64_t table_word(const void *table, size_t offset)
{
    uint64_t word;

    memcpy(&word, (const char *)table + offset, sizeof(word));
    return word;
}

/*
 * One entry, checked against the size that the table gives for its structure.
 * A width of 0 may end where the structure ends; anything else lies within it, aligned to itself.
 */
static enum hog_status read_entry(const void *table, uint16_t entry, uint16_t limit, const struct row *row,
                                  struct hog_error *error, uint64_t *ret_offset)
{
    uint64_t offset = table_word(table, entry), size = table_word(table, limit);
    const char *name = hog_field_name(row->target);

    if (size > SIZE_LIMIT)
        return hog_fail(error, HOG_BAD_DATA,
                        "debug-offset table refused: the structure of %s would be %" PRIu64 " bytes", name,
                        size);
    if (offset > size || size - offset < row->width)
        return hog_fail(error, HOG_BAD_DATA,
                        "debug-offset table refused: %s at %" PRIu64 " lies outside its structure of %" PRIu64
                        " bytes",
                        name, offset, size);
    if (row->width > 1 && offset % row->width != 0)
        return hog_fail(error, HOG_BAD_DATA,
                        "debug-offset table refused: %s at %" PRIu64 " is not aligned to its %u bytes", name,
                        offset, row->width);
    *ret_offset = offset;
    return HOG_OK;
}

static enum hog_status check_heading(const struct hog_layout *layout, const void *table,
                                     struct hog_error *error)
{
    uint64_t version = table_word(table, offsetof(struct debug_offsets_3_13, version));
    uint64_t free_threaded = table_word(table, offsetof(struct debug_offsets_3_13, free_threaded));
    struct hog_version known = layout->build.version;

    if (memcmp(table, DEBUG_OFFSETS_COOKIE, strlen(DEBUG_OFFSETS_COOKIE)) != 0)
        return hog_fail(error, HOG_BAD_DATA, "debug-offset table refused: it does not begin with \"%s\"",
                        DEBUG_OFFSETS_COOKIE);
    if (known.micro == ANY_MICRO) {
        known = hog_version_from_hex((uint32_t)version);
        known.major = layout->build.version.major;
        known.minor = layout->build.version.minor;
    }
    if (known.level == 0)
        known.level = FINAL;
    if (version != hog_version_hex(known))
        return hog_fail(error, HOG_BAD_DATA,
                        "debug-offset table refused: it is of version 0x%08" PRIx64 ", not 0x%08" PRIx32,
                        version, hog_version_hex(known));
    if (free_threaded != layout->build.free_threaded)
        return hog_fail(error, HOG_BAD_DATA,
                        "debug-offset table refused: it says free_threaded = %" PRIu64 ", the build is %s",
                        free_threaded, layout->build.free_threaded ? "free-threaded" : "not");
    return HOG_OK;
}

enum hog_status hog_layout_apply_debug_offsets(struct hog_layout *layout, const void *table, size_t length,
                                               struct hog_error *error)
{
    const struct version_rows *version = find_version(layout->build.version);
    uint32_t offsets[HOG_FIELD_COUNT];
    enum hog_status status;

    if (!version || layout->debug_offsets_size == 0)
        return hog_fail(error, HOG_UNSUPPORTED, "this version has no debug-offset table that hognose knows");
    if (length < layout->debug_offsets_size)
        return hog_fail(error, HOG_BAD_DATA, "debug-offset table refused: %zu bytes of %" PRIu32, length,
                        layout->debug_offsets_size);
    status = check_heading(layout, table, error);
    if (status != HOG_OK)
        return status;

    memcpy(offsets, layout->offset, sizeof(offsets));
    for (size_t i = 0; i < version->count; i++) {
        const struct row *row = &version->rows[i];
        uint64_t offset, inner = 0;

        if (row->kind != ROW_TABLE || !row_applies(row, &layout->build))
            continue;
        status = read_entry(table, row->entry, row->limit, row, error, &offset);
        if (status == HOG_OK && row->inner_entry)
            status = read_entry(table, row->inner_entry, row->inner_limit, row, error, &inner);
        if (status != HOG_OK)
            return status;
        offsets[row->target] = (uint32_t)(offset + inner);
    }
    memcpy(layout->offset, offsets, sizeof(offsets));
    return HOG_OK;
}

/*
 * Overlays the debuggee's own _Py_DebugOffsets on a layout.
 *
 *     bytes of the debuggee ─▶ heading: cookie, version, flavour ─▶ each TABLE row ─▶ offset, or a doubt
 *
 * The bytes are hostile. An entry is believed only if the whole member lies
 * within the size that the table itself gives for its structure, aligned as
 * such a member must be. One that is not believed is left out; a structure
 * whose size is absurd takes all its members with it.
 */
#include "layout/debug_offsets.h"

#include "layout/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* No structure of CPython comes near this size (_PyRuntimeState: less than half a MiB). */
#define SIZE_LIMIT (UINT64_C(16) << 20)

#define REFUSED "debug-offset table refused: "

static uint64_t table_word(const void *table, size_t offset)
{
    uint64_t word;

    memcpy(&word, (const char *)table + offset, sizeof(word));
    return word;
}

static enum hog_status check_version(const struct hog_layout *layout, uint64_t version,
                                     struct hog_error *error)
{
    struct hog_version told = hog_version_from_hex((uint32_t)version), known = layout->build.version;
    struct hog_layout as_told;
    struct hog_build build = layout->build;

    if (known.micro == ANY_MICRO) {
        known.micro = told.micro;
        known.level = told.level;
        known.serial = told.serial;
    }
    if (known.level == 0)
        known.level = FINAL;
    if (version != hog_version_hex(known))
        return hog_fail(error, HOG_BAD_DATA, REFUSED "it is of version 0x%08" PRIx64 ", not 0x%08" PRIx32,
                        version, hog_version_hex(known));

    /* Its micro version is known only now, and may be one whose table has another shape. */
    build.version = known;
    if (hog_layout_select(&as_told, &build, error) != HOG_OK ||
        as_told.debug_offsets_size != layout->debug_offsets_size)
        return hog_fail(error, HOG_UNSUPPORTED,
                        REFUSED "its shape in pre-release 0x%08" PRIx64 " is not known", version);
    return HOG_OK;
}

static enum hog_status check_heading(const struct hog_layout *layout, const void *table,
                                     struct hog_error *error)
{
    uint64_t version = table_word(table, offsetof(struct debug_offsets_3_13, version));
    uint64_t free_threaded = table_word(table, offsetof(struct debug_offsets_3_13, free_threaded));

    if (memcmp(table, DEBUG_OFFSETS_COOKIE, strlen(DEBUG_OFFSETS_COOKIE)) != 0)
        return hog_fail(error, HOG_BAD_DATA, REFUSED "it does not begin with \"%s\"", DEBUG_OFFSETS_COOKIE);
    if (free_threaded != layout->build.free_threaded)
        return hog_fail(error, HOG_BAD_DATA, REFUSED "free_threaded is %" PRIu64 " in it, but this build %s",
                        free_threaded, layout->build.free_threaded ? "is" : "is not");
    return check_version(layout, version, error);
}

/* One entry: a member of `width` bytes of a structure, whose size the table gives at `limit`. */
static enum hog_status read_entry(const void *table, size_t entry, size_t limit, uint64_t width,
                                  const char *name, struct hog_error *why, uint64_t *ret_offset)
{
    uint64_t offset = table_word(table, entry), size = table_word(table, limit);

    if (size > SIZE_LIMIT)
        return hog_fail(why, HOG_BAD_DATA, "the structure of %s would be %" PRIu64 " bytes", name, size);
    if (offset > size || size - offset < width)
        return hog_fail(why, HOG_BAD_DATA,
                        "%s, %" PRIu64 " bytes at %" PRIu64 ", leaves its structure of %" PRIu64, name, width,
                        offset, size);
    *ret_offset = offset;
    return HOG_OK;
}

static enum hog_status read_row(const void *table, const struct row *row, struct hog_error *why,
                                uint64_t *ret_offset)
{
    const char *name = hog_field_name(row->target);
    uint64_t width = row->width, offset = 0, inner = 0;
    enum hog_status status = HOG_OK;

    if (row->inner_entry) {
        status = read_entry(table, row->inner_entry, row->inner_limit, width, name, why, &inner);
        width = table_word(table, row->inner_limit);
    }
    if (status == HOG_OK)
        status = read_entry(table, row->entry, row->limit, width, name, why, &offset);
    if (status != HOG_OK)
        return status;
    if (row->width > 1 && (offset + inner) % row->width != 0)
        return hog_fail(why, HOG_BAD_DATA, "%s at %" PRIu64 " is not aligned to its %u bytes", name,
                        offset + inner, row->width);
    *ret_offset = offset + inner;
    return HOG_OK;
}

/* Was a table of this very release compared with the rows? */
static bool is_measured(const struct version_rows *version, const struct hog_build *build)
{
    for (size_t i = 0; i < version->count; i++) {
        const struct row *row = &version->rows[i];

        if (row->kind == ROW_MEASURED && row->value == build->version.micro &&
            row->free_threaded == build->free_threaded && build->version.level == FINAL)
            return true;
    }
    return false;
}

static void disbelieve(struct hog_table_doubts *doubts, const char *why)
{
    if (!doubts->disbelieved++)
        snprintf(doubts->first_disbelieved, sizeof doubts->first_disbelieved, "%s", why);
}

static void take_row(struct hog_layout *layout, const struct row *row, uint32_t offset, bool measured,
                     struct hog_table_doubts *doubts)
{
    uint32_t known = layout->offset[row->target];

    layout->offset[row->target] = offset;
    if (measured && known != offset && !doubts->unexpected++)
        snprintf(doubts->first_unexpected, sizeof doubts->first_unexpected, "%s at %u, not at %u",
                 hog_field_name(row->target), offset, known);
}

enum hog_status hog_layout_apply_debug_offsets(struct hog_layout *layout, const void *table, size_t length,
                                               struct hog_table_doubts *ret_doubts, struct hog_error *error)
{
    const struct version_rows *version = rows_of(layout->build.version);
    struct hog_table_doubts doubts = {0};
    enum hog_status status;
    bool measured;

    if (!version || layout->debug_offsets_size == 0)
        return hog_fail(error, HOG_UNSUPPORTED, REFUSED "this version has none whose shape is known");
    if (length < layout->debug_offsets_size)
        return hog_fail(error, HOG_BAD_DATA, REFUSED "%zu bytes of its %" PRIu32 " were read", length,
                        layout->debug_offsets_size);
    status = check_heading(layout, table, error);
    if (status != HOG_OK)
        return status;

    measured = is_measured(version, &layout->build);
    for (size_t i = 0; i < version->count; i++) {
        const struct row *row = &version->rows[i];
        struct hog_error why = {0};
        uint64_t offset = 0;

        if (row->kind != ROW_TABLE || !row_applies(row, &layout->build))
            continue;
        if (read_row(table, row, &why, &offset) == HOG_OK)
            take_row(layout, row, (uint32_t)offset, measured, &doubts);
        else
            disbelieve(&doubts, why.message);
    }
    *ret_doubts = doubts;
    return HOG_OK;
}

/*
 * Versions, and a layout for one build: the rows that apply to it, in order.
 *
 *     build facts (locate/) ─▶ rows_of(version) ─▶ AT and TRAIT rows that apply ─▶ struct hog_layout
 */
#include "layout/layout.h"

#include "layout/rows.h"

#include <stdio.h>
#include <string.h>

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
    const struct version_rows *rows = rows_at(index);

    if (!rows)
        return false;
    *ret_version = (struct hog_version){rows->major, rows->minor, ANY_MICRO, FINAL, 0};
    return true;
}

bool hog_layout_knows(struct hog_version version)
{
    struct hog_version known;

    for (size_t i = 0; hog_layout_supported(i, &known); i++)
        if (known.major == version.major && known.minor == version.minor)
            return true;
    return false;
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

    for (size_t i = 0; hog_layout_supported(i, &version); i++)
        ;
    return version;
}

static enum hog_status fail_unsupported(struct hog_version version, struct hog_error *error)
{
    char text[HOG_VERSION_TEXT], oldest_text[HOG_VERSION_TEXT], newest_text[HOG_VERSION_TEXT];
    struct hog_version oldest = hog_layout_oldest();

    hog_version_text(version, text);
    hog_version_text(oldest, oldest_text);
    hog_version_text(hog_layout_newest(), newest_text);
    if (version.major < oldest.major || (version.major == oldest.major && version.minor < oldest.minor))
        return hog_fail(error, HOG_UNSUPPORTED, "Python %s is older than hognose supports (%s to %s)", text,
                        oldest_text, newest_text);
    return hog_fail(error, HOG_UNSUPPORTED,
                    "CPython %s is newer than this hognose knows (%s to %s): upgrade hognose, "
                    "or try --assume-version %s",
                    text, oldest_text, newest_text, newest_text);
}

static uint32_t header_growth(const struct version_rows *version, const struct hog_build *build)
{
    for (size_t i = 0; i < version->count; i++) {
        if (version->rows[i].kind == ROW_HEADER && row_applies(&version->rows[i], build))
            return version->rows[i].value;
    }
    return 0;
}

static void apply_offset(struct hog_layout *layout, const struct row *row, uint32_t growth)
{
    bool grows = field_is_behind_header(row->target) && !row->free_threaded;

    layout->offset[row->target] = row->value + (grows ? growth : 0);
}

/* A trait is an enum or a byte. */
static void apply_trait(struct hog_layout *layout, const struct row *row)
{
    char *trait = (char *)&layout->traits + row->target;

    _Static_assert(sizeof(enum hog_trait_frame_chain) == sizeof(row->value), "enums are four bytes");
    if (row->width == sizeof(row->value))
        memcpy(trait, &row->value, sizeof(row->value));
    else
        *(uint8_t *)trait = (uint8_t)row->value;
}

/* Pre-releases had tables of other shapes, and a table whose shape is not known is not read. */
static void apply_table_shape(struct hog_layout *layout, const struct row *row)
{
    struct hog_version version = layout->build.version;

    if (version.level == 0)
        version.level = FINAL;
    if (hog_version_hex(version) >= row->value)
        layout->debug_offsets_size = row->entry;
}

enum hog_status hog_layout_select(struct hog_layout *layout, const struct hog_build *build,
                                  struct hog_error *error)
{
    const struct version_rows *version = rows_of(build->version);
    uint32_t growth;

    if (!version)
        return fail_unsupported(build->version, error);

    growth = header_growth(version, build);
    *layout = (struct hog_layout){.build = *build};
    layout->build.trace_refs |= growth != 0 && !build->free_threaded;
    for (size_t i = 0; i < HOG_FIELD_COUNT; i++)
        layout->offset[i] = HOG_ABSENT;
    for (size_t i = 0; i < version->count; i++) {
        const struct row *row = &version->rows[i];

        if (!row_applies(row, build))
            continue;
        if (row->kind == ROW_AT)
            apply_offset(layout, row, growth);
        else if (row->kind == ROW_TRAIT)
            apply_trait(layout, row);
        else if (row->kind == ROW_DEBUG_OFFSETS)
            apply_table_shape(layout, row);
    }
    return HOG_OK;
}

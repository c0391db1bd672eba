/*
 * The rows of the version files, as data. Not seen outside this folder.
 *
 *     versions/3.12.def ──┐
 *     fields.def ─────────┼─▶ rows.c ─▶ layout.c         AT, TRAIT, HEADER: a layout for one build
 *     debug_offsets.h ────┘         └─▶ debug_offsets.c  TABLE: what the debuggee's own table may overrule
 */
#ifndef HOG_LAYOUT_ROWS_H
#define HOG_LAYOUT_ROWS_H

#include "layout/layout.h"

enum row_kind {
    ROW_AT = 1,
    ROW_TRAIT,
    ROW_HEADER,
    ROW_TABLE,
    ROW_DEBUG_OFFSETS,
    ROW_MEASURED,
};

struct row {
    uint8_t kind;
    uint8_t width;         /* bytes of the member in the debuggee, or of the trait here */
    uint16_t target;       /* enum hog_field, or the trait's offset in struct hog_traits */
    uint32_t value;        /* offset, trait, bytes of header, hexversion, micro version */
    uint16_t entry, limit; /* where in the debuggee's table the entry and its structure's size lie */
    uint16_t inner_entry, inner_limit; /* a second pair, for what lies in a structure within; or 0 */
    uint8_t from, before;              /* micro versions; before = 0: no end */
    bool free_threaded, debug, trace_refs;
};

struct version_rows {
    uint8_t major, minor;
    size_t count;
    const struct row *rows;
};

enum {
    ANY_MICRO = 0xff, /* a micro version that is not known */
    FINAL = 0xf,      /* hog_version.level */
};

/* The i-th version file, oldest first; NULL past the end. */
const struct version_rows *rows_at(size_t index);
/* NULL when there is no file for it. */
const struct version_rows *rows_of(struct hog_version version);

/* Is this row for this build? A micro version that is not known counts as the newest: it is 0xff. */
bool row_applies(const struct row *row, const struct hog_build *build);

/* A member behind an object's header, whose offset grows with it? */
bool field_is_behind_header(enum hog_field field);

#endif

/*
 * A layout: where the fields of one build of CPython lie, and how it behaves.
 *
 *     fields.def            the vocabulary
 *     versions/3.12.def     rows: AT(runtime_interpreters_head, 40) …, traits
 *           │ selected by version and build flavour (facts that locate/ found)
 *           ▼
 *     struct hog_layout     offset[HOG_F_code_co_name] == 120, traits.line_table == …
 *           ▲
 *     the debuggee's own debug-offsets table (3.13+), bounds-checked, wins over rows
 *
 * Decoders read offsets and traits and never ask for a version number.
 */
#ifndef HOG_LAYOUT_LAYOUT_H
#define HOG_LAYOUT_LAYOUT_H

#include "base/status.h"

enum hog_field {
#define FIELD(structure, member, where) HOG_F_##structure##_##member,
#include "layout/fields.def"
#undef FIELD
    HOG_FIELD_COUNT
};

/* A field that this build does not have. Never a valid offset. */
#define HOG_ABSENT UINT32_MAX

/* Bytes of a _Py_CODEUNIT, an instruction of bytecode with its argument. Include/cpython/code.h, 3.6 - 3.15. */
enum { HOG_CODE_UNIT = 2 };

/*
 * Is a frame (3.11+) a part of its own frame object? Nuitka makes such frames up; no evaluator runs them, and a chain may
 * end with one that says nothing of having been called from C. Those that CPython itself runs lie on the data stack or in
 * a generator: from the object of one of these on at least 216 bytes away (16 of the collector's head, PyGenObject up to
 * gi_iframe, and a PyFrameObject, Include/internal/pycore_frame.h, 3.11 - 3.15).
 */
static inline bool hog_frame_is_made_up(uint64_t frame, uint64_t frame_object)
{
    return frame_object && frame - frame_object < 200;
}

/* Differences of behaviour, each named after what a decoder does about it. */
enum hog_trait_frame_chain {
    HOG_FRAMES_OBJECTS = 1, /* tstate.frame → PyFrameObject → f_back (to 3.10) */
    HOG_FRAMES_CFRAME,      /* tstate.cframe → current_frame → previous (3.11, 3.12) */
    HOG_FRAMES_DIRECT,      /* tstate.current_frame → previous (3.13+) */
};

enum hog_trait_line_table {
    HOG_LINES_LNOTAB = 1, /* co_lnotab: pairs of unsigned code delta, signed line delta (3.6 - 3.9) */
    HOG_LINES_RANGES,     /* co_linetable of PEP 626: pairs, -128 = no line (3.10) */
    HOG_LINES_LOCATIONS,  /* location table of PEP 657, with columns (3.11+) */
};

enum hog_trait_instruction {
    HOG_INSTRUCTION_LASTI_BYTES = 1, /* f_lasti counts bytes (3.6 - 3.9) */
    HOG_INSTRUCTION_LASTI_UNITS,     /* f_lasti counts 2-byte units (3.10) */
    HOG_INSTRUCTION_POINTER,         /* prev_instr or instr_ptr, an address (3.11+) */
};

enum hog_trait_integer {
    HOG_INTEGER_SIGNED_SIZE = 1, /* sign in ob_size (to 3.11) */
    HOG_INTEGER_TAG,             /* lv_tag = digits << 3 | sign (3.12+) */
};

enum hog_trait_dict_keys {
    HOG_DICT_KEYS_SIZED = 1, /* dk_size, index width from it, 24-byte entries (to 3.10) */
    HOG_DICT_KEYS_LOG2,      /* dk_log2_size, dk_kind, 16-byte entries for str keys (3.11+) */
};

/* Where an instance keeps its attributes when its type says "managed dict" (Py_TPFLAGS_MANAGED_DICT). */
enum hog_trait_attributes {
    HOG_ATTRIBUTES_DICT_OFFSET = 1, /* tp_dictoffset (to 3.10; later for types without the flag) */
    HOG_ATTRIBUTES_TWO_WORDS,       /* 3.11: dict at -24, values at -32 */
    HOG_ATTRIBUTES_TAGGED_WORD,     /* 3.12: one word at -24, bit 0 set: values */
    HOG_ATTRIBUTES_INLINE, /* 3.13+: dict at -24 (free-threaded -8), inline values behind the object */
};

enum hog_trait_stack_refs {
    HOG_STACK_REFS_PLAIN = 1, /* pointers (to 3.13) */
    HOG_STACK_REFS_TAGGED,    /* low two bits are tags, 3 = small int (3.14+, and 3.13 free-threaded) */
};

/* Where the depth of a suspended frame's value stack is. */
enum hog_trait_stack_top {
    HOG_STACK_TOP_ADDRESS = 1, /* f_stacktop, behind the topmost slot (to 3.9) */
    HOG_STACK_TOP_DEPTH,       /* f_stackdepth, slots behind f_valuestack (3.10) */
    HOG_STACK_TOP_INDEX,       /* stacktop, slots behind localsplus (3.11 - 3.13) */
    HOG_STACK_TOP_POINTER,     /* stackpointer, behind the topmost slot (3.14+) */
};

/* How a generator tells where it is. Include/internal/pycore_frame.h, enum _framestate, as in each version. */
enum hog_trait_generator_states {
    HOG_GENERATORS_FRAME = 1, /* by its frame; none: it has ended (to 3.10) */
    HOG_GENERATORS_SIGNED,    /* -2 created, -1 suspended, 0 executing (3.11, 3.12) */
    HOG_GENERATORS_AWAITING, /* -3 created, -2 suspended, -1 suspended in an await, 0 executing (3.13, 3.14) */
    HOG_GENERATORS_COUNTED,  /* 0 created, 1 and 3 suspended, 2 suspended in an await, 4 executing (3.15) */
};

struct hog_traits {
    enum hog_trait_frame_chain frame_chain;
    enum hog_trait_line_table line_table;
    enum hog_trait_instruction instruction;
    enum hog_trait_integer integer;
    enum hog_trait_dict_keys dict_keys;
    enum hog_trait_attributes attributes;
    enum hog_trait_stack_refs stack_refs;
    enum hog_trait_stack_top stack_top;
    enum hog_trait_generator_states generator_states;
    uint8_t
        awaited_depth; /* slots from the top of a suspended frame's stack to what it awaits, that one too */
    uint8_t task_has_bits;   /* flags of tasks are bit fields: 3.13+ */
    uint8_t owner_generator; /* frame owners: 3.11+ */
    uint8_t owner_frame_object;
    uint8_t
        first_marker_owner; /* owner >= this: a C-entry marker, no frame of the program; 0 = there are none */
    uint8_t unicode_kind_shift; /* bit at which `kind` starts in the state word */
    uint8_t gil_is_static;      /* 3.6: gil_locked, gil_last_holder are loose symbols */
    /* What repr() looks like. */
    uint8_t exception_has_comma;     /* ValueError('x',): 3.6 */
    uint8_t timedelta_has_names;     /* timedelta(days=1): 3.7+ */
    uint8_t namespace_is_sorted;     /* SimpleNamespace by name: to 3.8 */
    uint8_t ordered_dict_has_braces; /* OrderedDict({'a': 1}): 3.12+ */
    uint8_t flags_have_names;        /* a combination of flags keeps its name: 3.11+ */
    uint8_t deque_has_class;         /* a subclass of deque by its own name: 3.7+ */
    uint8_t bytearray_escapes_quote; /* always, whatever quotes stand around it: to 3.14 */
};

struct hog_version {
    uint8_t major, minor, micro;
    uint8_t level; /* 0xA alpha, 0xB beta, 0xC candidate, 0xF final */
    uint8_t serial;
};

uint32_t hog_version_hex(struct hog_version version);
struct hog_version hog_version_from_hex(uint32_t hex);
enum { HOG_VERSION_TEXT = 24 };
/* "3.12.1", "3.15.0b3"; micro 0xff (unknown) leaves "3.12". Returns `ret_text`. */
const char *hog_version_text(struct hog_version version, char ret_text[HOG_VERSION_TEXT]);

/* Facts about a build that change the layout; found by locate/. */
struct hog_build {
    struct hog_version version;
    bool free_threaded;
    bool debug;      /* Py_DEBUG */
    bool trace_refs; /* every object header 16 bytes longer (Py_TRACE_REFS; implied by debug to 3.7) */
};

struct hog_layout {
    struct hog_build build;
    struct hog_traits traits;
    uint32_t offset[HOG_FIELD_COUNT];
    uint32_t debug_offsets_size; /* bytes of _Py_DebugOffsets to read for this version, 0: it has none */
};

/*
 * Fills the layout for `build` from the rows of its minor version.
 * HOG_UNSUPPORTED, in words that name the nearest supported ones, when there
 * are none for it.
 */
enum hog_status hog_layout_select(struct hog_layout *layout, const struct hog_build *build,
                                  struct hog_error *error) HOG_CHECKED;

/* What is odd about a debug-offset table, entry by entry; and the first such entry, in words. */
struct hog_table_doubts {
    size_t disbelieved; /* cannot be right: the offset of the rows stays */
    size_t unexpected;  /* may be right and are taken, but known to be otherwise in this very release */
    char first_disbelieved[HOG_ERROR_MESSAGE];
    char first_unexpected[HOG_ERROR_MESSAGE];
};

/*
 * Overlays the debuggee's _Py_DebugOffsets (3.13+). The table is hostile
 * input: an entry is believed if the member lies within the size that the
 * table itself gives for its structure, and that size within 16 MiB. One that
 * is not is left out alone, and told in `ret_doubts`. A table that is not for
 * this build is refused (HOG_BAD_DATA), and the layout left as it was.
 */
enum hog_status hog_layout_apply_debug_offsets(struct hog_layout *layout, const void *table, size_t length,
                                               struct hog_table_doubts *ret_doubts,
                                               struct hog_error *error) HOG_CHECKED;

static inline bool hog_layout_has(const struct hog_layout *layout, enum hog_field field)
{
    return layout->offset[field] != HOG_ABSENT;
}

/* Oldest and newest minor version that have rows: "3.6", "3.15". */
struct hog_version hog_layout_oldest(void);
struct hog_version hog_layout_newest(void);
/* The i-th supported minor version; false past the end. For scans that try every version. */
bool hog_layout_supported(size_t index, struct hog_version *ret_version);
/* Is its X.Y one of them? */
bool hog_layout_knows(struct hog_version version);

/* "code.co_name": for messages and gen-layout. */
const char *hog_field_name(enum hog_field field);

#endif

/*
 * Code objects that samples met: what they are, and whether they still are.
 *
 *     address ──hash──▶ entry ─┬─ fingerprint   who it is: type, name, file, first line, size, line table
 *                              ├─ function      number in the profile, once it is decoded
 *                              └─ lines[]       of its instructions, each worked out when first met
 *
 * A stack in memory is addresses of code objects. An address means the same
 * function only as long as the object lives: programs that make functions at
 * run time free code objects, and the next one gets the place. So
 *
 *   - a new entry is fingerprinted within the very sample that met it, and again in the next samples that do;
 *   - one that stayed the same that often is believed, and looked at again before its samples are counted
 *     (pending.h);
 *   - one whose address changed hands is never believed: it is looked at in every sample.
 *
 * Lookups and fingerprints happen within a sample and allocate nothing;
 * everything else comes after it.
 */
#ifndef HOG_SAMPLE_CODES_H
#define HOG_SAMPLE_CODES_H

#include "decode/code_reader.h"
#include "profile/builder.h"
#include "sample/walk.h"

enum { CODE_NONE = UINT32_MAX, CODE_TRUSTED = 16 };

/* One of a code object's copies of its instructions (free-threaded 3.14+). */
struct code_copy {
    uint32_t index;
    uint64_t instructions;
};

struct cached_code {
    uint64_t address;
    uint64_t fingerprint;
    uint64_t globals;
    uint64_t instructions;    /* address of the first; 0: frames count from the start */
    uint32_t length;          /* bytes of instructions */
    uint32_t first_traceable; /* bytes of them before a call has really begun */
    int32_t first_line;
    uint32_t function; /* HOG_NO_FUNCTION until decoded */
    int32_t *lines;    /* by instruction; LINE_UNKNOWN where not worked out yet */
    unsigned char *line_table;
    size_t line_table_length;
    struct code_copy *copies;
    uint32_t copy_count;
    uint32_t looked_in; /* number of the sample that fingerprinted it last */
    uint8_t trust;
    bool changes_hands; /* its address belonged to another before */
    bool replaced;      /* and now belongs to another: no frame leads here any more */
    bool unproved;      /* believed in a sample that is not counted yet */
    bool disproved;     /* believed wrongly, in samples that are not counted yet */
    bool queued;        /* to be decoded */
    uint8_t failures;   /* to decode it */
};

struct code_table {
    const struct hog_layout *layout;
    struct hog_profile_builder *builder; /* not owned */
    struct cached_code *entries;
    uint32_t count, capacity;
    uint32_t *slots; /* by hash of the address: entry + 1, 0 empty */
    uint32_t slot_mask;
    uint32_t *free_entries; /* numbers of entries that may be used again */
    uint32_t free_count;
    uint32_t replaced_count;
    uint32_t *fresh; /* entries that wait to be decoded */
    uint32_t fresh_count;

    uint32_t sample; /* number of the one in progress */
    uint32_t *looks; /* entries to be fingerprinted in it */
    uint32_t look_count;
    struct hog_span *spans;
    unsigned char *heads; /* what was read for that */
    uint32_t head_bytes;
    uint64_t code_type; /* ob_type that every code object has; 0 until the first was decoded */
    uint64_t reads;
    bool full; /* codes_grow, then try again */
};

enum hog_status codes_init(struct code_table *codes, const struct hog_layout *layout,
                           struct hog_profile_builder *builder) HOG_CHECKED;
void codes_deinit(struct code_table *codes);
/* More room; outside of samples only. Does nothing while there is plenty. */
enum hog_status codes_grow(struct code_table *codes) HOG_CHECKED;

/*
 * Within a sample: the entries of a walk's frames, into `ret_entries`, each
 * believed or fingerprinted. False when there is no room, or one could not be
 * read or is no code object.
 */
bool codes_match(struct code_table *codes, struct hog_memory *memory, const struct walk *walk,
                 uint32_t *ret_entries);

enum codes_result {
    CODES_FOUND,
    CODES_UNDECODED, /* codes_decode, then again */
    CODES_OUTSIDE,   /* an instruction lies outside of its code object */
};

/*
 * After it: function and line of each frame. Not `by_line`: lines are 0.
 * Frames of calls that have not begun yet are taken out of the walk, as Python
 * itself leaves them out of tracebacks (3.11+).
 */
enum codes_result codes_resolve(struct code_table *codes, struct walk *walk, uint32_t *entries, bool by_line,
                                int32_t *ret_lines);
/* Decodes what is new in it. False: nothing could be, it makes no sense to try again. */
bool codes_decode(struct code_table *codes, struct hog_memory *memory, struct hog_code_reader *reader,
                  const struct walk *walk, const uint32_t *entries);

/* Are those that were only believed still the same? Those that are not become `disproved`. */
void codes_prove(struct code_table *codes, struct hog_memory *memory, const uint32_t *entries, size_t count);

/* Entries that were replaced may be used again: nothing refers to them any more. */
void codes_recycle(struct code_table *codes);

#endif

/*
 * What the files of locate/ share: one search for CPython in one process.
 *
 *     modules.c, link_map.c ──▶ modules ──▶ symbols.c ──▶ candidates ──▶ choose.c ──▶ struct hog_python
 *                                   └─────▶ scan.c ─────────┘                 └────▶ refusal.c, in words
 *
 * A `struct locator` lives as long as one call of hog_locate; everything it
 * allocates is in the location's arena. Nothing outside locate/ includes this.
 */
#ifndef HOG_LOCATE_LOCATOR_H
#define HOG_LOCATE_LOCATOR_H

#include "files/files.h"
#include "locate/image.h"
#include "locate/locate.h"

/* In which order modules are searched: the sooner, the likelier. */
enum module_rank { RANK_EXECUTABLE, RANK_PYTHON, RANK_OTHER, RANK_UNLIKELY, RANK_COUNT };

/* A module and what has been learnt of it, beside the public part. */
struct module {
    struct hog_module *seen; /* in location->modules */
    const char *local_path;  /* a copy that the debugger knows; "" none */
    enum module_rank rank;
    uint64_t header;        /* address of the ELF header; 0 unknown */
    uint64_t phdrs;         /* address of the program headers, 0: as the header says */
    uint64_t first_end;     /* end of the mapping at `header`, 0 unknown; names it in /proc/PID/map_files */
    bool has_code;          /* a mapping of it is executable */
    bool is_bare_memory;    /* no file is known to be there: see from_writable_memory */
    bool opened;            /* opening its image has been tried */
    enum hog_status status; /* and came to this */
    struct image image;
    uint64_t version_buffer; /* address of its `version` buffer, once a scan met it */
};

struct candidate;
enum { CANDIDATES_MAX = 16, TRAIL_MAX = 256, WARNINGS_MAX = 32 };

/* Another implementation, or CPython 2: no candidate, but worth naming. */
struct foreigner {
    enum { NOT_FOREIGN, PYPY, PYTHON_2 } kind;
    const char *path;
    const char *version; /* "" unknown */
};

struct locator {
    struct hog_location *location;
    const struct hog_process *process;
    struct hog_memory *memory;
    const struct hog_locate_options *options;
    struct hog_arena *arena; /* the location's */
    struct hog_files files;  /* of the process; made when the first is opened */
    struct module *modules;
    size_t module_count;
    struct candidate *candidates;
    size_t candidate_count;
    struct foreigner foreigner;
    uint64_t scan_budget; /* bytes that may yet be scanned */
    unsigned char *scan_buffer;
    bool interrupted;
    const char **trail;
    const char **warnings;
};

/* One line of the trail, one warning. Lines past the limits are dropped. */
void locator_note(struct locator *locator, const char *format, ...) HOG_PRINTF(2, 3);
void locator_warn(struct locator *locator, const char *format, ...) HOG_PRINTF(2, 3);
/* Polls for Ctrl-C; once true it stays true, and every loop ends. */
bool locator_interrupted(struct locator *locator);

enum hog_status locator_no_memory(struct locator *locator);

/* "" instead of NULL when the arena is exhausted: for words only. */
const char *locator_words(struct locator *locator, const char *format, ...) HOG_PRINTF(2, 3);

/* "3.12.1", "3.6", … */
const char *locator_version(struct locator *locator, struct hog_version version);

#endif

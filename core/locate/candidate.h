/*
 * A place that may be CPython's runtime: where it was found, which version it
 * is, and whether it is alive. There can be several, when a library is mapped
 * twice; choose.c picks one.
 */
#ifndef HOG_LOCATE_CANDIDATE_H
#define HOG_LOCATE_CANDIDATE_H

#include "locate/locator.h"
#include "locate/symbols.h"

/* From hopeless to certain: the choice is the highest. */
enum candidate_state {
    CANDIDATE_UNKNOWN,       /* not examined */
    CANDIDATE_UNREADABLE,    /* the memory of the runtime cannot be read */
    CANDIDATE_NO_VERSION,    /* nothing says which version it is */
    CANDIDATE_UNSUPPORTED,   /* a version without rows */
    CANDIDATE_UNINITIALISED, /* no interpreter yet */
    CANDIDATE_FINALISED,     /* no interpreter any more */
    CANDIDATE_DAMAGED,       /* what should be the first interpreter cannot be read */
    CANDIDATE_BROKEN,        /* an interpreter whose thread list does not lead back to it */
    CANDIDATE_BARE,          /* an interpreter without a thread */
    CANDIDATE_LIVE,
};

struct candidate {
    struct module *module;
    struct python_symbols symbols;
    uint64_t runtime; /* 0 to 3.6 */
    uint64_t head;    /* the first interpreter */
    struct hog_build build;
    struct hog_layout layout;
    enum hog_located_by by;
    const char *located_by;
    const char *version_by;
    bool offsets_doubted; /* the debuggee's table is odd: what is read with it may be wrong */
    enum candidate_state state;
};

/* A new candidate, or NULL when this runtime is one already, or there are too many. */
struct candidate *candidate_add(struct locator *locator, struct module *module, enum hog_located_by by,
                                uint64_t runtime);

/* Finds version (unless `version_by` has words already), flavour, layout, first interpreter; sets the state.
 */
void candidate_examine(struct locator *locator, struct candidate *candidate);

/* Version and flavour alone; CANDIDATE_NO_VERSION when nothing says. Part of candidate_examine. */
void candidate_find_version(struct locator *locator, struct candidate *candidate);

/* The state, and the first interpreter with it, of a candidate whose layout is known. Part of it too. */
enum candidate_state candidate_find_state(struct locator *locator, struct candidate *candidate);

#endif

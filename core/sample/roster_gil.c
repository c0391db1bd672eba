/*
 * Where the words of each GIL lie, and the flag that says that garbage is
 * being collected. decode/gil.c has the picture.
 */
#include "sample/roster.h"

#include <stdlib.h>

/* 3.6 keeps it in loose globals; where they were not found, who runs is known at least. */
static struct gil_place loose_gil(const struct hog_python *python)
{
    if (python->gil_locked && python->gil_last_holder)
        return (struct gil_place){.locked = python->gil_locked, .holder = python->gil_last_holder};
    return (struct gil_place){.holder = python->tstate_current};
}

static struct gil_place gil_of(const struct roster *roster, uint64_t interpreter)
{
    uint64_t start = 0;

    if (roster->python->layout.traits.gil_is_static)
        return loose_gil(roster->python);
    if (roster_offset(roster, HOG_F_interp_gil) != HOG_ABSENT) {
        if (hog_memory_u64(roster->memory, interpreter + roster_offset(roster, HOG_F_interp_gil), &start))
            start = 0;
    } else if (roster->python->runtime && roster_offset(roster, HOG_F_runtime_gil) != HOG_ABSENT) {
        start = roster->python->runtime + roster_offset(roster, HOG_F_runtime_gil);
    }
    if (!start)
        return (struct gil_place){0};
    return (struct gil_place){
        .locked = start + roster_offset(roster, HOG_F_gil_locked),
        .holder = start + roster_offset(roster, HOG_F_gil_last_holder),
        .enabled = roster_offset(roster, HOG_F_gil_enabled) != HOG_ABSENT
                       ? start + roster_offset(roster, HOG_F_gil_enabled)
                       : 0,
        .start = start,
        .end = start + roster_offset(roster, HOG_F_gil_SIZE),
    };
}

/* Number of the interpreter's GIL, added if it is a new one. */
uint32_t roster_gil(struct roster *roster, uint64_t interpreter)
{
    struct gil_place place = gil_of(roster, interpreter);
    uint32_t at = 0;

    while (at < roster->gil_count && roster->gils[at].holder != place.holder)
        at++;
    if (at < roster->gil_count)
        return at;
    if (roster->gil_count == roster->gil_capacity) {
        uint32_t capacity = roster->gil_capacity ? roster->gil_capacity * 2 : 4;
        struct gil_place *grown = realloc(roster->gils, capacity * sizeof *grown);

        if (!grown)
            return ROSTER_NO_GIL;
        roster->gils = grown;
        roster->gil_capacity = capacity;
    }
    roster->gils[roster->gil_count] = place;
    return roster->gil_count++;
}

uint64_t roster_collecting_flag(const struct roster *roster, uint64_t interpreter)
{
    if (roster_offset(roster, HOG_F_interp_gc_collecting) != HOG_ABSENT)
        return interpreter + roster_offset(roster, HOG_F_interp_gc_collecting);
    if (roster->python->runtime && roster_offset(roster, HOG_F_runtime_gc_collecting) != HOG_ABSENT)
        return roster->python->runtime + roster_offset(roster, HOG_F_runtime_gc_collecting);
    return 0;
}

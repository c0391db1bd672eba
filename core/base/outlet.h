/*
 * Where composed text goes, piece by piece: what a renderer knows of the
 * debugger's screen or of the FILE behind --output.
 *
 *     renderer ─▶ text ─▶ hog_outlet_more ─▶ whoever owns the outlet (host/output.h) hands it on
 *
 * A dump of a million frames is never held as a whole.
 */
#ifndef HOG_BASE_OUTLET_H
#define HOG_BASE_OUTLET_H

#include "base/text.h"

struct hog_outlet {
    struct hog_text text; /* composed, not yet handed on */
    bool interrupted;     /* Ctrl-C was pressed: stop composing */
    /* Hands on what is composed once it is worth it; see hog_outlet_more. */
    bool (*more)(struct hog_outlet *outlet);
};

/* False when there is no point in composing more: Ctrl-C, a full disk, no memory. */
static inline bool hog_outlet_more(struct hog_outlet *outlet)
{
    return outlet->more(outlet);
}

#endif

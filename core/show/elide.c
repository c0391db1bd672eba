/* Periods of a stack; see elide.h. */
#include "show/elide.h"

/* What the text shows of two frames is the same. */
static bool same_place(const struct hog_frame *one, const struct hog_frame *other)
{
    return one->code == other->code && one->line == other->line &&
           ((one->flags ^ other->flags) & HOG_FRAME_INCOMPLETE) == 0;
}

/* How many times the `period` frames at `at` come again. */
static size_t count_repeats(const struct hog_frame *frames, size_t count, size_t at, size_t period)
{
    size_t matching = 0;

    while (at + period + matching < count &&
           same_place(&frames[at + matching], &frames[at + period + matching]))
        matching++;
    return matching / period;
}

struct elide_run elide_at(const struct hog_frame *frames, size_t count, size_t at)
{
    struct elide_run best = {0};

    for (size_t period = 1; period <= ELIDE_PERIOD_MAX && period * (1 + ELIDE_REPEATS_MIN) <= count - at;
         period++) {
        size_t repeats = count_repeats(frames, count, at, period);

        if (repeats >= ELIDE_REPEATS_MIN && repeats * period >= ELIDE_FRAMES_MIN &&
            repeats * period > best.repeats * best.period)
            best = (struct elide_run){.period = period, .repeats = repeats};
    }
    return best;
}

bool elide_next(struct elide_walk *walk, struct elide_line *ret_line)
{
    if (!walk->to_show && walk->run.repeats) {
        *ret_line = (struct elide_line){.frame = walk->at, .elided = walk->run};
        walk->at += walk->run.period * walk->run.repeats;
        walk->run = (struct elide_run){0};
        return true;
    }
    if (walk->at >= walk->count)
        return false;
    if (!walk->to_show && !walk->every_frame) {
        walk->run = elide_at(walk->frames, walk->count, walk->at);
        walk->to_show = walk->run.period;
    }
    if (walk->to_show)
        walk->to_show--;
    *ret_line = (struct elide_line){.frame = walk->at++};
    return true;
}

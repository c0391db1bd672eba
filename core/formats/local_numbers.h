/* A few of many things, numbered as they are met: what one thread uses of the whole profile's. */
#ifndef HOG_FORMATS_LOCAL_NUMBERS_H
#define HOG_FORMATS_LOCAL_NUMBERS_H

#include "base/status.h"

#include <stdlib.h>
#include <string.h>

struct local_numbers {
    uint32_t *of;   /* thing -> its number; UINT32_MAX: not met */
    uint32_t *list; /* number -> thing */
    uint32_t count;
};

static inline bool local_numbers_init(struct local_numbers *numbers, size_t things)
{
    numbers->of = malloc((things + 1) * sizeof *numbers->of);
    numbers->list = malloc((things + 1) * sizeof *numbers->list);
    numbers->count = 0;
    if (numbers->of)
        memset(numbers->of, 0xff, things * sizeof *numbers->of);
    return numbers->of && numbers->list;
}

static inline void local_numbers_deinit(struct local_numbers *numbers)
{
    free(numbers->of);
    free(numbers->list);
}

static inline void local_numbers_add(struct local_numbers *numbers, uint32_t thing)
{
    if (numbers->of[thing] != UINT32_MAX)
        return;
    numbers->of[thing] = numbers->count;
    numbers->list[numbers->count++] = thing;
}

/* Takes time by what was met, not by what there is. */
static inline void local_numbers_clear(struct local_numbers *numbers)
{
    while (numbers->count)
        numbers->of[numbers->list[--numbers->count]] = UINT32_MAX;
}

#endif

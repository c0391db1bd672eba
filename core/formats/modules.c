/* Numbering a profile's modules, the busiest first; see flame_data.h. A function without a module goes by its
 * file. */
#include "formats/modules.h"
#include "base/cleanup.h"
#include "base/sort.h"
#include "formats/strings.h"

#include <string.h>

struct ranking {
    const struct strings *names;
    const uint64_t *self;
};

static const char *module_name(const struct hog_profile *profile, const struct hog_labels *labels,
                               uint32_t function)
{
    const char *module = profile->functions[function].module;

    if (module && *module)
        return module;
    return *labels->short_file[function] ? labels->short_file[function] : "?";
}

static int compare_modules(const void *a, const void *b, void *context)
{
    const struct ranking *ranking = context;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    if (ranking->self[left] != ranking->self[right])
        return ranking->self[left] > ranking->self[right] ? -1 : 1;
    return strcmp(ranking->names->list[left], ranking->names->list[right]);
}

/* From numbers as they came to numbers by rank. */
static enum hog_status modules_rank(struct modules *modules, const struct strings *names,
                                    const uint64_t *self, const struct hog_profile *profile)
{
    struct ranking ranking = {names, self};
    HOG_FREE uint32_t *order = malloc((names->count + 1) * sizeof *order);
    HOG_FREE uint32_t *rank = malloc((names->count + 1) * sizeof *rank);

    modules->list = malloc((names->count + 1) * sizeof *modules->list);
    modules->self = malloc((names->count + 1) * sizeof *modules->self);
    if (!order || !rank || !modules->list || !modules->self)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < names->count; i++)
        order[i] = i;
    if (!hog_sort(order, names->count, sizeof *order, compare_modules, &ranking, profile->watch))
        return HOG_INTERRUPTED;
    for (uint32_t i = 0; i < names->count; i++) {
        rank[order[i]] = i;
        modules->list[i] = names->list[order[i]];
        modules->self[i] = self[order[i]];
    }
    for (uint32_t i = 0; i < profile->function_count; i++)
        modules->of[i] = rank[modules->of[i]];
    modules->count = names->count;
    return HOG_OK;
}

enum hog_status modules_init(struct modules *modules, const struct hog_profile *profile,
                             const struct hog_labels *labels)
{
    HOG_CLEANUP(strings_deinit) struct strings names = {0};
    HOG_FREE uint64_t *self = calloc(profile->function_count + (size_t)1, sizeof *self);

    *modules = (struct modules){0};
    modules->of = malloc((profile->function_count + 1) * sizeof *modules->of);
    if (!modules->of || !self)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < profile->function_count && !hog_watch_due(profile->watch, i); i++)
        modules->of[i] = strings_number(&names, module_name(profile, labels, i));
    if (names.failed)
        return HOG_NO_MEMORY;
    if (profile->watch && profile->watch->seen)
        return HOG_INTERRUPTED;
    for (uint32_t i = 0; i < profile->node_count; i++)
        self[modules->of[profile->nodes[i].function]] += profile->nodes[i].self;
    return modules_rank(modules, &names, self, profile);
}

void modules_deinit(struct modules *modules)
{
    free(modules->list);
    free(modules->self);
    free(modules->of);
    *modules = (struct modules){0};
}

/* Functions in the order in which a table shows them; see view.h. */
#include "base/cleanup.h"
#include "base/sort.h"
#include "profile/view.h"

#include <string.h>

struct ordering {
    const struct hog_view *view;
    enum hog_sort sort;
};

static int compare_names(const struct hog_function *a, const struct hog_function *b)
{
    int order = strcmp(a->qualname ? a->qualname : a->name, b->qualname ? b->qualname : b->name);

    if (!order)
        order = strcmp(a->filename ? a->filename : "", b->filename ? b->filename : "");
    return order ? order : (a->first_line > b->first_line) - (a->first_line < b->first_line);
}

/* Shares and not samples: seconds of threads that were hard to read weigh more. */
static double sort_key(const struct hog_cost *cost, enum hog_sort sort)
{
    switch (sort) {
    case HOG_SORT_SELF:
        return cost->self_share;
    case HOG_SORT_TOTAL:
        return cost->total_share;
    case HOG_SORT_CALLS:
        return (double)cost->calls;
    case HOG_SORT_NAME:
        break;
    }
    return 0;
}

static int compare_costs(const void *a, const void *b, void *context)
{
    const struct ordering *ordering = context;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    const struct hog_cost *costs = ordering->view->functions;
    double left_key = sort_key(&costs[left], ordering->sort);
    double right_key = sort_key(&costs[right], ordering->sort);
    int order = (left_key < right_key) - (left_key > right_key);

    if (!order && ordering->sort == HOG_SORT_SELF)
        order = (costs[left].total_share < costs[right].total_share) -
                (costs[left].total_share > costs[right].total_share);
    if (!order)
        order = compare_names(&ordering->view->profile->functions[left],
                              &ordering->view->profile->functions[right]);
    return order ? order : (left > right) - (left < right);
}

uint32_t *hog_view_order(const struct hog_view *view, enum hog_sort sort)
{
    struct ordering ordering = {view, sort};
    uint32_t count = view->profile->function_count;
    HOG_FREE uint32_t *order = malloc((count + 1) * sizeof *order);
    uint32_t *made;

    if (!order)
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    if (!hog_sort(order, count, sizeof *order, compare_costs, &ordering, view->profile->watch))
        return NULL;
    made = order;
    order = NULL;
    return made;
}

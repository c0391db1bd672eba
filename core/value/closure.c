/* What a function has of the functions around it: func_closure, a tuple of cells. */
#include "value/values.h"

#include "value/reader.h"

enum { MOST_CELLS = 64 };

enum hog_status hog_value_closure_start(struct hog_values *values, uint64_t function, const char *qualname,
                                        struct hog_value_walk *ret_walk)
{
    uint64_t closure, name;
    enum hog_status status = HOG_NOT_FOUND;

    if (hog_value_is(values, function, "builtins", "function"))
        status = value_u64(values, function, HOG_F_func_func_qualname, &name);
    if (status == HOG_OK && !hog_value_text_is(values, name, qualname))
        status = HOG_NOT_FOUND;
    if (status == HOG_OK)
        status = value_u64(values, function, HOG_F_func_func_closure, &closure);
    return status == HOG_OK ? hog_value_walk_start(values, closure, ret_walk) : status;
}

bool hog_value_closure_next(struct hog_values *values, struct hog_value_walk *walk, uint64_t *ret_content)
{
    struct hog_value_item cell;

    while (walk->taken < MOST_CELLS && hog_value_walk_next(values, walk, &cell))
        if (value_u64(values, cell.value, HOG_F_cell_ob_ref, ret_content) == HOG_OK && *ret_content)
            return true;
    return false;
}

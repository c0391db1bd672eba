/* How an object begins in a candidate's process. See candidate_object.h. */
#include "locate/candidate_object.h"

/* The type of a type of a type is `type`, whose type is itself. Ask at `offset` of each. */
static bool types_end_in_type(struct locator *locator, uint64_t object, uint32_t offset)
{
    for (unsigned step = 0; step < 3; step++) {
        uint64_t type;

        if (hog_memory_u64(locator->memory, object + offset, &type) != HOG_OK || !type)
            return false;
        if (type == object)
            return true;
        object = type;
    }
    return false;
}

/* Where ob_type is: behind the reference count, and, in a traced build, behind two links before that. */
enum { PLAIN_TYPE = 8, TRACED_TYPE = 24 };

bool candidate_is_object(struct locator *locator, uint64_t address)
{
    return types_end_in_type(locator, address, PLAIN_TYPE) ||
           types_end_in_type(locator, address, TRACED_TYPE);
}

void candidate_check_headers(struct locator *locator, struct candidate *candidate)
{
    enum { LAST_WITH_LINKED_OBJECTS = 12 };
    uint32_t offset = candidate->layout.offset[HOG_F_interp_modules];
    struct hog_error error = {0};
    uint64_t modules;

    if (candidate->build.version.minor > LAST_WITH_LINKED_OBJECTS || offset == HOG_ABSENT ||
        hog_memory_u64(locator->memory, candidate->head + offset, &modules) != HOG_OK || !modules ||
        types_end_in_type(locator, modules, PLAIN_TYPE) || !types_end_in_type(locator, modules, TRACED_TYPE))
        return;
    candidate->build.trace_refs = true;
    locator_note(locator, "objects are linked to each other (Py_TRACE_REFS): headers are 16 bytes longer");
    if (hog_layout_select(&candidate->layout, &candidate->build, &error) != HOG_OK)
        locator_warn(locator, "%s", error.message);
}

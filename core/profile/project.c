/* A profile seen otherwise: grafted onto an empty builder with another eye; see project.h. */
#include "profile/project.h"
#include "profile/graft.h"

enum hog_status hog_profile_project(const struct hog_profile *profile,
                                    const struct hog_projection *projection, struct hog_profile **ret_profile)
{
    HOG_PROFILE_BUILDER struct hog_profile_builder *builder = NULL;
    struct hog_profile_info info = profile->info;
    enum hog_status status;

    if (profile->table)
        return HOG_UNSUPPORTED;
    builder = hog_profile_builder_create(SIZE_MAX);
    if (!builder)
        return HOG_NO_MEMORY;
    hog_profile_builder_watch(builder, profile->watch);
    info.has_lines = info.has_lines && projection->by_line;
    status = graft_profile(builder, profile, projection, 0);
    if (status != HOG_OK)
        return status;
    return hog_profile_builder_seal(builder, &info, ret_profile);
}

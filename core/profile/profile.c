/* The small things of profile.h: the end of a profile, names of modes, and how every sealed profile starts.
 */
#include "profile/profile.h"
#include "profile/builder_parts.h"

#include <string.h>

static const char *const mode_names[] = {
    [HOG_PROFILE_CPU] = "cpu",
    [HOG_PROFILE_IDLE] = "idle",
    [HOG_PROFILE_GIL] = "gil",
};

void hog_profile_destroy(struct hog_profile *profile)
{
    if (!profile)
        return;
    hog_arena_deinit(&profile->arena);
    free(profile);
}

const char *hog_profile_mode_name(enum hog_profile_mode mode)
{
    return (size_t)mode < sizeof mode_names / sizeof *mode_names ? mode_names[mode] : "cpu";
}

bool hog_profile_mode_named(const char *name, enum hog_profile_mode *ret_mode)
{
    for (size_t i = 0; i < sizeof mode_names / sizeof *mode_names; i++) {
        if (strcmp(name, mode_names[i]) == 0) {
            *ret_mode = (enum hog_profile_mode)i;
            return true;
        }
    }
    return false;
}

enum hog_status builder_own_info(struct names *names, const struct hog_profile_info *theirs,
                                 struct hog_profile_info *ret_ours)
{
    enum { TEXTS = 7 };
    const char *from[TEXTS] = {theirs->method,        theirs->command_line,     theirs->python_version,
                               theirs->debugger_name, theirs->debugger_version, theirs->tool_version,
                               theirs->ended_because};
    const char **to[TEXTS] = {&ret_ours->method,           &ret_ours->command_line,
                              &ret_ours->python_version,   &ret_ours->debugger_name,
                              &ret_ours->debugger_version, &ret_ours->tool_version,
                              &ret_ours->ended_because};

    *ret_ours = *theirs;
    for (size_t i = 0; i < TEXTS; i++) {
        enum hog_status status = names_text(names, from[i], to[i]);

        if (status != HOG_OK)
            return status;
    }
    return HOG_OK;
}

static enum hog_status own_drops(const struct hog_profile_builder *builder, struct names *names,
                                 struct hog_profile *profile)
{
    struct hog_profile_drop *drops =
        hog_arena_array(&names->arena, builder->drop_count, sizeof(struct hog_profile_drop));

    if (!drops)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < builder->drop_count; i++) {
        enum hog_status status = names_text(names, builder->drops[i].reason, &drops[i].reason);

        if (status != HOG_OK)
            return status;
        drops[i].count = builder->drops[i].count;
    }
    profile->drops = drops;
    profile->drop_count = builder->drop_count;
    return HOG_OK;
}

enum hog_status builder_start_profile(const struct hog_profile_builder *builder,
                                      const struct hog_profile_info *info, struct names *names,
                                      struct hog_profile **ret_profile)
{
    HOG_PROFILE struct hog_profile *profile = calloc(1, sizeof *profile);
    enum hog_status status;

    if (!profile)
        return HOG_NO_MEMORY;
    profile->counts = builder->counts;
    status = builder_own_info(names, info, &profile->info);
    if (status == HOG_OK)
        status = own_drops(builder, names, profile);
    if (status != HOG_OK)
        return status;
    *ret_profile = profile;
    profile = NULL;
    return HOG_OK;
}

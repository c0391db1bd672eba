/*
 * Fuzzes what several profiles come to: merged, compared, cut down. They are
 * made here, so that every input is some; what is merged must add up.
 *
 *     u8 profiles; then records: u8 which of them and how many frames, u8 thread, u8 weight, a u8 function
 *     and a u8 line for each frame
 */
#include "profile/builder.h"
#include "profile/compare.h"
#include "profile/project.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PROFILES_MAX = 3, FRAMES_MAX = 8, MEMORY = 16 << 20 };

struct input {
    const uint8_t *at, *end;
};

static uint8_t next(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

static const char *const names[] = {"f", "g", "", "<module>", "a;b", "\xc3\xbc", "main", "h"};
static const char *const files[] = {"a.py", "/x/a.py", NULL, "/y/a.py"};

static void add_stack(struct hog_profile_builder *builder, struct input *input, size_t count, bool has_lines)
{
    struct hog_profile_frame frames[FRAMES_MAX];
    uint8_t chosen = next(input), weight = next(input);
    struct hog_profile_thread thread = {
        .os_thread_id = chosen % 4, .thread_id = chosen % 3, .name = names[chosen % 5]};
    uint32_t number;

    if (hog_profile_builder_thread(builder, &thread, &number) != HOG_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        uint8_t function = next(input), line = next(input);
        struct hog_function made = {.name = names[function % 8],
                                    .filename = files[function / 8 % 4],
                                    .first_line = function / 32,
                                    .is_native = function == 255};

        frames[i].line = has_lines ? line : 0;
        if (hog_profile_builder_function(builder, &made, &frames[i].function) != HOG_OK)
            return;
    }
    (void)!hog_profile_builder_add_stack(builder, number, frames, count, weight);
    hog_profile_builder_idle(builder, number, weight / 16);
    hog_profile_builder_drop(builder, number, names[weight % 4], weight % 3);
}

static uint64_t kept_of(struct hog_profile *const *profiles, size_t count)
{
    uint64_t kept = 0;

    for (size_t i = 0; i < count; i++)
        kept += profiles[i]->counts.kept;
    return kept;
}

static void look_at(struct hog_profile *const *profiles, size_t count)
{
    const struct hog_projection projection = {
        .under = "g", .threads = HOG_THREADS_MERGED, .by_line = true, .as_lines = true};
    struct hog_profile *merged = NULL, *under = NULL;
    struct hog_diff diff = {0};
    struct hog_error error;

    if (hog_profile_merge((const struct hog_profile *const *)profiles, count, &merged, &error) != HOG_OK)
        return;
    if (merged->counts.kept != kept_of(profiles, count))
        abort();
    if (hog_diff_init(&diff, profiles[0], merged) == HOG_OK)
        hog_diff_deinit(&diff);
    if (hog_profile_project(merged, &projection, &under) == HOG_OK) {
        if (under->counts.kept > merged->counts.kept)
            abort();
        hog_profile_destroy(under);
    }
    hog_profile_destroy(merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct hog_profile_builder *builders[PROFILES_MAX] = {NULL};
    struct hog_profile *profiles[PROFILES_MAX] = {NULL};
    uint8_t head = next(&input);
    size_t count = head % PROFILES_MAX + (size_t)1, made = 0;
    struct hog_profile_info info = {.interval = 0.01, .has_lines = head & 0x10};

    for (size_t i = 0; i < count; i++)
        builders[i] = hog_profile_builder_create(MEMORY);
    while (input.at < input.end && builders[count - 1]) {
        uint8_t record = next(&input);

        add_stack(builders[record % count], &input, record / 16 % FRAMES_MAX, info.has_lines);
    }
    for (; made < count && builders[made]; made++) {
        info.duration = (double)made;
        if (hog_profile_builder_seal(builders[made], &info, &profiles[made]) != HOG_OK)
            break;
    }
    if (made == count)
        look_at(profiles, count);
    for (size_t i = 0; i < PROFILES_MAX; i++) {
        hog_profile_builder_destroy(builders[i]);
        hog_profile_destroy(profiles[i]);
    }
    return 0;
}

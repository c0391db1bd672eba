/*
 * Fuzzes the readers of profile files (hognose.profile/1 and .prof), and with
 * what they read the writers of every format: the input is the file.
 */
#include "formats/read.h"
#include "formats/write.h"
#include "profile/compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool count_bytes(void *self, const void *bytes, size_t length)
{
    (void)bytes;
    *(size_t *)self += length;
    return true;
}

static void write_all(const struct hog_profile *profile)
{
    size_t bytes = 0, count;
    const struct hog_sink sink = {.self = &bytes, .put = count_bytes};
    const struct hog_format *formats = hog_formats(&count);
    struct hog_error error;

    for (size_t i = 0; i < count; i++)
        (void)!hog_write_profile(profile, &formats[i], NULL, &sink, &error);
}

static void compare_with_itself(const struct hog_profile *profile)
{
    const struct hog_profile *const both[] = {profile, profile};
    struct hog_profile *merged = NULL;
    struct hog_diff diff = {0};
    struct hog_error error;

    if (hog_profile_merge(both, 2, &merged, &error) == HOG_OK &&
        hog_diff_init(&diff, profile, merged) == HOG_OK)
        hog_diff_deinit(&diff);
    hog_profile_destroy(merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hog_profile *profile = NULL;
    struct hog_error error;

    if (hog_profile_read_bytes(data, size, "input", NULL, &profile, &error) != HOG_OK)
        return 0;
    write_all(profile);
    compare_with_itself(profile);
    hog_profile_destroy(profile);
    return 0;
}

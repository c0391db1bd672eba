/*
 * write_sample_profile KIND FOLDER: a profile made by hand (sample_profile.h)
 * in every format, as FOLDER/KIND.prof and so on; for tests/readers.
 *
 * KIND is worker, hostile, empty, one, big (1,000,000 samples of 50,000
 * stacks), wide (10,000 nodes), or the path of a profile to be read, written
 * as FOLDER/read.*. Further words: by_line, by_thread, no_source.
 * Prints a line a file: its format, its size, and the milliseconds of CPU time it took.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "formats/read.h"
#include "formats/write.h"
#include "support/sample_profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct file {
    FILE *stream;
    size_t size;
};

static bool put(void *self, const void *bytes, size_t length)
{
    struct file *file = self;

    file->size += length;
    return fwrite(bytes, 1, length, file->stream) == length;
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static struct hog_profile *profile_of_file(const char *path)
{
    struct hog_profile *profile = NULL;
    struct hog_error error = {0};

    if (hog_profile_read_file(path, NULL, &profile, &error) != HOG_OK)
        fprintf(stderr, "%s\n", error.message);
    return profile;
}

static struct hog_profile *profile_of_kind(const char *kind)
{
    if (strcmp(kind, "worker") == 0)
        return sample_profile_worker();
    if (strcmp(kind, "hostile") == 0)
        return sample_profile_hostile();
    if (strcmp(kind, "empty") == 0)
        return sample_profile_empty();
    if (strcmp(kind, "one") == 0)
        return sample_profile_one();
    if (strcmp(kind, "big") == 0)
        return sample_profile_big(1000000, 50000, 30);
    if (strcmp(kind, "wide") == 0)
        return sample_profile_big(100000, 900, 30);
    return strchr(kind, '/') ? profile_of_file(kind) : NULL;
}

static int write_one(const struct hog_profile *profile, const struct hog_format *format,
                     const struct hog_write_options *options, const char *stem)
{
    HOG_FREE char *path = NULL;
    struct file file = {0};
    struct hog_sink sink = {&file, put};
    struct hog_error error = {0};
    double start = now_ms();
    enum hog_status status;

    if (asprintf(&path, "%s%s", stem, format->extensions[0]) < 0)
        return 1;
    file.stream = fopen(path, "wb");
    if (!file.stream) {
        perror(path);
        return 1;
    }
    status = hog_write_profile(profile, format, options, &sink, &error);
    if (fclose(file.stream) != 0 || status != HOG_OK) {
        fprintf(stderr, "%s: %s\n", path, error.message);
        return 1;
    }
    printf("%s %zu %.1f\n", format->name, file.size, now_ms() - start);
    return 0;
}

int main(int argc, char **argv)
{
    HOG_PROFILE struct hog_profile *profile = argc > 2 ? profile_of_kind(argv[1]) : NULL;
    HOG_CLEANUP(hog_files_deinit) struct hog_files files = {0};
    struct hog_write_options options = {.files = &files};
    HOG_FREE char *stem = NULL;
    size_t count;
    const struct hog_format *formats = hog_formats(&count);
    int failed = 0;

    if (!profile || asprintf(&stem, "%s/%s", argv[2], strchr(argv[1], '/') ? "read" : argv[1]) < 0) {
        fprintf(
            stderr,
            "usage: write_sample_profile worker|hostile|empty|one|big|wide FOLDER [by_line] [by_thread]\n");
        return 2;
    }
    hog_files_of_file(&files, argv[1], "");
    for (int i = 3; i < argc; i++) {
        options.by_line = options.by_line || strcmp(argv[i], "by_line") == 0;
        options.by_thread = options.by_thread || strcmp(argv[i], "by_thread") == 0;
        if (strcmp(argv[i], "no_source") == 0)
            options.files = NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (!formats[i].needs_stacks || !profile->table)
            failed |= write_one(profile, &formats[i], &options, stem);
    return failed;
}

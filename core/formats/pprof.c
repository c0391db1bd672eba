/*
 * .pb.gz: pprof's profile.proto, gzipped.
 * https://github.com/google/pprof/blob/main/proto/profile.proto
 *
 *     sample ──▶ locations (leaf first) ──▶ function at a line ──▶ function
 *
 * Two values a sample: how many, and their nanoseconds. Functions go by unique
 * names, as pprof adds up what has the same name. They have no system name:
 * were it the same as the name, pprof would take "<module>" for a C++ template
 * and cut it out. Each sample is labelled with its thread.
 */
#include "base/cleanup.h"
#include "formats/format.h"
#include "formats/frames.h"
#include "formats/gzip.h"
#include "formats/protobuf.h"
#include "formats/strings.h"
#include "profile/labels.h"

#include <math.h>
#include <string.h>

/* Field numbers of profile.proto. */
enum {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_MAPPING = 3,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_STRING_TABLE = 6,
    PROFILE_TIME_NANOS = 9,
    PROFILE_DURATION_NANOS = 10,
    PROFILE_PERIOD_TYPE = 11,
    PROFILE_PERIOD = 12,
    PROFILE_COMMENT = 13,
    PROFILE_DEFAULT_SAMPLE_TYPE = 14,
    TYPE_TYPE = 1,
    TYPE_UNIT = 2,
    SAMPLE_LOCATION = 1,
    SAMPLE_VALUE = 2,
    SAMPLE_LABEL = 3,
    LABEL_KEY = 1,
    LABEL_STR = 2,
    LABEL_NUM = 3,
    MAPPING_ID = 1,
    MAPPING_FILENAME = 5,
    MAPPING_HAS_FUNCTIONS = 7,
    MAPPING_HAS_FILENAMES = 8,
    MAPPING_HAS_LINE_NUMBERS = 9,
    MAPPING_HAS_INLINE_FRAMES = 10,
    LOCATION_ID = 1,
    LOCATION_MAPPING = 2,
    LOCATION_LINE = 4,
    LINE_FUNCTION = 1,
    LINE_LINE = 2,
    FUNCTION_ID = 1,
    FUNCTION_NAME = 2,
    FUNCTION_FILENAME = 4,
    FUNCTION_START_LINE = 5,
};

enum { PIECE = 32 * 1024 };

struct pprof {
    const struct hog_profile *profile;
    struct hog_labels labels;
    struct frames frames;
    struct strings strings;
    struct hog_arena comments;
    struct gzip gzip;
    struct hog_text top;    /* the outermost message, handed on in pieces */
    struct hog_text inner;  /* messages in it … */
    struct hog_text inmost; /* … and in these */
    uint64_t period;
};

static void pprof_deinit(struct pprof *pprof)
{
    hog_labels_deinit(&pprof->labels);
    frames_deinit(&pprof->frames);
    strings_deinit(&pprof->strings);
    hog_arena_deinit(&pprof->comments);
    gzip_deinit(&pprof->gzip);
    hog_text_deinit(&pprof->top);
    hog_text_deinit(&pprof->inner);
    hog_text_deinit(&pprof->inmost);
}

/* What was written so far is not for nothing. */
static bool goes_on(const struct pprof *pprof)
{
    return out_goes_on(pprof->gzip.out);
}

static void hand_on(struct pprof *pprof, size_t at_least)
{
    if (pprof->top.length < at_least || pprof->top.failed)
        return;
    gzip_put(&pprof->gzip, pprof->top.bytes, pprof->top.length);
    hog_text_clear(&pprof->top);
}

static void put_type(struct pprof *pprof, unsigned field, const char *type, const char *unit)
{
    proto_put(&pprof->inner, TYPE_TYPE, strings_number(&pprof->strings, type));
    proto_put(&pprof->inner, TYPE_UNIT, strings_number(&pprof->strings, unit));
    proto_put_message(&pprof->top, field, &pprof->inner);
}

static const char *time_name(const struct hog_profile *profile)
{
    return profile->info.mode == HOG_PROFILE_IDLE ? "wall" : "cpu";
}

static void put_label(struct pprof *pprof, const char *key, const char *text, uint64_t number)
{
    proto_put(&pprof->inmost, LABEL_KEY, strings_number(&pprof->strings, key));
    if (text)
        proto_put(&pprof->inmost, LABEL_STR, strings_number(&pprof->strings, text));
    else
        proto_put(&pprof->inmost, LABEL_NUM, number);
    proto_put_message(&pprof->inner, SAMPLE_LABEL, &pprof->inmost);
}

static void put_sample(struct pprof *pprof, const struct hog_profile_thread *thread, uint32_t number)
{
    const struct hog_profile_node *nodes = pprof->profile->nodes;

    for (uint32_t at = number; at != HOG_NO_NODE; at = nodes[at].parent)
        proto_varint(&pprof->inmost, pprof->frames.of_node[at] + (uint64_t)1);
    proto_put_message(&pprof->inner, SAMPLE_LOCATION, &pprof->inmost);
    proto_varint(&pprof->inmost, nodes[number].self);
    proto_varint(&pprof->inmost, nodes[number].self * pprof->period);
    proto_put_message(&pprof->inner, SAMPLE_VALUE, &pprof->inmost);
    if (thread->name)
        put_label(pprof, "thread", thread->name, 0);
    if (thread->os_thread_id > 0)
        put_label(pprof, "thread_id", NULL, (uint64_t)thread->os_thread_id);
    proto_put_message(&pprof->top, PROFILE_SAMPLE, &pprof->inner);
}

static void put_samples(struct pprof *pprof)
{
    const struct hog_profile *profile = pprof->profile;

    for (uint32_t t = 0; t < profile->thread_count; t++) {
        for (uint32_t i = profile->threads[t].first_node; goes_on(pprof) && i < profile->threads[t].end_node;
             i++) {
            if (!profile->nodes[i].self)
                continue;
            put_sample(pprof, &profile->threads[t], i);
            hand_on(pprof, PIECE);
        }
    }
}

static void put_locations(struct pprof *pprof)
{
    for (uint32_t i = 0; goes_on(pprof) && i < pprof->frames.count; i++) {
        const struct frame *frame = &pprof->frames.list[i];
        int32_t first_line = pprof->profile->functions[frame->function].first_line;
        int32_t line = frame->line > 0 ? frame->line : first_line;

        proto_put(&pprof->inmost, LINE_FUNCTION, frame->function + (uint64_t)1);
        proto_put(&pprof->inmost, LINE_LINE, line > 0 ? (uint64_t)line : 0);
        proto_put(&pprof->inner, LOCATION_ID, i + (uint64_t)1);
        proto_put(&pprof->inner, LOCATION_MAPPING, 1);
        proto_put_message(&pprof->inner, LOCATION_LINE, &pprof->inmost);
        proto_put_message(&pprof->top, PROFILE_LOCATION, &pprof->inner);
        hand_on(pprof, PIECE);
    }
}

static void put_functions(struct pprof *pprof)
{
    struct strings *strings = &pprof->strings;

    for (uint32_t i = 0; goes_on(pprof) && i < pprof->profile->function_count; i++) {
        const struct hog_function *function = &pprof->profile->functions[i];

        proto_put(&pprof->inner, FUNCTION_ID, i + (uint64_t)1);
        proto_put(&pprof->inner, FUNCTION_NAME, strings_number(strings, pprof->labels.unique[i]));
        proto_put(&pprof->inner, FUNCTION_FILENAME,
                  strings_number(strings, function->filename ? function->filename : ""));
        proto_put(&pprof->inner, FUNCTION_START_LINE,
                  function->first_line > 0 ? (uint64_t)function->first_line : 0);
        proto_put_message(&pprof->top, PROFILE_FUNCTION, &pprof->inner);
        hand_on(pprof, PIECE);
    }
}

static void add_comment(void *self, const char *label, const char *words)
{
    struct pprof *pprof = self;
    const char *text = hog_arena_printf(&pprof->comments, "%s: %s", label, words);

    if (text)
        proto_put(&pprof->top, PROFILE_COMMENT, strings_number(&pprof->strings, text));
    else
        pprof->top.failed = true;
}

/* The number of nanoseconds; 0 for what does not fit. */
static uint64_t nanoseconds(double seconds)
{
    double rounded = round(seconds * 1e9);

    return rounded > 0 && rounded < 9e18 ? (uint64_t)rounded : 0;
}

/* One mapping for all, which says that there is nothing left to look up in any binary. */
static void put_mapping(struct pprof *pprof)
{
    const char *command = pprof->profile->info.command_line;
    size_t length = command ? strcspn(command, " ") : 0;
    const char *program =
        hog_arena_copy_text(&pprof->comments, length ? command : "python", length ? length : 6);

    if (!program) {
        pprof->top.failed = true;
        return;
    }
    proto_put(&pprof->inner, MAPPING_ID, 1);
    proto_put(&pprof->inner, MAPPING_FILENAME, strings_number(&pprof->strings, program));
    proto_put(&pprof->inner, MAPPING_HAS_FUNCTIONS, 1);
    proto_put(&pprof->inner, MAPPING_HAS_FILENAMES, 1);
    proto_put(&pprof->inner, MAPPING_HAS_LINE_NUMBERS, 1);
    proto_put(&pprof->inner, MAPPING_HAS_INLINE_FRAMES, 1);
    proto_put_message(&pprof->top, PROFILE_MAPPING, &pprof->inner);
}

static void put_head(struct pprof *pprof)
{
    const struct hog_profile_info *info = &pprof->profile->info;

    (void)strings_number(&pprof->strings, ""); /* must be the first */
    pprof->period = nanoseconds(info->interval);
    put_type(pprof, PROFILE_SAMPLE_TYPE, "samples", "count");
    put_type(pprof, PROFILE_SAMPLE_TYPE, time_name(pprof->profile), "nanoseconds");
    put_type(pprof, PROFILE_PERIOD_TYPE, time_name(pprof->profile), "nanoseconds");
    proto_put(&pprof->top, PROFILE_PERIOD, pprof->period);
    proto_put(&pprof->top, PROFILE_TIME_NANOS, nanoseconds(info->start_time));
    proto_put(&pprof->top, PROFILE_DURATION_NANOS, nanoseconds(info->duration));
    proto_put(&pprof->top, PROFILE_DEFAULT_SAMPLE_TYPE,
              strings_number(&pprof->strings, time_name(pprof->profile)));
    put_mapping(pprof);
    if (describe_profile(pprof->profile, add_comment, pprof) != HOG_OK)
        pprof->top.failed = true;
}

static void put_strings(struct pprof *pprof)
{
    for (uint32_t i = 0; goes_on(pprof) && i < pprof->strings.count; i++) {
        proto_put_bytes(&pprof->top, PROFILE_STRING_TABLE, pprof->strings.list[i],
                        strlen(pprof->strings.list[i]));
        hand_on(pprof, PIECE);
    }
}

enum hog_status pprof_write(const struct hog_profile *profile, const struct hog_write_options *options,
                            struct out *out)
{
    HOG_CLEANUP(pprof_deinit) struct pprof pprof = {.profile = profile};
    enum hog_status status = hog_labels_init(&pprof.labels, profile);

    (void)options;
    hog_arena_init(&pprof.comments, SIZE_MAX);
    if (status == HOG_OK)
        status = frames_init(&pprof.frames, profile);
    if (status == HOG_OK)
        status = gzip_init(&pprof.gzip, out);
    if (status != HOG_OK)
        return status;
    put_head(&pprof);
    put_samples(&pprof);
    put_locations(&pprof);
    put_functions(&pprof);
    put_strings(&pprof);
    hand_on(&pprof, 0);
    if (pprof.top.failed || pprof.inner.failed || pprof.inmost.failed || pprof.strings.failed)
        return HOG_NO_MEMORY;
    return gzip_finish(&pprof.gzip);
}

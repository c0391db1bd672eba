/*
 * Recorded images (images/NAME/core.zst, made by record_image) as tests use
 * them: opened, dumped through any memory that a test puts in between, and
 * what came of it.
 *
 *     recorded_open ─▶ process ─▶ [fault, overlay, …] ─▶ page cache ─▶ locate ─▶ decode ─▶ text and JSON
 *                                                                  recorded_locate  recorded_decode
 */
#ifndef HOG_TESTS_RECORDED_H
#define HOG_TESTS_RECORDED_H

#include "base/text.h"
#include "decode/decode.h"
#include "value/render.h"

enum recorded_files {
    RECORDED_WITH_FILES, /* like any core: pages that it lacks come from the mapped files, if they are here */
    RECORDED_WITHOUT_FILES /* as on a machine that has none of them */
};

struct recorded_image {
    struct hog_process process;
    char path[64]; /* of the unpacked core, valid while the image is open */
    int file;
};

/* On failure image->process.error has the words. Must be closed either way. */
enum hog_status recorded_open(struct recorded_image *image, const char *path,
                              enum recorded_files files) HOG_CHECKED;
void recorded_close(struct recorded_image *image);

/* Compresses a core in place. */
enum hog_status recorded_pack(const char *path, struct hog_error *error) HOG_CHECKED;

/* What py-dump comes to. */
struct recorded_outcome {
    enum hog_status status;
    struct hog_error error; /* status is not HOG_OK */
    bool complete;
    struct hog_text json; /* schema hognose.dump/1 */
    struct hog_text text;
    struct hog_text why; /* schema hognose.why/1; of recorded_decode and recorded_dump */
};

/*
 * `memory` is best a page cache over image->process.memory; nothing is cached
 * here. location->error has the words; it must be deinit'ed either way.
 */
enum hog_status recorded_locate(const struct hog_process *process, struct hog_memory *memory,
                                struct hog_location *ret_location) HOG_CHECKED;
/* Decodes and renders. `ret_outcome` must be deinit'ed. */
void recorded_decode(const struct hog_process *process, const struct hog_location *location,
                     struct hog_memory *memory, struct recorded_outcome *ret_outcome);
/* Text and JSON of a snapshot, as py-dump has them. `ret_outcome` must be deinit'ed. */
void recorded_render(const struct hog_process *process, const struct hog_snapshot *snapshot,
                     struct recorded_outcome *ret_outcome);
/*
 * What the users of core/value/ make of a snapshot that was decoded from `memory`: adds the variables of all
 * frames to it and appends its exceptions as py-exc has them. False when that came to an end before its time.
 */
bool recorded_values(const struct hog_process *process, const struct hog_location *location,
                     struct hog_memory *memory, struct hog_snapshot *snapshot,
                     const struct hog_value_limits *limits, struct hog_text *ret_exceptions);
/* Finds and decodes. */
void recorded_dump(const struct hog_process *process, struct hog_memory *memory,
                   struct recorded_outcome *ret_outcome);
void recorded_outcome_deinit(struct recorded_outcome *outcome);

/* The part of the JSON that the debuggee's memory decides: interpreters and threads. "" when there is none.
 */
const char *recorded_threads(const struct recorded_outcome *outcome);

#endif

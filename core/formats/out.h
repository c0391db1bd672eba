/*
 * What the writers write to: a buffer in front of a sink. The first failure is
 * kept, all after it does nothing, and the caller looks once, at the end; long
 * loops ask with out_goes_on whether there is a point in going on.
 */
#ifndef HOG_FORMATS_OUT_H
#define HOG_FORMATS_OUT_H

#include "formats/write.h"

enum { OUT_BUFFER = 64 * 1024 };

struct out {
    const struct hog_sink *sink;
    struct hog_watch *watch; /* ends the writing: HOG_INTERRUPTED. May be NULL */
    enum hog_status status;  /* HOG_OK so far */
    size_t used;
    char buffer[OUT_BUFFER];
};

void out_init(struct out *out, const struct hog_sink *sink, struct hog_watch *watch);
/* What is left goes to the sink. */
enum hog_status out_finish(struct out *out) HOG_CHECKED;
/* A writer's own failure. */
void out_fail(struct out *out, enum hog_status status);

static inline bool out_goes_on(const struct out *out)
{
    return out->status == HOG_OK;
}

void out_bytes(struct out *out, const void *bytes, size_t length);
void out_puts(struct out *out, const char *text);
void out_char(struct out *out, char byte);
void out_printf(struct out *out, const char *format, ...) HOG_PRINTF(2, 3);
void out_u64(struct out *out, uint64_t number);
void out_i64(struct out *out, int64_t number);
/* The shortest decimal that reads back as the same number; "null" for what is none. */
void out_double(struct out *out, double number);
/* A number that was calculated, without the noise of its last bits: 0.07, not 0.070000000000000007. */
void out_rounded(struct out *out, double number);
/* Text of an element or an attribute in double quotes; control characters as Python's repr shows them. */
void out_xml(struct out *out, const char *text);

#endif

/* A value that was asked for, and the variables of one frame. Schemas hognose.value/1 and hognose.locals/1. */
#ifndef HOG_SHOW_VALUE_H
#define HOG_SHOW_VALUE_H

#include "show/report.h"

enum { MOST_ATTRIBUTES = 1000 };

struct printed_value {
    const char *expression;
    size_t number; /* $N; 0: it has none */
    const char *type;
    uint64_t address; /* 0: it is no object by itself */
    struct hog_text repr;
    bool is_repr, cut, damaged;
    bool has_length; /* of a container */
    uint64_t length;
    struct hog_locals attributes;
};

void printed_value_deinit(struct printed_value *value);
void render_value_text(const struct printed_value *value, const struct theme *theme, struct hog_text *text);
void render_value_json(const struct report *report, const struct printed_value *value, struct hog_text *text);

/* `globals` may be NULL. */
void render_locals_text(const struct hog_frame *frame, size_t index, const struct hog_locals *globals,
                        const struct theme *theme, struct hog_text *text);
void render_locals_json(const struct report *report, const struct hog_frame *frame,
                        const struct hog_locals *globals, struct hog_text *text);

#endif

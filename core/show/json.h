/*
 * JSON values from what a snapshot holds, and a document that is written
 * member by member. jansson makes and escapes every value; only the brackets
 * around the streamed lists are ours.
 *
 * Pure ASCII is written (\u escapes), so that no debugger's character set can
 * spoil it. A failed allocation marks the output's text as failed.
 */
#ifndef HOG_SHOW_JSON_H
#define HOG_SHOW_JSON_H

#include "show/report.h"

#include <jansson.h>

/* Values; NULL when memory is exhausted. */
json_t *json_words(const char *text);   /* NULL: null. Bytes that are no UTF-8 become \xNN in the text */
json_t *json_address(uint64_t address); /* "0x7f…"; 0: null */
json_t *json_known(int64_t number);     /* 0 and below: null */
json_t *json_answer(enum hog_answer answer);

/* Takes `value`, also on failure. An object with a member missing is never written: the text is marked
 * failed. */
void json_set(struct hog_text *text, json_t *object, const char *key, json_t *value);
/* Appends the value on one line, and drops it. */
void json_put(struct hog_text *text, json_t *value);
/* `{` or `,` and the key on a line of its own, then the value: members of the outermost object. */
void json_member(struct hog_text *text, const char *key, json_t *value);
void json_member_key(struct hog_text *text, const char *key);
void json_strings(struct hog_text *text, const char *key, const char *const *strings, size_t count);

/* Where a frame of Python is: {"name": …, "line": …; json_add_span: "end_line": …, "column": …, "end_column": … */
json_t *json_frame(struct hog_text *text, const struct hog_frame *frame);
void json_add_span(struct hog_text *text, json_t *object, const struct hog_frame *frame);
/* {"version": …, "implementation": … */
json_t *json_python(struct hog_text *text, const struct hog_snapshot *snapshot);
/* {"schema": …, "tool": …, "debugger": …, "target": … */
void json_head(struct hog_text *text, const char *schema, const struct report *report);

#endif

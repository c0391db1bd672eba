/*
 * JSON as it is written: nothing is held, commas come by themselves. A library
 * (jansson reads our files) would build a tree of a few million numbers first.
 *
 *     json_out_open(json, '{'); json_out_key(json, "line"); json_out_i64(json, 12);
 *     json_out_close(json, '}');
 */
#ifndef HOG_FORMATS_JSON_OUT_H
#define HOG_FORMATS_JSON_OUT_H

#include "formats/out.h"

struct json_out {
    struct out *out;
    bool needs_comma;
    bool in_html; /* no "<", so that no "</script" can end the text */
};

void json_out_open(struct json_out *json, char bracket);
void json_out_close(struct json_out *json, char bracket);
void json_out_key(struct json_out *json, const char *key);
void json_out_text(struct json_out *json, const char *text); /* NULL: null */
void json_out_u64(struct json_out *json, uint64_t number);
void json_out_i64(struct json_out *json, int64_t number);
void json_out_double(struct json_out *json, double number);
void json_out_rounded(struct json_out *json, double number);
void json_out_bool(struct json_out *json, bool yes);
void json_out_null(struct json_out *json);

/* Key and value in one. */
void json_out_put_text(struct json_out *json, const char *key, const char *text);
void json_out_put_u64(struct json_out *json, const char *key, uint64_t number);
void json_out_put_i64(struct json_out *json, const char *key, int64_t number);
void json_out_put_double(struct json_out *json, const char *key, double number);
void json_out_put_rounded(struct json_out *json, const char *key, double number);
void json_out_put_bool(struct json_out *json, const char *key, bool yes);

#endif

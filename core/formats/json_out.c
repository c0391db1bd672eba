/* The streaming JSON writer of json_out.h. Texts are valid UTF-8 already (profile.h). */
#include "formats/json_out.h"

static void json_out_comma(struct json_out *json)
{
    if (json->needs_comma)
        out_char(json->out, ',');
    json->needs_comma = true;
}

void json_out_open(struct json_out *json, char bracket)
{
    json_out_comma(json);
    out_char(json->out, bracket);
    json->needs_comma = false;
}

void json_out_close(struct json_out *json, char bracket)
{
    out_char(json->out, bracket);
    json->needs_comma = true;
}

static bool must_escape(const struct json_out *json, unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f ||
           (json->in_html && (byte == '<' || byte == '>' || byte == '&'));
}

static void json_out_escape(struct json_out *json, unsigned char byte)
{
    switch (byte) {
    case '"':
        out_puts(json->out, "\\\"");
        break;
    case '\\':
        out_puts(json->out, "\\\\");
        break;
    case '\n':
        out_puts(json->out, "\\n");
        break;
    case '\t':
        out_puts(json->out, "\\t");
        break;
    default:
        out_printf(json->out, "\\u%04x", byte);
    }
}

static void json_out_quote(struct json_out *json, const char *text)
{
    const char *run = text;
    const char *at = text;

    out_char(json->out, '"');
    for (; *at; at++) {
        if (!must_escape(json, (unsigned char)*at))
            continue;
        out_bytes(json->out, run, (size_t)(at - run));
        json_out_escape(json, (unsigned char)*at);
        run = at + 1;
    }
    out_bytes(json->out, run, (size_t)(at - run));
    out_char(json->out, '"');
}

void json_out_key(struct json_out *json, const char *key)
{
    json_out_comma(json);
    json_out_quote(json, key);
    out_char(json->out, ':');
    json->needs_comma = false;
}

void json_out_null(struct json_out *json)
{
    json_out_comma(json);
    out_puts(json->out, "null");
}

void json_out_text(struct json_out *json, const char *text)
{
    if (!text) {
        json_out_null(json);
        return;
    }
    json_out_comma(json);
    json_out_quote(json, text);
}

void json_out_u64(struct json_out *json, uint64_t number)
{
    json_out_comma(json);
    out_u64(json->out, number);
}

void json_out_i64(struct json_out *json, int64_t number)
{
    json_out_comma(json);
    out_i64(json->out, number);
}

void json_out_double(struct json_out *json, double number)
{
    json_out_comma(json);
    out_double(json->out, number);
}

void json_out_rounded(struct json_out *json, double number)
{
    json_out_comma(json);
    out_rounded(json->out, number);
}

void json_out_bool(struct json_out *json, bool yes)
{
    json_out_comma(json);
    out_puts(json->out, yes ? "true" : "false");
}

void json_out_put_text(struct json_out *json, const char *key, const char *text)
{
    json_out_key(json, key);
    json_out_text(json, text);
}

void json_out_put_u64(struct json_out *json, const char *key, uint64_t number)
{
    json_out_key(json, key);
    json_out_u64(json, number);
}

void json_out_put_i64(struct json_out *json, const char *key, int64_t number)
{
    json_out_key(json, key);
    json_out_i64(json, number);
}

void json_out_put_double(struct json_out *json, const char *key, double number)
{
    json_out_key(json, key);
    json_out_double(json, number);
}

void json_out_put_rounded(struct json_out *json, const char *key, double number)
{
    json_out_key(json, key);
    json_out_rounded(json, number);
}

void json_out_put_bool(struct json_out *json, const char *key, bool yes)
{
    json_out_key(json, key);
    json_out_bool(json, yes);
}

/* Values, and members of a document; see json.h. */
#include "show/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* 15 digits: as many as a double holds whatever the number, so that 1.4 is not 1.3999999999999999. */
enum { JSON_LINE = JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15) };

/* Whatever jansson refuses (bad bytes, overlong forms, surrogates) becomes \xNN. */
static json_t *escaped_words(const char *text)
{
    const char *end = text ? text + strlen(text) : NULL;
    struct hog_text escaped = {0};
    json_t *value = NULL;

    while (text < end) {
        uint32_t point;
        size_t length = hog_utf8_character(text, (size_t)(end - text), &point);

        if (length)
            hog_text_append(&escaped, text, length);
        else
            hog_text_printf(&escaped, "\\x%02x", (unsigned char)*text);
        text += length ? length : 1;
    }
    if (!escaped.failed)
        value = json_string(escaped.bytes ? escaped.bytes : "");
    hog_text_deinit(&escaped);
    return value;
}

json_t *json_words(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();

    return value ? value : escaped_words(text);
}

json_t *json_address(uint64_t address)
{
    return address ? json_sprintf(HOG_ADDRESS, address) : json_null();
}

json_t *json_known(int64_t number)
{
    return number > 0 ? json_integer(number) : json_null();
}

json_t *json_answer(enum hog_answer answer)
{
    return answer == HOG_YES ? json_true() : answer == HOG_NO ? json_false() : json_null();
}

void json_set(struct hog_text *text, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(object, key, value) != 0)
        text->failed = true;
}

static int append(const char *bytes, size_t length, void *context)
{
    struct hog_text *text = context;

    hog_text_append(text, bytes, length);
    return text->failed ? -1 : 0;
}

void json_put(struct hog_text *text, json_t *value)
{
    if (!value || json_dump_callback(value, append, text, JSON_LINE) != 0)
        text->failed = true;
    json_decref(value);
}

void json_member_key(struct hog_text *text, const char *key)
{
    hog_text_printf(text, ",\n \"%s\": ", key);
}

void json_member(struct hog_text *text, const char *key, json_t *value)
{
    json_member_key(text, key);
    json_put(text, value);
}

void json_strings(struct hog_text *text, const char *key, const char *const *strings, size_t count)
{
    json_member_key(text, key);
    hog_text_puts(text, "[");
    for (size_t i = 0; i < count; i++) {
        hog_text_puts(text, i ? ",\n  " : "\n  ");
        json_put(text, json_words(strings[i]));
    }
    hog_text_puts(text, "]");
}

static json_t *name_and_version(struct hog_text *text, const char *name, const char *version)
{
    json_t *object = json_object();

    json_set(text, object, "name", json_words(name));
    json_set(text, object, "version", json_words(version));
    return object;
}

static const char *text_or_null(const char *text)
{
    return text && *text ? text : NULL;
}

static json_t *signal_or_null(struct hog_text *text, const struct hog_signal *signal)
{
    json_t *object = signal ? json_object() : json_null();
    bool sent = signal && signal->origin == HOG_SIGNAL_OF_PROCESS;
    char name[HOG_SIGNAL_NAME];

    if (!signal)
        return object;
    json_set(text, object, "number", json_integer(signal->number));
    json_set(text, object, "name", json_words(hog_signal_name(signal->number, name)));
    json_set(text, object, "os_thread_id", json_known(signal->lwp));
    json_set(text, object, "code", signal->has_code ? json_integer(signal->code) : json_null());
    json_set(text, object, "code_name", json_words(hog_signal_code_name(signal)));
    json_set(text, object, "address",
             signal->has_address ? json_sprintf(HOG_ADDRESS, signal->address) : json_null());
    json_set(text, object, "sender_pid", sent ? json_known(signal->sender) : json_null());
    json_set(text, object, "sender_uid", sent ? json_integer(signal->sender_uid) : json_null());
    return object;
}

void json_head(struct hog_text *text, const char *schema, const struct report *report)
{
    json_t *target = json_object();

    json_set(text, target, "kind", json_words(report->target_kind));
    json_set(text, target, "host", json_words(text_or_null(report->machine)));
    json_set(text, target, "pid", json_known(report->pid));
    json_set(text, target, "rank", report->rank >= 0 ? json_integer(report->rank) : json_null());
    json_set(text, target, "stopped",
             report->target_kind && strcmp(report->target_kind, "core") == 0 ? json_null()
                                                                             : json_boolean(!report->runs));
    json_set(text, target, "held_seconds",
             report->held_seconds > 0 ? json_real((double)(int64_t)(report->held_seconds * 1e6) / 1e6)
                                      : json_null());
    json_set(text, target, "executable", json_words(text_or_null(report->executable)));
    json_set(text, target, "command_line", json_words(text_or_null(report->command_line)));
    json_set(text, target, "signal", signal_or_null(text, report->signal));
    hog_text_puts(text, "{\"schema\": ");
    json_put(text, json_words(schema));
    json_member(text, "tool", name_and_version(text, "hognose", report->tool_version));
    json_member(text, "debugger", name_and_version(text, report->debugger_name, report->debugger_version));
    json_member(text, "target", target);
}

json_t *json_frame(struct hog_text *text, const struct hog_frame *frame)
{
    static const struct hog_code nothing = {0};
    const struct hog_code *code = frame->code ? frame->code : &nothing;
    json_t *object = json_object();

    json_set(text, object, "name", json_words(code->name));
    json_set(text, object, "qualname", json_words(code->qualname));
    json_set(text, object, "filename", json_words(code->filename));
    json_set(text, object, "short_filename", json_words(code->short_filename));
    json_set(text, object, "module", json_words(frame->module));
    json_set(text, object, "line", json_known(frame->line));
    return object;
}

void json_add_span(struct hog_text *text, json_t *object, const struct hog_frame *frame)
{
    json_set(text, object, "end_line", json_known(frame->end_line));
    json_set(text, object, "column", json_known(frame->column));
    json_set(text, object, "end_column", json_known(frame->end_column));
}

json_t *json_python(struct hog_text *text, const struct hog_snapshot *snapshot)
{
    json_t *object = json_object();

    json_set(text, object, "version", json_words(snapshot->version_text));
    json_set(text, object, "implementation", json_words("cpython"));
    json_set(text, object, "free_threaded", json_boolean(snapshot->build.free_threaded));
    json_set(text, object, "debug_build", json_boolean(snapshot->build.debug));
    json_set(text, object, "located_by", json_words(snapshot->located_by));
    return object;
}

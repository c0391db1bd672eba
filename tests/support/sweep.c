/* The sweep of sweep.h. A run that hangs is ended by an alarm, which says what was wrong in it. */
#define _GNU_SOURCE
#include "support/sweep.h"
#include "base/cleanup.h"

#include <assert.h>
#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { CACHE_BYTES = 16 << 20, PATIENCE_SECONDS = 60, RENDER_EVERY = 8 };

/* For the alarm, which can only look at what is static. */
static struct {
    const char *image, *what;
    uint64_t number;
} now;

static void require(bool holds, const char *problem)
{
    if (holds)
        return;
    /* Also from the handler below. Not safe there by the letter; but the run is lost, and these words tell
     * which. NOLINTNEXTLINE(bugprone-signal-handler) */
    fprintf(stderr, "%s: %s %#llx: %s\n", now.image, now.what, (unsigned long long)now.number, problem);
    abort();
}

static void too_long(int signal_number)
{
    require(signal_number == 0, "the run does not end");
}

/*
 * Two snapshots.
 */

static bool same_text(const char *one, const char *other)
{
    return one == other || (one && other && strcmp(one, other) == 0);
}

/* What is not known is no lie. */
static bool same_answer(enum hog_answer one, enum hog_answer sound)
{
    return one == sound || one == HOG_UNKNOWN;
}

static bool same_code(const struct hog_code *one, const struct hog_code *other)
{
    return one->address == other->address && same_text(one->name, other->name) &&
           same_text(one->qualname, other->qualname) && same_text(one->filename, other->filename) &&
           same_text(one->short_filename, other->short_filename);
}

static bool same_frame(const struct hog_frame *one, const struct hog_frame *other)
{
    return same_code(one->code, other->code) && same_text(one->module, other->module) &&
           one->line == other->line && one->end_line == other->end_line && one->column == other->column &&
           one->end_column == other->end_column && one->flags == other->flags;
}

static const char *or_none(const char *text)
{
    return text ? text : "none";
}

static const char *frame_difference(const struct hog_thread *one, const struct hog_thread *other)
{
    static char words[400];

    for (size_t i = 0; i < one->frame_count && i < other->frame_count; i++) {
        const struct hog_frame *a = &one->frames[i], *b = &other->frames[i];

        if (same_frame(a, b))
            continue;
        snprintf(words, sizeof words,
                 "frame %zu is %s, %s (%s, %s) line %d column %d, not %s, %s (%s, %s) line %d column %d", i,
                 a->code->name, or_none(a->code->qualname), or_none(a->module), or_none(a->code->filename),
                 a->line, a->column, b->code->name, or_none(b->code->qualname), or_none(b->module),
                 or_none(b->code->filename), b->line, b->column);
        return words;
    }
    return one->frame_count == other->frame_count ? NULL : "another number of frames";
}

static const char *thread_difference(const struct hog_thread *one, const struct hog_thread *other)
{
    static char words[256];

    if (one->thread_id != other->thread_id)
        return "another thread_id";
    if (one->os_thread_id != other->os_thread_id)
        return "another LWP";
    if (one->interpreter != other->interpreter)
        return "another interpreter";
    if (!same_text(one->name, other->name)) {
        snprintf(words, sizeof words, "thread name: %s, not %s", or_none(one->name), or_none(other->name));
        return words;
    }
    if (one->state != other->state || one->active != other->active)
        return "another state";
    if (!same_answer(one->owns_gil, other->owns_gil))
        return "another answer to: does it own the GIL?";
    return frame_difference(one, other);
}

static bool same_interpreter(const struct hog_interpreter *one, const struct hog_interpreter *sound)
{
    return one->id == sound->id && same_answer(one->gc_collecting, sound->gc_collecting) &&
           (!one->gil_holder_known || (one->gil_holder == sound->gil_holder && sound->gil_holder_known &&
                                       one->has_own_gil == sound->has_own_gil));
}

/* "3.11", where the patch level could not be found, is no lie about 3.11.7. */
static bool same_version(const char *one, const char *sound)
{
    size_t length = one ? strlen(one) : 0;

    return same_text(one, sound) ||
           (length && sound && strncmp(one, sound, length) == 0 && sound[length] == '.');
}

/* NULL when there is none. */
static const char *difference(const struct hog_snapshot *one, const struct hog_snapshot *other)
{
    if (one->thread_count != other->thread_count)
        return "another number of threads";
    if (one->interpreter_count != other->interpreter_count)
        return "another number of interpreters";
    if (!same_version(one->version_text, other->version_text))
        return "another version";
    for (size_t i = 0; i < one->interpreter_count; i++)
        if (!same_interpreter(&one->interpreters[i], &other->interpreters[i]))
            return "an interpreter differs";
    for (size_t i = 0; i < one->thread_count; i++) {
        const char *words = thread_difference(&one->threads[i], &other->threads[i]);

        if (words)
            return words;
    }
    return NULL;
}

/*
 * Runs.
 */

/* Of an image that has them: the variables of its frames as well. */
static void add_values(const struct sweep *sweep, const struct hog_location *location,
                       struct hog_snapshot *snapshot)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text exceptions = {0};

    if (strstr(sweep->name, "-values"))
        recorded_values(&sweep->image.process, location, sweep->fault, snapshot, &hog_value_limits_brief,
                        &exceptions);
}

static void check_rendering(const struct sweep *sweep, const struct hog_snapshot *snapshot)
{
    HOG_CLEANUP(recorded_outcome_deinit) struct recorded_outcome outcome;
    json_error_t error;
    json_t *json, *text;

    recorded_render(&sweep->image.process, snapshot, &outcome);
    require(!outcome.json.failed && !outcome.text.failed, "it could not be rendered");
    json = json_loadb(outcome.json.bytes, outcome.json.length, 0, &error);
    require(json != NULL, "what was rendered is no JSON");
    require(json_is_boolean(json_object_get(json, "complete")),
            "the JSON does not say whether it is complete");
    json_decref(json);
    text = json_stringn(outcome.text.bytes, outcome.text.length); /* refuses what is no UTF-8 */
    require(text != NULL, "the text is no UTF-8");
    json_decref(text);
}

static enum sweep_verdict judge(struct sweep *sweep, const struct hog_snapshot *snapshot)
{
    const char *words = difference(snapshot, sweep->sound);

    if (!words)
        return SWEEP_SAME;
    if (!snapshot->complete || snapshot->warning_count > sweep->sound->warning_count)
        return SWEEP_MARKED;
    sweep->silent_in_structure =
        strncmp(words, "frame ", strlen("frame ")) != 0 && !strstr(words, "thread name");
    if (!sweep->first_silent[0])
        snprintf(sweep->first_silent, sizeof sweep->first_silent, "%s %#llx: %s", now.what,
                 (unsigned long long)now.number, words);
    return SWEEP_SILENT;
}

static enum sweep_verdict decode_and_judge(struct sweep *sweep, const struct hog_location *location)
{
    const struct hog_decode_options options = {0};
    struct hog_snapshot *snapshot = NULL;
    struct hog_error error = {0};
    enum sweep_verdict verdict;

    if (hog_decode_snapshot(&sweep->image.process, location, sweep->fault, &options, &snapshot, &error) !=
        HOG_OK) {
        require(error.message[0], "an error without words");
        return SWEEP_REFUSED;
    }
    verdict = judge(sweep, snapshot);
    if ((sweep->runs[SWEEP_MARKED] + sweep->runs[SWEEP_SILENT]) % RENDER_EVERY == 0 &&
        verdict != SWEEP_SAME) {
        add_values(sweep, location, snapshot);
        check_rendering(sweep, snapshot);
    }
    hog_snapshot_destroy(snapshot);
    return verdict;
}

enum sweep_verdict sweep_run(struct sweep *sweep, bool with_search, const char *what, uint64_t number)
{
    struct hog_location location;
    enum sweep_verdict verdict = SWEEP_REFUSED;

    now.image = sweep->name;
    now.what = what;
    now.number = number;
    alarm(PATIENCE_SECONDS);
    hog_memory_cache_forget(sweep->cache);
    if (!with_search) {
        verdict = decode_and_judge(sweep, &sweep->location);
    } else {
        if (recorded_locate(&sweep->image.process, sweep->fault, &location) == HOG_OK)
            verdict = decode_and_judge(sweep, &location);
        else
            require(location.error.message[0], "an error without words");
        hog_location_deinit(&location);
    }
    alarm(0);
    sweep->runs[verdict]++;
    return verdict;
}

uint64_t sweep_stride(uint64_t cases, uint64_t runs)
{
    const char *wish = getenv("HOGNOSE_SWEEP");

#if defined(__SANITIZE_ADDRESS__)
    runs = runs / 3 + 1; /* slower by so much and more */
#endif
    if (wish && strcmp(wish, "full") == 0)
        return 1;
    return cases > runs ? (cases + runs - 1) / runs | 1 : 1;
}

/*
 * Images.
 */

static void decode_sound(struct sweep *sweep)
{
    const struct hog_decode_options options = {0};
    struct hog_error error = {0};

    fault_memory_arm(sweep->fault, FAULT_NONE, 0);
    require(recorded_locate(&sweep->image.process, sweep->fault, &sweep->location) == HOG_OK,
            sweep->location.error.message);
    sweep->locate_reads = fault_memory_count(sweep->fault);
    fault_memory_arm(sweep->fault, FAULT_NONE, 0);
    require(hog_decode_snapshot(&sweep->image.process, &sweep->location, sweep->fault, &options,
                                &sweep->sound, &error) == HOG_OK,
            error.message);
    sweep->decode_reads = fault_memory_count(sweep->fault);
    require(sweep->sound->complete, "the sound image is not complete");
}

static void visit_image(const char *name, void (*visit)(struct sweep *sweep, void *context), void *context)
{
    struct sweep sweep = {.name = name};
    char path[512];

    now.image = name;
    now.what = "sound image";
    now.number = 0;
    snprintf(path, sizeof path, "images/%s/core.zst", name);
    require(recorded_open(&sweep.image, path, RECORDED_WITHOUT_FILES) == HOG_OK,
            sweep.image.process.error.message);
    sweep.spoilt = spoilt_memory_create(sweep.image.process.memory);
    sweep.cache = hog_memory_cached(sweep.spoilt, CACHE_BYTES);
    assert(sweep.cache);
    sweep.fault = fault_memory_create(sweep.cache);
    assert(sweep.fault);
    decode_sound(&sweep);
    visit(&sweep, context);
    hog_snapshot_destroy(sweep.sound);
    hog_location_deinit(&sweep.location);
    hog_memory_destroy(sweep.fault);
    hog_memory_destroy(sweep.cache);
    hog_memory_destroy(sweep.spoilt);
    recorded_close(&sweep.image);
}

static int is_image(const struct dirent *entry)
{
    char path[512];

    snprintf(path, sizeof path, "images/%.255s/core.zst", entry->d_name);
    return access(path, R_OK) == 0;
}

void sweep_each_image(void (*visit)(struct sweep *sweep, void *context), void *context)
{
    struct dirent **names = NULL;
    int count = scandir("images", &names, is_image, alphasort);

    signal(SIGALRM, too_long);
    assert(count > 0);
    for (int i = 0; i < count; i++) {
        visit_image(names[i]->d_name, visit, context);
        free(names[i]);
    }
    free(names);
}

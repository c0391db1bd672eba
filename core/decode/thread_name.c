/*
 * threading._active: {ident: Thread}, where Thread._name is the name. A thread that is not there has its Thread in its
 * outermost frame, _bootstrap(self).
 *
 * The module's globals are found through a frame that runs in it (every
 * thread that threading started has one at its bottom), else in sys.modules.
 *
 * Source: Lib/threading.py, 3.6 - 3.15.
 */
#include "decode/thread_name.h"

#include "decode/attribute.h"
#include "decode/code.h"
#include "decode/dict.h"
#include "decode/integer.h"
#include "decode/module_name.h"
#include "decode/object.h"
#include "decode/unicode.h"

#include <string.h>

/* The globals of a frame of this interpreter that runs in threading.py; 0 when there is none. */
static uint64_t globals_from_frames(struct decoder *decoder, int64_t interpreter)
{
    for (size_t i = 0; i < decoder->raw_thread_count; i++) {
        const struct raw_thread *thread = decoder->raw_threads + i;
        uint64_t globals;
        const char *name;

        if (thread->decoded.interpreter != interpreter || !thread->frame_count)
            continue;
        globals = decoder->raw_frames[thread->first_frame + thread->frame_count - 1].globals;
        name = module_name_of_globals(decoder, globals);
        if (name && strcmp(name, "threading") == 0)
            return globals;
    }
    return 0;
}

static enum hog_status globals_from_modules(struct decoder *decoder, uint64_t interpreter,
                                            uint64_t *ret_globals)
{
    uint64_t modules, module;
    enum hog_status status = field_u64(decoder, interpreter, HOG_F_interp_modules, &modules);

    if (status == HOG_OK && !modules) /* it begins, or ends */
        return HOG_NOT_FOUND;
    if (status == HOG_OK)
        status = dict_find(decoder, modules, "threading", &module);
    return status != HOG_OK ? status : field_u64(decoder, module, HOG_F_module_md_dict, ret_globals);
}

/* Has it a thread of this number? */
static bool set_name(struct decoder *decoder, const struct hog_interpreter *interpreter, uint64_t ident,
                     const char *name)
{
    bool found = false;

    for (size_t i = 0; i < decoder->raw_thread_count; i++) {
        struct hog_thread *thread = &decoder->raw_threads[i].decoded;

        if (thread->interpreter == interpreter->id && thread->thread_id == ident) {
            thread->name = name;
            found = true;
        }
    }
    return found;
}

void thread_name_miss_main(struct decoder *decoder, uint64_t ident)
{
    decoder_warn(decoder,
                 "the main thread (" HOG_ADDRESS ") is not in the thread list of interpreter 0: "
                 "older threads may be missing",
                 ident);
}

/*
 * Of a name that no state has. 3.6 has no other record of its main thread than this: when that is missing, the list of
 * states has ended before it came to the first of all.
 */
static void expect_main_thread(struct decoder *decoder, const struct hog_interpreter *interpreter,
                               uint64_t ident, const char *name)
{
    bool has_all_states = decoder->snapshot != NULL; /* and not those alone that a sampler asks for */

    if (has_all_states && interpreter->id == 0 &&
        !hog_layout_has(decoder->layout, HOG_F_runtime_main_thread) && strcmp(name, "MainThread") == 0 &&
        hog_thread_find(&decoder->finder, ident, 0))
        thread_name_miss_main(decoder, ident);
}

/* Of a Thread. */
static enum hog_status read_name(struct decoder *decoder, uint64_t thread, const char **ret_name)
{
    uint64_t object;
    enum hog_status status = attribute_find_or_slot(decoder, thread, "_name", &object);

    return status == HOG_OK ? unicode_text(decoder, object, ret_name) : status;
}

static void name_from_entry(struct decoder *decoder, const struct hog_interpreter *interpreter,
                            const struct dict_entry *entry)
{
    uint64_t ident;
    const char *name;
    enum hog_status status = integer_u64(decoder, entry->key, &ident);

    if (status == HOG_OK)
        status = read_name(decoder, entry->value, &name);
    if (status == HOG_OK && set_name(decoder, interpreter, ident, name))
        return;
    if (status == HOG_OK)
        expect_main_thread(decoder, interpreter, ident, name);
    else if (status != HOG_NOT_FOUND) /* a subclass that does not call Thread.__init__ has no name */
        decoder_warn(decoder, "the name of the thread object at " HOG_ADDRESS " could not be read (%s)",
                     entry->value, hog_status_name(status));
}

static bool runs_function(struct decoder *decoder, const struct raw_frame *frame, const char *function)
{
    const char *module = module_name_of_globals(decoder, frame->globals);
    struct code_entry *entry;

    return module && !strcmp(module, "threading") && code_at(decoder, frame->code, &entry) == HOG_OK &&
           !strcmp(code_of(entry)->name, function);
}

/* The Thread that a thread runs: `self` of _bootstrap(), where it is in its run(). 0: it is not. */
static uint64_t thread_that_runs(struct decoder *decoder, const struct raw_thread *thread)
{
    bool objects = decoder->layout->traits.frame_chain == HOG_FRAMES_OBJECTS;
    const struct raw_frame *outermost;
    uint64_t self;

    if (thread->frame_count < 3)
        return 0;
    outermost = decoder->raw_frames + thread->first_frame + thread->frame_count - 1;
    if (!runs_function(decoder, outermost, "_bootstrap") ||
        !runs_function(decoder, outermost - 1, "_bootstrap_inner") ||
        !runs_function(decoder, outermost - 2, "run") ||
        field_u64(decoder, outermost->address, objects ? HOG_F_frame_f_localsplus : HOG_F_iframe_localsplus,
                  &self))
        return 0;
    return object_of_stack_ref(decoder, self);
}

/* A thread is in `_active` for as long as it is in its run(); gevent's patched module has greenlets there. */
static void name_the_others(struct decoder *decoder, const struct hog_interpreter *interpreter)
{
    for (size_t i = 0; i < decoder->raw_thread_count; i++) {
        struct raw_thread *thread = decoder->raw_threads + i;
        uint64_t object;

        if (thread->decoded.interpreter != interpreter->id || !thread->decoded.thread_id ||
            thread->decoded.name)
            continue;
        object = thread_that_runs(decoder, thread);
        if (object && read_name(decoder, object, &thread->decoded.name) != HOG_OK)
            decoder_warn(
                decoder,
                "threading._active of interpreter %ld lacks a thread that is in its run(): its name is "
                "the OS's",
                (long)interpreter->id);
    }
}

/* The main thread where `_active` does not have it by its number: gevent's patched one has greenlets for keys. */
static void name_main_thread(struct decoder *decoder, const struct hog_interpreter *interpreter,
                             uint64_t globals)
{
    uint64_t runtime = decoder->location->python.runtime;
    uint64_t fault = decoder->memory->fault;
    uint64_t ident = 0, main_thread;
    const char *name;

    if (interpreter->id == 0 && runtime && field_u64(decoder, runtime, HOG_F_runtime_main_thread, &ident))
        decoder->memory->fault = fault; /* a core need not have it */
    if (!ident)
        return;
    for (size_t i = 0; i < decoder->raw_thread_count; i++) {
        const struct hog_thread *thread = &decoder->raw_threads[i].decoded;

        if (thread->interpreter == 0 && thread->thread_id == ident && thread->name)
            return;
    }
    if (dict_find(decoder, globals, "_main_thread", &main_thread) == HOG_OK &&
        read_name(decoder, main_thread, &name) == HOG_OK)
        set_name(decoder, interpreter, ident, name);
    else if (dict_has(decoder, globals, "_after_fork")) /* what comes behind it in the file is there */
        decoder_warn(decoder, "threading has no name for the main thread: its name is the OS's");
}

void thread_name_all(struct decoder *decoder, const struct hog_interpreter *interpreter)
{
    uint64_t globals = globals_from_frames(decoder, interpreter->id);
    struct dict_walk walk;
    struct dict_entry entry;
    enum hog_status status = HOG_OK;
    uint64_t active;

    if (!globals)
        status = globals_from_modules(decoder, interpreter->address, &globals);
    if (status == HOG_OK)
        status = dict_find(decoder, globals, "_active", &active);
    /* threading was never imported, or is just being: the threads have no names but the OS's */
    if (status == HOG_NOT_FOUND && !(globals && dict_has(decoder, globals, "_limbo")))
        return;
    if (status == HOG_OK)
        status = dict_walk_start(decoder, active, &walk);
    while (status == HOG_OK && dict_walk_next(decoder, &walk, &entry))
        name_from_entry(decoder, interpreter, &entry);
    if (status == HOG_OK)
        name_main_thread(decoder, interpreter, globals);
    if (status == HOG_OK)
        name_the_others(decoder, interpreter);
    if (status != HOG_OK || dict_walk_check(decoder, active, &walk) != HOG_OK)
        decoder_warn(decoder,
                     "threading._active of interpreter %ld could not be read: thread names are the OS's",
                     (long)interpreter->id);
}

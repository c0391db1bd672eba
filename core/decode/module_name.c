/* Module names: `__name__` is nearly always the first key of a module's dict, so a lookup is a handful of
 * reads. */
#include "decode/module_name.h"

#include "decode/dict.h"
#include "decode/object.h"
#include "decode/unicode.h"

#include <uthash.h>

enum { PREFETCH_BATCH = 256, DICT_HEAD = 64, KEYS_HEAD = 64 };

struct globals_entry {
    uint64_t address;
    const char *name;
    UT_hash_handle hh;
};

/* Code that is run with globals of its own need not have one, nor need it be a str. */
static const char *read_name(struct decoder *decoder, uint64_t globals)
{
    uint64_t object = 0;
    const char *name;
    enum hog_status status = dict_find(decoder, globals, "__name__", &object);

    if (status == HOG_OK)
        status = unicode_text(decoder, object, &name);
    if (status == HOG_OK)
        return name;
    /* types.ModuleType.__init__() sets both (Objects/moduleobject.c, 3.6 - 3.15). */
    if (status == HOG_NOT_FOUND && dict_has(decoder, globals, "__spec__"))
        decoder_warn(decoder, "the globals at " HOG_ADDRESS " are of a module, but have no __name__",
                     globals);
    if (status != HOG_NOT_FOUND &&
        (!object || !unicode_is_sound(decoder, object) || object_is(decoder, object, TYPE_UNICODE)))
        decoder_warn(decoder,
                     "the name of the module with the globals at " HOG_ADDRESS " could not be read (%s)",
                     globals, hog_status_name(status));
    return NULL;
}

const char *module_name_of_globals(struct decoder *decoder, uint64_t globals)
{
    struct globals_entry *entry;

    if (!globals)
        return NULL;
    HASH_FIND(hh, decoder->globals, &globals, sizeof globals, entry);
    if (entry)
        return entry->name;
    entry = hog_arena_alloc(decoder->arena, sizeof *entry);
    if (!entry)
        return NULL;
    entry->address = globals;
    entry->name = read_name(decoder, globals);
    HASH_ADD(hh, decoder->globals, address, sizeof entry->address, entry);
    return entry->name;
}

/* Distinct neighbours only: equal globals follow each other in most stacks. */
static size_t collect_globals(const struct decoder *decoder, struct hog_span *spans)
{
    size_t count = 0;

    for (size_t i = 0; i < decoder->raw_frame_count && count < PREFETCH_BATCH; i++) {
        uint64_t globals = decoder->raw_frames[i].globals;

        if (globals && (!count || spans[count - 1].address != globals))
            spans[count++] = (struct hog_span){.address = globals, .length = DICT_HEAD};
    }
    return count;
}

void module_name_prefetch(struct decoder *decoder)
{
    struct hog_span dicts[PREFETCH_BATCH] = {0}, keys[PREFETCH_BATCH] = {0};
    size_t count = collect_globals(decoder, dicts);
    uint64_t fault = decoder->memory->fault;
    size_t found = 0;

    hog_memory_prefetch(decoder->memory, dicts, count);
    for (size_t i = 0; i < count; i++) {
        if (field_u64(decoder, dicts[i].address, HOG_F_dict_ma_keys, &keys[found].address) == HOG_OK)
            keys[found++].length = KEYS_HEAD;
    }
    hog_memory_prefetch(decoder->memory, keys, found);
    decoder->memory->fault = fault; /* who needs what was not to be had will say so */
}

void module_name_release(struct decoder *decoder)
{
    HASH_CLEAR(hh, decoder->globals);
}

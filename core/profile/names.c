/* Interning for builders; see names.h. */
#include "profile/names.h"
#include "base/cleanup.h"
#include "base/grow.h"
#include "base/utf8.h"

#include <string.h>

void names_init(struct names *names, size_t memory_limit)
{
    *names = (struct names){0};
    hog_arena_init(&names->arena, memory_limit);
}

void names_deinit(struct names *names)
{
    hash_index_deinit(&names->text_index);
    hash_index_deinit(&names->function_index);
    free(names->texts);
    free(names->functions);
    hog_arena_deinit(&names->arena);
}

size_t names_memory(const struct names *names)
{
    return names->arena.used + names->text_capacity * sizeof *names->texts +
           names->function_capacity * sizeof *names->functions +
           (names->text_index.capacity + names->function_index.capacity) * sizeof(struct hash_slot);
}

static enum hog_status names_add_text(struct names *names, uint32_t hash, const char *text, size_t length,
                                      const char **ret_text)
{
    const char *copy;

    if (!HOG_GROW(names->texts, names->text_capacity, names->text_count + 1))
        return HOG_NO_MEMORY;
    copy = hog_arena_copy_text(&names->arena, text, length);
    if (!copy)
        return HOG_LIMIT;
    if (!hash_index_add(&names->text_index, hash, names->text_count))
        return HOG_NO_MEMORY;
    names->texts[names->text_count++] = copy;
    *ret_text = copy;
    return HOG_OK;
}

static enum hog_status names_clean_text(struct names *names, const char *text, size_t length,
                                        const char **ret_text)
{
    uint32_t hash = hash_bytes(text, length);
    size_t at = hash_index_start(&names->text_index, hash);
    uint32_t id;

    while ((id = hash_index_next(&names->text_index, hash, &at)) != HASH_INDEX_NONE) {
        if (strcmp(names->texts[id], text) == 0) {
            *ret_text = names->texts[id];
            return HOG_OK;
        }
    }
    return names_add_text(names, hash, text, length, ret_text);
}

enum hog_status names_text(struct names *names, const char *text, const char **ret_text)
{
    size_t length = text ? strlen(text) : 0;
    HOG_CLEANUP(hog_text_deinit) struct hog_text clean = {0};

    if (!text) {
        *ret_text = NULL;
        return HOG_OK;
    }
    if (hog_utf8_is_clean(text, length))
        return names_clean_text(names, text, length, ret_text);
    hog_text_append_clean(&clean, text, length);
    if (clean.failed)
        return HOG_NO_MEMORY;
    return names_clean_text(names, clean.bytes, clean.length, ret_text);
}

static uint32_t function_hash(const struct hog_function *function)
{
    uint64_t hash = hash_word(0, (uintptr_t)function->name);

    hash = hash_word(hash, (uintptr_t)function->qualname);
    hash = hash_word(hash, (uintptr_t)function->filename);
    hash = hash_word(hash, (uint32_t)function->first_line);
    return hash_fold(hash);
}

static bool function_is(const struct hog_function *a, const struct hog_function *b)
{
    return a->name == b->name && a->qualname == b->qualname && a->filename == b->filename &&
           a->first_line == b->first_line && a->is_native == b->is_native &&
           a->is_synthetic == b->is_synthetic;
}

static enum hog_status names_own(struct names *names, const struct hog_function *theirs,
                                 struct hog_function *ret_ours)
{
    enum hog_status status;

    *ret_ours = *theirs;
    status = names_text(names, theirs->name ? theirs->name : "?", &ret_ours->name);
    if (status == HOG_OK)
        status = names_text(names, theirs->qualname, &ret_ours->qualname);
    if (status == HOG_OK)
        status = names_text(names, theirs->filename, &ret_ours->filename);
    if (status == HOG_OK)
        status = names_text(names, theirs->module, &ret_ours->module);
    return status;
}

enum hog_status names_function(struct names *names, const struct hog_function *function,
                               uint32_t *ret_function)
{
    struct hog_function own;
    enum hog_status status = names_own(names, function, &own);
    uint32_t hash, id;
    size_t at;

    if (status != HOG_OK)
        return status;
    hash = function_hash(&own);
    at = hash_index_start(&names->function_index, hash);
    while ((id = hash_index_next(&names->function_index, hash, &at)) != HASH_INDEX_NONE) {
        if (function_is(&names->functions[id], &own)) {
            if (!names->functions[id].module)
                names->functions[id].module = own.module;
            *ret_function = id;
            return HOG_OK;
        }
    }
    if (!HOG_GROW(names->functions, names->function_capacity, names->function_count + 1) ||
        !hash_index_add(&names->function_index, hash, names->function_count))
        return HOG_NO_MEMORY;
    names->functions[names->function_count] = own;
    *ret_function = names->function_count++;
    return HOG_OK;
}

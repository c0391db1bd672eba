/*
 * Texts and functions, each once. A profile of a million samples names a few
 * thousand functions in a few hundred files; as equal texts are one pointer,
 * functions compare by pointers.
 */
#ifndef HOG_PROFILE_NAMES_H
#define HOG_PROFILE_NAMES_H

#include "profile/hash_index.h"
#include "profile/profile.h"

struct names {
    struct hog_arena arena; /* holds the texts */
    const char **texts;
    struct hog_function *functions;
    struct hash_index text_index;
    struct hash_index function_index;
    uint32_t text_count, text_capacity;
    uint32_t function_count, function_capacity;
};

void names_init(struct names *names, size_t memory_limit);
void names_deinit(struct names *names);
size_t names_memory(const struct names *names);

/* The one copy of a text, made clean (utf8.h). NULL stays NULL. */
enum hog_status names_text(struct names *names, const char *text, const char **ret_text) HOG_CHECKED;
/* Two are one when all but the module agree; the first module that is known stays. */
enum hog_status names_function(struct names *names, const struct hog_function *function,
                               uint32_t *ret_function) HOG_CHECKED;

#endif

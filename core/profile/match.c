/*
 * Matching functions of two profiles; see match.h. Rounds, each for what the
 * one before left over:
 *
 *     file, first line, name, qualname    the very same
 *     file, first line, name              cProfile's files know no qualname
 *     file, qualname                      the code above it was edited; from here
 *     file, name                          on only where it names one on each side
 *     file's last part, qualname          deployed to another folder, or run by
 *     file's last part, name              another Python
 */
#include "profile/match.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "profile/hash_index.h"

#include <string.h>

struct round {
    bool by_line;
    bool by_name;
    bool by_qualname;
    bool any_folder;
    bool only_if_one;
};

static const struct round rounds[] = {
    {.by_line = true, .by_name = true, .by_qualname = true},
    {.by_line = true, .by_name = true},
    {.by_qualname = true, .only_if_one = true},
    {.by_name = true, .only_if_one = true},
    {.any_folder = true, .by_qualname = true, .only_if_one = true},
    {.any_folder = true, .by_name = true, .only_if_one = true},
};

struct side {
    const struct hog_profile *profile;
    struct hash_index index; /* what is left over */
    bool *matched;
};

static void side_deinit(struct side *side)
{
    hash_index_deinit(&side->index);
    free(side->matched);
}

static const char *text_of(const char *text)
{
    return text ? text : "";
}

static const char *qualname_of(const struct hog_function *function)
{
    return function->qualname ? function->qualname : function->name;
}

static uint32_t text_hash(const char *text)
{
    return hash_bytes(text, strlen(text));
}

static const char *round_file(const struct round *round, const struct hog_function *function)
{
    const char *file = text_of(function->filename);

    return round->any_folder ? hog_path_last(file) : file;
}

static uint32_t round_hash(const struct round *round, const struct hog_function *function)
{
    uint64_t hash = hash_word(3, text_hash(round_file(round, function)));

    if (round->by_line)
        hash = hash_word(hash, (uint32_t)function->first_line);
    if (round->by_name)
        hash = hash_word(hash, text_hash(function->name));
    if (round->by_qualname)
        hash = hash_word(hash, text_hash(qualname_of(function)));
    return hash_fold(hash);
}

static bool round_equal(const struct round *round, const struct hog_function *a, const struct hog_function *b)
{
    return strcmp(round_file(round, a), round_file(round, b)) == 0 &&
           (!round->by_line || a->first_line == b->first_line) &&
           (!round->by_name || strcmp(a->name, b->name) == 0) &&
           (!round->by_qualname || strcmp(qualname_of(a), qualname_of(b)) == 0);
}

static bool side_index(struct side *side, const struct round *round)
{
    hash_index_deinit(&side->index);
    for (uint32_t i = 0; i < side->profile->function_count; i++)
        if (hog_watch_due(side->profile->watch, i) ||
            (!side->matched[i] &&
             !hash_index_add(&side->index, round_hash(round, &side->profile->functions[i]), i)))
            return false;
    return true;
}

/* The first on this side that is left over and equal; `ret_count` how many there are (two is enough to know).
 */
static uint32_t side_find(const struct side *side, const struct round *round,
                          const struct hog_function *function, unsigned *ret_count)
{
    uint32_t hash = round_hash(round, function);
    size_t at = hash_index_start(&side->index, hash);
    uint32_t found = HOG_NO_FUNCTION;
    uint32_t id;

    *ret_count = 0;
    while (*ret_count < 2 && (id = hash_index_next(&side->index, hash, &at)) != HASH_INDEX_NONE) {
        if (side->matched[id] || !round_equal(round, &side->profile->functions[id], function))
            continue;
        if (found == HOG_NO_FUNCTION)
            found = id;
        ++*ret_count;
    }
    return found;
}

static bool match_round(struct side *before, struct side *after, const struct round *round,
                        uint32_t *ret_partner)
{
    if (!side_index(before, round) || !side_index(after, round))
        return false;
    for (uint32_t i = 0; i < before->profile->function_count; i++) {
        const struct hog_function *function = &before->profile->functions[i];
        unsigned here = 1, there;
        uint32_t partner;

        if (hog_watch_due(before->profile->watch, i))
            return false;
        if (before->matched[i])
            continue;
        partner = side_find(after, round, function, &there);
        if (round->only_if_one)
            (void)side_find(before, round, function, &here);
        if (partner == HOG_NO_FUNCTION || (round->only_if_one && (here > 1 || there > 1)))
            continue;
        before->matched[i] = after->matched[partner] = true;
        ret_partner[i] = partner;
    }
    return true;
}

static bool was_ended(const struct hog_profile *profile)
{
    return profile->watch && profile->watch->seen;
}

enum hog_status match_functions(const struct hog_profile *before, const struct hog_profile *after,
                                uint32_t *ret_partner)
{
    HOG_CLEANUP(side_deinit) struct side old = {.profile = before};
    HOG_CLEANUP(side_deinit) struct side new = {.profile = after};

    old.matched = calloc(before->function_count + (size_t)1, sizeof *old.matched);
    new.matched = calloc(after->function_count + (size_t)1, sizeof *new.matched);
    if (!old.matched || !new.matched)
        return HOG_NO_MEMORY;
    memset(ret_partner, 0xff, before->function_count * sizeof *ret_partner);
    for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++)
        if (!match_round(&old, &new, &rounds[i], ret_partner))
            return was_ended(before) || was_ended(after) ? HOG_INTERRUPTED : HOG_NO_MEMORY;
    return HOG_OK;
}

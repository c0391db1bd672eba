/* Collecting frames; see frames.h. */
#include "formats/frames.h"
#include "base/grow.h"
#include "profile/hash_index.h"

static bool frames_find(struct frames *frames, struct hash_index *index, struct frame frame,
                        uint32_t *ret_number)
{
    uint32_t hash = hash_fold(hash_word(hash_word(4, frame.function), (uint32_t)frame.line));
    size_t at = hash_index_start(index, hash);

    while ((*ret_number = hash_index_next(index, hash, &at)) != HASH_INDEX_NONE)
        if (frames->list[*ret_number].function == frame.function &&
            frames->list[*ret_number].line == frame.line)
            return true;
    if (!HOG_GROW(frames->list, frames->capacity, frames->count + 1) ||
        !hash_index_add(index, hash, frames->count))
        return false;
    *ret_number = frames->count++;
    frames->list[*ret_number] = frame;
    return true;
}

enum hog_status frames_init(struct frames *frames, const struct hog_profile *profile)
{
    HOG_CLEANUP(hash_index_deinit) struct hash_index index = {0};

    *frames = (struct frames){0};
    frames->of_node = malloc((profile->node_count + 1) * sizeof *frames->of_node);
    for (uint32_t i = 0; frames->of_node && i < profile->node_count; i++) {
        struct frame frame = {profile->nodes[i].function, profile->nodes[i].line};

        bool found =
            !hog_watch_due(profile->watch, i) && frames_find(frames, &index, frame, &frames->of_node[i]);

        if (!found) {
            frames_deinit(frames);
            return HOG_NO_MEMORY; /* or the watch, as hog_write_profile tells */
        }
    }
    return frames->of_node ? HOG_OK : HOG_NO_MEMORY;
}

void frames_deinit(struct frames *frames)
{
    free(frames->list);
    free(frames->of_node);
    *frames = (struct frames){0};
}

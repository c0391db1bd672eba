/* The frame that is selected in each thread, for as long as it is there; see at.h. */
#include "command/at.h"

#include <stdlib.h>

/* Is it still where it was? C frames may have come between. */
static bool find_place(const struct place *place, const struct hog_thread *thread, size_t *ret_index)
{
    size_t python = 0;

    for (size_t i = 0; i < thread->frame_count; i++) {
        const struct hog_frame *frame = &thread->frames[i];

        if (frame->flags & HOG_FRAME_NATIVE || python++ < place->index)
            continue;
        *ret_index = i;
        return frame->frame == place->frame && frame->code->address == place->code;
    }
    return false;
}

size_t place_of(const struct hog_session *session, int64_t pid, const struct hog_thread *thread)
{
    size_t index = 0;

    for (size_t i = 0; i < session->place_count; i++)
        if (session->places[i].pid == pid && session->places[i].thread == thread->tstate &&
            find_place(&session->places[i], thread, &index))
            return index;
    for (index = 0; index < thread->frame_count; index++)
        if (!(thread->frames[index].flags & HOG_FRAME_NATIVE))
            return index;
    return 0;
}

/* The oldest makes room where there are too many. */
struct place *place_for(struct hog_session *session, int64_t pid, uint64_t thread)
{
    for (size_t i = 0; i < session->place_count; i++)
        if (session->places[i].pid == pid && session->places[i].thread == thread)
            return &session->places[i];
    if (!session->places)
        session->places = calloc(MOST_PLACES, sizeof *session->places);
    if (!session->places)
        return NULL;
    if (session->place_count < MOST_PLACES)
        return &session->places[session->place_count++];
    return &session->places[thread / 64 % MOST_PLACES];
}

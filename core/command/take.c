/* Snapshots of targets that stand still, and of those that do not; see take.h. */
#include "command/take.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "command/take_judge.h"
#include "decode/decode.h"

#include <string.h>

/*
 * In the first round who is held stands for the time of a copy, in the others until it is decoded. One may have stopped
 * between two instructions that belong together: a moment later what is incomplete is whole, or it never is.
 */
enum { TAKE_ROUNDS = 6, SHORT_ROUNDS = 1, WHOLE_ROUNDS = 4, MEETINGS = 2 };

/* What is asked of the target, and what it gave. */
struct taking {
    struct hog_session *session;
    struct target *target;
    bool with_waits;
    struct taken *taken;
};

void taken_deinit(struct taken *taken)
{
    hog_waits_destroy(taken->waits);
    hog_snapshot_destroy(taken->snapshot);
    *taken = (struct taken){0};
}

static enum hog_status decode(const struct taking *taking)
{
    struct target *target = taking->target;
    const struct hog_decode_options options = {
        .interrupted = target_interrupted, .context = target, .max_frames = target->max_frames};
    const struct hog_wait_options waits = {.interrupted = target_interrupted, .context = target};
    enum hog_status status = hog_decode_snapshot(&target->process, &target->location, target->cache, &options,
                                                 &taking->taken->snapshot, &taking->session->error);

    if (status == HOG_OK && taking->with_waits)
        status = hog_waits_read(&target->process, &target->location, target->cache, taking->taken->snapshot,
                                &waits, &taking->taken->waits, &taking->session->error);
    return status;
}

/* False: some of them would not stand still. */
static bool hold(struct target *target, const struct hog_movers *movers)
{
    return target->host->hold(target->host->self, movers->lwps, movers->count) == movers->count;
}

static void let_go(struct target *target, double since)
{
    target->host->release(target->host->self);
    target->held_seconds += hog_clock_monotonic() - since;
}

/*
 * One decoding of a copy, which is all that was read before, read again in one go while `held` stand still. HOG_NOT_FOUND:
 * it is not of one moment, because other threads ran or pages were missing, or it is not whole; `ran` are then those that
 * ran since.
 */
static enum hog_status decode_copy(const struct taking *taking, const struct hog_movers *held, int round,
                                   struct hog_movers *ran)
{
    struct target *target = taking->target;
    bool until_decoded = round >= SHORT_ROUNDS;
    double since = hog_clock_monotonic();
    bool good = hold(target, held);
    enum hog_status status = HOG_OK;
    uint64_t reads;

    hog_process_look_again(&target->process, held);
    hog_memory_cache_refresh(target->cache);
    reads = target->cache->stats.reads;
    taken_deinit(taking->taken);
    if (until_decoded)
        status = decode(taking);
    let_go(target, since);
    hog_movers_deinit(ran);
    if (!hog_movers_find(&target->process, ran))
        return hog_fail(&taking->session->error, HOG_NO_MEMORY, "not enough memory");
    if (!until_decoded) {
        status = decode(taking);
        good = good && target->cache->stats.reads == reads;
    }
    if (status != HOG_OK)
        return status;
    if (good && !take_is_mixed(&target->process, taking->taken->snapshot, ran, held) &&
        (taking->taken->snapshot->complete || round >= WHOLE_ROUNDS))
        return HOG_OK;
    return hog_movers_add(ran, held) ? HOG_NOT_FOUND
                                     : hog_fail(&taking->session->error, HOG_NO_MEMORY, "not enough memory");
}

/* Every thread is held while it is decoded. */
static enum hog_status decode_held(const struct taking *taking)
{
    struct target *target = taking->target;
    HOG_FREE int64_t *lwps = calloc(target->process.thread_count + 1, sizeof *lwps);
    struct hog_movers all = {.lwps = lwps, .count = target->process.thread_count};
    double since = hog_clock_monotonic();
    enum hog_status status;

    if (!lwps)
        return hog_fail(&taking->session->error, HOG_NO_MEMORY, "not enough memory");
    for (size_t i = 0; i < all.count; i++)
        lwps[i] = target->process.threads[i].lwp;
    if (!hold(target, &all))
        target->warning = "not every thread could be brought to a standstill, so stacks may be mixed";
    hog_process_look_again(&target->process, &all);
    hog_memory_cache_forget(target->cache);
    status = decode(taking);
    let_go(target, since);
    target->stopped = TARGET_STOPPED_ALL;
    return status;
}

/* Where all threads run at once, each decoding meets pages of its own: a copy should have those of several. */
static enum hog_status meet_pages(const struct taking *taking)
{
    enum hog_status status = HOG_OK;

    for (int i = 0; i < MEETINGS && status == HOG_OK; i++) {
        hog_memory_cache_refresh(taking->target->cache);
        taken_deinit(taking->taken);
        status = decode(taking);
    }
    return status;
}

static enum hog_status decode_movers(const struct taking *taking, struct hog_movers *ran)
{
    enum hog_status status = take_gils_are_held(taking->taken->snapshot) ? HOG_OK : meet_pages(taking);

    if (status != HOG_OK)
        return status;
    status = HOG_NOT_FOUND;
    taking->target->stopped = TARGET_STOPPED_SOME;
    for (int round = 0; round < TAKE_ROUNDS && status == HOG_NOT_FOUND; round++) {
        HOG_CLEANUP(hog_movers_deinit) struct hog_movers held = {0};

        if (!take_choose_held(taking->taken->snapshot, ran, &held))
            return hog_fail(&taking->session->error, HOG_NO_MEMORY, "not enough memory");
        hog_process_look_again(&taking->target->process, ran);
        status = decode_copy(taking, &held, round, ran);
    }
    if (status != HOG_NOT_FOUND)
        return status;
    taken_deinit(taking->taken);
    return decode_held(taking);
}

enum hog_status take_snapshot(struct hog_session *session, struct target *target, bool stop_all,
                              bool with_waits, struct taken *ret_taken)
{
    HOG_CLEANUP(hog_movers_deinit) struct hog_movers ran = {0};
    const struct hog_movers nobody = {0};
    const struct taking taking = {
        .session = session, .target = target, .with_waits = with_waits, .taken = ret_taken};
    bool can_hold = target->process.runs && target->host->hold && target->host->release;
    enum hog_status status;

    *ret_taken = (struct taken){0};
    if (stop_all && can_hold)
        return decode_held(&taking);
    status = decode(&taking);
    if (status != HOG_OK || !target->process.runs)
        return status;
    if (!hog_movers_find(&target->process, &ran))
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    if (!ran.count || !take_is_mixed(&target->process, ret_taken->snapshot, &ran, &nobody))
        return HOG_OK;
    if (!can_hold) {
        target->warning = "some threads ran while they were read, so their stacks may be mixed";
        return HOG_OK;
    }
    return decode_movers(&taking, &ran);
}

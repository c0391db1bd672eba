/* Snapshots of targets that stand still, and of those that do not; see take.h. */
#include "command/take.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "decode/decode.h"
#include "memory/stillness.h"

#include <string.h>

/* A program that does new things all the time is held for the whole of the last one. */
enum { TAKE_ROUNDS = 6 };

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

/* Those that moved are held, and all that was read is read again in one go. */
static bool copy_held(struct target *target, const struct hog_movers *movers)
{
    double since = hog_clock_monotonic();
    bool held = hold(target, movers);

    hog_process_look_again(&target->process, movers);
    hog_memory_cache_refresh(target->cache);
    let_go(target, since);
    return held;
}

static bool ran_beside(const struct hog_movers *now, const struct hog_movers *held)
{
    for (size_t i = 0; i < now->count; i++)
        if (!hog_movers_contain(held, now->lwps[i]))
            return true;
    return false;
}

/*
 * One decoding of a copy. HOG_NOT_FOUND: it is not of one moment, because other threads ran or new pages were
 * needed; `movers` are then the threads to hold in the next round.
 */
static enum hog_status decode_copy(const struct taking *taking, struct hog_movers *movers)
{
    HOG_CLEANUP(hog_movers_deinit) struct hog_movers now = {0};
    struct target *target = taking->target;
    bool held = copy_held(target, movers);
    uint64_t reads = target->cache->stats.reads;
    enum hog_status status;

    if (!hog_movers_find(&target->process, &now))
        return hog_fail(&taking->session->error, HOG_NO_MEMORY, "not enough memory");
    status = decode(taking);
    if (status != HOG_OK)
        return status;
    if (held && !ran_beside(&now, movers) && target->cache->stats.reads == reads)
        return HOG_OK;
    taken_deinit(taking->taken);
    if (ran_beside(&now, movers)) {
        struct hog_movers before = *movers;

        *movers = now;
        now = before;
    }
    return HOG_NOT_FOUND;
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

static enum hog_status decode_movers(const struct taking *taking, struct hog_movers *movers)
{
    enum hog_status status = HOG_NOT_FOUND;

    taking->target->stopped = TARGET_STOPPED_SOME;
    for (int round = 0; round < TAKE_ROUNDS && status == HOG_NOT_FOUND; round++)
        status = decode_copy(taking, movers);
    if (status == HOG_NOT_FOUND)
        status = decode_held(taking);
    return status;
}

enum hog_status take_snapshot(struct hog_session *session, struct target *target, bool stop_all,
                              bool with_waits, struct taken *ret_taken)
{
    HOG_CLEANUP(hog_movers_deinit) struct hog_movers movers = {0};
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
    if (!hog_movers_find(&target->process, &movers))
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    if (!movers.count)
        return HOG_OK;
    if (!can_hold) {
        target->warning = "some threads ran while they were read, so their stacks may be mixed";
        return HOG_OK;
    }
    taken_deinit(ret_taken);
    return decode_movers(&taking, &movers);
}

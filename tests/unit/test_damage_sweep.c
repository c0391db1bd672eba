/*
 * Every recorded image, damaged at random: what a dump says then is true, or is marked.
 *
 *     page     a whole page that decoding looks at is zeros
 *     bytes    up to 64 bytes somewhere in such a page are noise
 *     word     a word that decoding looks at is 0, another one of those words, or has one bit flipped
 *
 * Each run searches for the interpreter, too. A silent run is one whose threads, frames or names are others than those
 * of the sound image, without a word. In structure (threads, ids, states, numbers of frames) there may be none; in names
 * as many as letters were hit, or numbers of lines that may as well be: fewer than one run in forty.
 *
 * HOGNOSE_DAMAGE_RUNS says how many runs each kind has over all images, HOGNOSE_DAMAGE_SEED where the random numbers
 * begin; scripts/damage sets both, and prints what was silent.
 */

#include "support/asked_memory.h"
#include "support/sweep.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    WORD = 8,
    PAGE = 4096,
    NOISE = 64,
    IMAGES_ABOUT = 58,
    DEFAULT_RUNS = 600,
    ENDS_OF_STACK = 8,
    SILENT_OF = 40
};
enum kind { KIND_PAGE, KIND_BYTES, KIND_WORD, KINDS };

static const char *const kind_names[KINDS] = {"page of zeros at", "noise at", "word at"};

struct damage {
    uint64_t random;
    unsigned runs_of_an_image;
    unsigned runs[KINDS][SWEEP_VERDICTS];
    unsigned silent_in_structure[KINDS];
    bool verbose;
};

static uint64_t number_of_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* xorshift64*: the same sequence for the same seed. */
static uint64_t dice(struct damage *damage)
{
    damage->random ^= damage->random >> 12;
    damage->random ^= damage->random << 25;
    damage->random ^= damage->random >> 27;
    return damage->random * UINT64_C(0x2545f4914f6cdd1d);
}

struct asked {
    const struct asked_stretch *stretches;
    size_t count;
};

static uint64_t some_word(struct damage *damage, const struct asked *asked)
{
    const struct asked_stretch *stretch = &asked->stretches[dice(damage) % asked->count];
    uint64_t words = (stretch->end - stretch->start) / WORD + 1;

    return stretch->start / WORD * WORD + dice(damage) % words * WORD;
}

static uint64_t other_value(struct damage *damage, const struct asked *asked, uint64_t sound)
{
    switch (dice(damage) % 3) {
    case 0:
        return 0;
    case 1:
        return some_word(damage, asked);
    default:
        return sound ^ UINT64_C(1) << dice(damage) % 64;
    }
}

static uint64_t spoil(struct sweep *sweep, struct damage *damage, const struct asked *asked, enum kind kind)
{
    unsigned char bytes[PAGE] = {0};
    uint64_t address = some_word(damage, asked), sound = 0;
    size_t length = PAGE;

    if (kind == KIND_PAGE) {
        address = address / PAGE * PAGE;
    } else if (kind == KIND_BYTES) {
        address += dice(damage) % WORD;
        length = 1 + dice(damage) % NOISE;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)(dice(damage) >> 32);
    } else {
        if (hog_memory_u64(sweep->image.process.memory, address, &sound) != HOG_OK)
            sound = 0;
        spoilt_memory_set_word(sweep->spoilt, address, other_value(damage, asked, sound));
        return address;
    }
    spoilt_memory_set_bytes(sweep->spoilt, address, bytes, length);
    return address;
}

/* In which object that a dump shows a word lies, for --verbose. */
static void print_place(const struct sweep *sweep, uint64_t address)
{
    const struct hog_snapshot *sound = sweep->sound;
    const char *what = "an object";
    uint64_t nearest = 0;

#define CONSIDER(start, words)                                                                               \
    if ((start) <= address && (start) > nearest)                                                             \
    nearest = (start), what = (words)
    for (size_t i = 0; i < sound->interpreter_count; i++)
        CONSIDER(sound->interpreters[i].address, "an interpreter");
    for (size_t i = 0; i < sound->thread_count; i++) {
        CONSIDER(sound->threads[i].tstate, "a thread state");
        for (size_t j = 0; j < sound->threads[i].frame_count; j++) {
            CONSIDER(sound->threads[i].frames[j].frame, "a frame");
            CONSIDER(sound->threads[i].frames[j].code->address, "a code object");
        }
    }
#undef CONSIDER
    print_message("    %#llx bytes after the start of %s\n", (unsigned long long)(address - nearest), what);
}

static void run(struct sweep *sweep, struct damage *damage, const struct asked *asked, enum kind kind)
{
    uint64_t address = spoil(sweep, damage, asked, kind);
    enum sweep_verdict verdict;

    sweep->first_silent[0] = '\0';
    verdict = sweep_run(sweep, true, kind_names[kind], address);
    damage->runs[kind][verdict]++;
    if (verdict != SWEEP_SILENT)
        return;
    damage->silent_in_structure[kind] += sweep->silent_in_structure;
    if (damage->verbose)
        print_message("%s%s: %s\n", sweep->silent_in_structure ? "STRUCTURE " : "names ", sweep->name,
                      sweep->first_silent);
    if (damage->verbose)
        print_place(sweep, address);
}

static void damage_image(struct sweep *sweep, void *context)
{
    struct damage *damage = context;
    struct hog_memory *memory = asked_memory_create(sweep->cache);
    struct recorded_outcome outcome;
    struct asked asked;

    recorded_decode(&sweep->image.process, &sweep->location, memory, &outcome);
    recorded_outcome_deinit(&outcome);
    asked.stretches = asked_memory_stretches(memory, &asked.count);
    for (unsigned i = 0; i < damage->runs_of_an_image; i++)
        for (int kind = 0; kind < KINDS; kind++)
            run(sweep, damage, &asked, (enum kind)kind);
    hog_memory_destroy(memory);
}

static void damage_is_told(void **state)
{
    uint64_t runs = number_of_environment("HOGNOSE_DAMAGE_RUNS", DEFAULT_RUNS);
    struct damage damage = {.random = number_of_environment("HOGNOSE_DAMAGE_SEED", 1) * 2 + 1,
                            .runs_of_an_image = (unsigned)(runs / IMAGES_ABOUT + 1),
                            .verbose = getenv("HOGNOSE_DAMAGE_RUNS") != NULL};
    unsigned structure = 0, silent = 0, all = 0;

    (void)state;
    sweep_each_image(damage_image, &damage);
    for (int kind = 0; kind < KINDS; kind++) {
        const unsigned *counts = damage.runs[kind];

        print_message("%s: %u runs as if nothing were wrong, %u marked, %u refused, %u silent, of them %u in "
                      "structure\n",
                      kind_names[kind], counts[SWEEP_SAME], counts[SWEEP_MARKED], counts[SWEEP_REFUSED],
                      counts[SWEEP_SILENT], damage.silent_in_structure[kind]);
        structure += damage.silent_in_structure[kind];
        silent += counts[SWEEP_SILENT];
        for (int verdict = 0; verdict < SWEEP_VERDICTS; verdict++)
            all += counts[verdict];
    }
    print_message("%u runs, %u silent, %u of them in structure\n", all, silent, structure);
    assert_int_equal(structure, 0);
    assert_true(silent <= all / SILENT_OF + 1);
}

/* One word is 0; counts what is other in structure then, without a word. */
static void end_at(struct sweep *sweep, uint64_t address, const char *what, uint64_t number, unsigned *silent)
{
    sweep->first_silent[0] = '\0';
    spoilt_memory_set_word(sweep->spoilt, address, 0);
    if (sweep_run(sweep, true, what, number) != SWEEP_SILENT || !sweep->silent_in_structure)
        return;
    print_message("%s: %s\n", sweep->name, sweep->first_silent);
    ++*silent;
}

/*
 * The list of thread states of the first interpreter ends after each of them: all others are missing, and it is said. What
 * is missing of another interpreter nothing tells.
 */
static void shorten_lists(struct sweep *sweep, void *context)
{
    const struct hog_layout *layout = &sweep->location.python.layout;
    unsigned *silent = context;

    for (size_t i = 0; i < sweep->sound->thread_count; i++) {
        const struct hog_thread *thread = &sweep->sound->threads[i];

        if (!thread->tstate || thread->interpreter != 0)
            continue;
        end_at(sweep, thread->tstate + layout->offset[HOG_F_tstate_next], "the list ends at the state",
               thread->tstate, silent);
    }
}

/* Every stack ends after each of its frames, of deep ones the innermost and the outermost. */
static void shorten_stacks(struct sweep *sweep, void *context)
{
    const struct hog_layout *layout = &sweep->location.python.layout;
    enum hog_field previous =
        layout->traits.frame_chain == HOG_FRAMES_OBJECTS ? HOG_F_frame_f_back : HOG_F_iframe_previous;

    for (size_t i = 0; i < sweep->sound->thread_count; i++) {
        const struct hog_thread *thread = &sweep->sound->threads[i];

        for (size_t k = 0; k < thread->frame_count; k++) {
            uint64_t frame = thread->frames[k].frame;

            if (frame && (k < ENDS_OF_STACK || k + ENDS_OF_STACK > thread->frame_count))
                end_at(sweep, frame + layout->offset[previous], "the stack ends at the frame", frame,
                       context);
        }
    }
}

static void what_ends_early_is_told(void **state)
{
    unsigned silent = 0;

    (void)state;
    sweep_each_image(shorten_lists, &silent);
    sweep_each_image(shorten_stacks, &silent);
    assert_int_equal(silent, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(damage_is_told),
                                       cmocka_unit_test(what_ends_early_is_told)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Every recorded image, decoded with one word of its memory overwritten.
 *
 *     each word that decoding looks at  ×  0, −1, its own address, a pointer to some other word
 *
 * No crash, no hang, no memory eaten, and text and JSON that are what they
 * should be. A pointer that leads nowhere (−1) must be noticed. Other values
 * may be as good as the right one, for all that a decoder can tell: half a
 * chain is a chain, and a pointer to another code object is one. About so many
 * runs an image as the budget below says; all of them with HOGNOSE_SWEEP=full.
 */

#include "support/asked_memory.h"
#include "support/sweep.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { WORD = 8, RUNS_OF_WORDS = 3000, LARGEST_KILOBYTES = 256 * 1024 };

enum flip { FLIP_ZERO, FLIP_ONES, FLIP_ITSELF, FLIP_ELSEWHERE, FLIPS };

static const char *const flip_names[] = {
    [FLIP_ZERO] = "0 at",
    [FLIP_ONES] = "-1 at",
    [FLIP_ITSELF] = "a pointer to itself at",
    [FLIP_ELSEWHERE] = "a pointer to elsewhere at",
};

struct flips {
    unsigned images;
    unsigned runs[FLIPS][SWEEP_VERDICTS];
    char unnoticed[1024]; /* a pointer to nowhere that was */
};

/* The words that decoding looked at, of one image. */
struct words {
    const struct asked_stretch *stretches;
    size_t count;
    uint64_t total;
    uint64_t random;
};

static uint64_t first_word(const struct asked_stretch *stretch)
{
    return stretch->start / WORD * WORD;
}

static uint64_t words_of(const struct asked_stretch *stretch)
{
    return (stretch->end - first_word(stretch) + WORD - 1) / WORD;
}

static uint64_t word_number(const struct words *words, uint64_t number)
{
    size_t i = 0;

    for (; number >= words_of(&words->stretches[i]); i++)
        number -= words_of(&words->stretches[i]);
    return first_word(&words->stretches[i]) + number * WORD;
}

/* The same sequence in every run of the test. */
static uint64_t random_word(struct words *words)
{
    words->random = words->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return word_number(words, (words->random >> 33) % words->total);
}

static uint64_t foreign_value(enum flip flip, uint64_t address, struct words *words)
{
    switch (flip) {
    case FLIP_ZERO:
        return 0;
    case FLIP_ONES:
        return UINT64_MAX;
    case FLIP_ITSELF:
        return address;
    default:
        return random_word(words);
    }
}

static bool is_pointer(const struct words *words, uint64_t value)
{
    return value % WORD == 0 && asked_stretches_meet(words->stretches, words->count, value, value + WORD);
}

static void flip_word(struct sweep *sweep, struct flips *flips, struct words *words, uint64_t address)
{
    uint64_t sound = 0;

    if (hog_memory_u64(sweep->image.process.memory, address, &sound) != HOG_OK)
        return;
    for (int flip = 0; flip < FLIPS; flip++) {
        uint64_t value = foreign_value((enum flip)flip, address, words);
        enum sweep_verdict verdict;

        spoilt_memory_set_word(sweep->spoilt, address, value);
        sweep->first_silent[0] = '\0';
        verdict = sweep_run(sweep, false, flip_names[flip], address);
        flips->runs[flip][verdict]++;
        if (verdict == SWEEP_SILENT && getenv("HOGNOSE_SWEEP"))
            print_message("%s: %s (it was %#llx%s)\n", sweep->name, sweep->first_silent,
                          (unsigned long long)sound, is_pointer(words, sound) ? ", a pointer" : "");
        if (verdict == SWEEP_SILENT && flip == FLIP_ONES && is_pointer(words, sound) && !flips->unnoticed[0])
            snprintf(flips->unnoticed, sizeof flips->unnoticed, "%s: %s", sweep->name, sweep->first_silent);
    }
}

static void flip_words(struct sweep *sweep, void *context)
{
    struct flips *flips = context;
    struct hog_memory *asked = asked_memory_create(sweep->cache);
    struct words words = {.random = flips->images};
    struct recorded_outcome outcome;
    uint64_t stride;

    recorded_decode(&sweep->image.process, &sweep->location, asked, &outcome);
    recorded_outcome_deinit(&outcome);
    words.stretches = asked_memory_stretches(asked, &words.count);
    for (size_t i = 0; i < words.count; i++)
        words.total += words_of(&words.stretches[i]);
    stride = sweep_stride(words.total, RUNS_OF_WORDS / FLIPS);
    for (uint64_t number = flips->images % stride; number < words.total; number += stride)
        flip_word(sweep, flips, &words, word_number(&words, number));
    hog_memory_destroy(asked);
    flips->images++;
}

static void a_word_is_overwritten(void **state)
{
    struct flips flips = {0};
    struct rusage usage;

    (void)state;
    sweep_each_image(flip_words, &flips);
    for (int flip = 0; flip < FLIPS; flip++)
        print_message("%u images, %s an address: %u runs as if nothing were wrong, %u marked, %u refused, "
                      "%u not noticed\n",
                      flips.images, flip_names[flip], flips.runs[flip][SWEEP_SAME],
                      flips.runs[flip][SWEEP_MARKED], flips.runs[flip][SWEEP_REFUSED],
                      flips.runs[flip][SWEEP_SILENT]);
    if (flips.unnoticed[0])
        fail_msg("a pointer to nowhere was not noticed: %s", flips.unnoticed);
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    print_message("%ld KB at most\n", usage.ru_maxrss);
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(usage.ru_maxrss < LARGEST_KILOBYTES);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_word_is_overwritten)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Fuzzes everything behind the memory source: a recorded image of a real
 * process, a few words of it overwritten as the input says, searched, decoded
 * and rendered. The sweeps (unit/test_flip_sweep.c) overwrite one word each.
 *
 * To search a whole image takes far longer than to decode what was found in
 * it, and to render that a third of the rest: few runs do either.
 *
 *     byte 0: the image, bit 7: search it, bit 6: render it; then per word: u16 which of those looked at, u8 kind, u8 argument
 *     kind: 0 zero, 1 all ones, 2 a pointer to itself, 3 a pointer to another word, 4 a small number,
 *           5 one bit flipped, 6 a little more, 7 what another word holds
 */
#include "support/asked_memory.h"
#include "support/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "pyenv-3.6.15-threads",
    "pyenv-3.7.16-shapes",
    "pyenv-3.10.13-shapes",
    "pyenv-3.11.7-shapes",
    "pyenv-3.12.1-shapes",
    "pyenv-3.13.0-threads",
    "pyenv-3.12.1-subinterpreters",
    "sid-3.14-shapes",
    "sid-3.15-threads",
    "313t-threads",
    "system-waits",
    "sid-3.15-waits",
};

enum {
    NAMES = sizeof names / sizeof *names,
    WORDS_MAX = 64,
    WORD = 8,
    CACHE_BYTES = 16 << 20,
    SEARCH = 0x80,
    RENDER = 0x40
};

/* Opened once, when first asked for. */
struct subject {
    struct recorded_image image;
    struct hog_location location; /* of what is sound */
    uint64_t *words;              /* addresses */
    size_t word_count;
};

struct overwritten {
    struct hog_memory memory;
    struct hog_memory *under;
    struct {
        uint64_t address;
        unsigned char bytes[WORD];
    } words[WORDS_MAX];
    size_t count;
};

static void overwritten_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    const struct overwritten *self = (struct overwritten *)memory;

    hog_memory_read_batch(self->under, spans, count);
    for (size_t i = 0; i < count; i++) {
        for (size_t word = 0; word < self->count; word++) {
            uint64_t offset = self->words[word].address - spans[i].address;

            if (spans[i].got >= WORD && offset <= spans[i].got - WORD)
                memcpy((unsigned char *)spans[i].buffer + offset, self->words[word].bytes, WORD);
        }
    }
}

static void list_words(struct subject *subject, const struct asked_stretch *stretches, size_t count)
{
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += (size_t)(stretches[i].end - stretches[i].start) / WORD + 1;
    subject->words = calloc(total + 1, sizeof *subject->words);
    for (size_t i = 0; subject->words && i < count; i++)
        for (uint64_t at = stretches[i].start / WORD * WORD; at < stretches[i].end; at += WORD)
            subject->words[subject->word_count++] = at;
}

static void open_subject(struct subject *subject, const char *name)
{
    struct recorded_outcome outcome;
    const struct asked_stretch *stretches;
    struct hog_memory *asked;
    char path[512];
    size_t count;

    snprintf(path, sizeof path, "%s/images/%s/core.zst", TESTS_FOLDER, name);
    if (recorded_open(&subject->image, path, RECORDED_WITHOUT_FILES) != HOG_OK) {
        fprintf(stderr, "%s\n", subject->image.process.error.words);
        abort();
    }
    asked = asked_memory_create(subject->image.process.memory);
    if (recorded_locate(&subject->image.process, asked, &subject->location) != HOG_OK)
        abort();
    recorded_decode(&subject->image.process, &subject->location, asked, &outcome);
    recorded_outcome_deinit(&outcome);
    stretches = asked_memory_stretches(asked, &count);
    list_words(subject, stretches, count);
    hog_memory_destroy(asked);
}

static uint64_t foreign_value(const struct subject *subject, uint64_t address, uint8_t kind, uint8_t argument)
{
    struct hog_memory *memory = subject->image.process.memory;
    uint64_t other = subject->words[argument * subject->word_count / 256];
    uint64_t sound = 0, there = 0;

    (void)!hog_memory_u64(memory, address, &sound);
    (void)!hog_memory_u64(memory, other, &there);
    switch (kind % 8) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2:
        return address;
    case 3:
        return other;
    case 4:
        return argument;
    case 5:
        return sound ^ UINT64_C(1) << argument % 64;
    case 6:
        return sound + argument;
    default:
        return there;
    }
}

static void overwrite(struct overwritten *self, const struct subject *subject, const uint8_t *data,
                      size_t size)
{
    for (size_t at = 0; at + 4 <= size && self->count < WORDS_MAX; at += 4) {
        uint64_t value;
        uint16_t number;

        memcpy(&number, data + at, sizeof number);
        self->words[self->count].address = subject->words[number % subject->word_count];
        value = foreign_value(subject, self->words[self->count].address, data[at + 2], data[at + 3]);
        memcpy(self->words[self->count].bytes, &value, WORD);
        self->count++;
    }
}

static void decode(const struct subject *subject, struct hog_memory *memory)
{
    const struct hog_decode_options options = {0};
    struct hog_snapshot *snapshot = NULL;
    struct hog_error error;

    if (hog_decode_snapshot(&subject->image.process, &subject->location, memory, &options, &snapshot,
                            &error) == HOG_OK)
        hog_snapshot_destroy(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hog_memory_ops ops = {.read = overwritten_read};
    static struct subject subjects[NAMES];
    struct subject *subject = &subjects[size ? (data[0] & ~(SEARCH | RENDER)) % NAMES : 0];
    static struct overwritten overwritten = {.memory = {.ops = &ops, .source = "overwritten"}};
    static struct hog_memory *cache;
    struct recorded_outcome outcome = {0};

    if (!subject->words)
        open_subject(subject, names[subject - subjects]);
    if (!cache)
        cache = hog_memory_cached(&overwritten.memory, CACHE_BYTES);
    hog_memory_cache_forget(cache);
    overwritten.under = subject->image.process.memory;
    overwritten.count = 0;
    if (size)
        overwrite(&overwritten, subject, data + 1, size - 1);
    if (size && data[0] & SEARCH)
        recorded_dump(&subject->image.process, cache, &outcome);
    else if (size && data[0] & RENDER)
        recorded_decode(&subject->image.process, &subject->location, cache, &outcome);
    else
        decode(subject, cache);
    recorded_outcome_deinit(&outcome);
    return 0;
}

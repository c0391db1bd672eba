/* A recorded image with words overwritten; see damaged_image.h. */
#include "support/damaged_image.h"
#include "support/asked_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = DAMAGED_WORD, CACHE_BYTES = 16 << 20 };

static void damaged_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    const struct damaged_image *self = (struct damaged_image *)memory;

    hog_memory_read_batch(self->image.process.memory, spans, count);
    for (size_t i = 0; i < count; i++) {
        for (size_t word = 0; word < self->damage_count; word++) {
            uint64_t offset = self->damage[word].address - spans[i].address;

            if (spans[i].got >= WORD && offset <= spans[i].got - WORD)
                memcpy((unsigned char *)spans[i].buffer + offset, self->damage[word].bytes, WORD);
        }
    }
}

static void list_words(struct damaged_image *image, const struct asked_stretch *stretches, size_t count)
{
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += (size_t)(stretches[i].end - stretches[i].start) / WORD + 1;
    image->words = calloc(total + 1, sizeof *image->words);
    for (size_t i = 0; image->words && i < count; i++)
        for (uint64_t at = stretches[i].start / WORD * WORD; at < stretches[i].end; at += WORD)
            image->words[image->word_count++] = at;
}

void damaged_image_open(struct damaged_image *image, const char *path, bool searched,
                        damaged_image_look *look)
{
    static const struct hog_memory_ops ops = {.read = damaged_read};
    const struct asked_stretch *stretches;
    struct hog_memory *asked;
    size_t count;

    *image = (struct damaged_image){.memory = {.ops = &ops, .source = "damaged"}};
    if (recorded_open(&image->image, path, RECORDED_WITHOUT_FILES) != HOG_OK) {
        fprintf(stderr, "%s\n", image->image.process.error.words);
        abort();
    }
    asked = asked_memory_create(image->image.process.memory);
    if (recorded_locate(&image->image.process, searched ? asked : image->image.process.memory,
                        &image->location) != HOG_OK)
        abort();
    look(&image->image.process, &image->location, asked);
    stretches = asked_memory_stretches(asked, &count);
    list_words(image, stretches, count);
    hog_memory_destroy(asked);
    image->cache = hog_memory_cached(&image->memory, CACHE_BYTES);
    if (!image->words || !image->word_count || !image->cache)
        abort();
}

static uint64_t foreign_value(const struct damaged_image *image, uint64_t address, uint8_t kind,
                              uint8_t argument)
{
    struct hog_memory *memory = image->image.process.memory;
    uint64_t other = image->words[argument * image->word_count / 256];
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

struct hog_memory *damaged_image_damage(struct damaged_image *image, const uint8_t *data, size_t size)
{
    hog_memory_cache_forget(image->cache);
    image->damage_count = 0;
    for (size_t at = 0; at + 4 <= size && image->damage_count < DAMAGED_WORDS_MAX; at += 4) {
        uint64_t address, value;
        uint16_t number;

        memcpy(&number, data + at, sizeof number);
        address = image->words[number % image->word_count];
        value = foreign_value(image, address, data[at + 2], data[at + 3]);
        image->damage[image->damage_count].address = address;
        memcpy(image->damage[image->damage_count].bytes, &value, WORD);
        image->damage_count++;
    }
    return image->cache;
}

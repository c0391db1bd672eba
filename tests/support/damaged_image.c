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

    hog_memory_read_batch(self->pages, spans, count);
    for (size_t i = 0; i < count; i++) {
        for (size_t word = 0; word < self->damage_count; word++) {
            uint64_t offset = self->damage[word].address - spans[i].address;

            if (spans[i].got >= WORD && offset <= spans[i].got - WORD)
                memcpy((unsigned char *)spans[i].buffer + offset, self->damage[word].bytes, WORD);
        }
    }
}

static void list_words(struct hog_memory *asked, struct damaged_words *ret_words)
{
    const struct asked_stretch *stretches;
    size_t count, total = 0;

    stretches = asked_memory_stretches(asked, &count);
    for (size_t i = 0; i < count; i++)
        total += (size_t)(stretches[i].end - stretches[i].start) / WORD + 1;
    ret_words->items = calloc(total + 1, sizeof *ret_words->items);
    for (size_t i = 0; ret_words->items && i < count; i++)
        for (uint64_t at = stretches[i].start / WORD * WORD; at < stretches[i].end; at += WORD)
            ret_words->items[ret_words->count++] = at;
    if (!ret_words->count)
        abort();
}

static uint64_t word_at(const struct damaged_image *image, uint64_t base, enum hog_field field)
{
    uint64_t value = 0;

    (void)!hog_memory_u64(image->pages, base + image->location.python.layout.offset[field], &value);
    return value;
}

static void list_threads(struct damaged_image *image)
{
    uint64_t thread = word_at(image, image->location.python.interpreters_head, HOG_F_interp_threads_head);

    for (; thread && image->thread_count < DAMAGED_THREADS_MAX;
         thread = word_at(image, thread, HOG_F_tstate_next))
        image->threads[image->thread_count++] = thread;
}

void damaged_image_open(struct damaged_image *image, const char *path, bool searched,
                        damaged_image_look *look)
{
    static const struct hog_memory_ops ops = {.read = damaged_read};
    struct hog_memory *asked, *sound;

    *image = (struct damaged_image){.memory = {.ops = &ops, .source = "damaged"}, .look = look};
    if (recorded_open(&image->image, path, RECORDED_WITHOUT_FILES) != HOG_OK) {
        fprintf(stderr, "%s\n", image->image.process.error.message);
        abort();
    }
    image->pages = hog_memory_recorded(image->image.process.memory);
    sound = hog_memory_cached(image->pages, CACHE_BYTES);
    if (!sound)
        abort();
    asked = asked_memory_create(sound);
    if (recorded_locate(&image->image.process, searched ? asked : sound, &image->location) != HOG_OK)
        abort();
    look(&image->image.process, &image->location, asked);
    list_words(asked, &image->all);
    hog_memory_destroy(asked);
    hog_memory_destroy(sound);
    list_threads(image);
    image->words = &image->all;
    image->cache = hog_memory_cached(&image->memory, CACHE_BYTES);
    if (!image->cache)
        abort();
}

static void poke(struct damaged_image *image, uint64_t address, uint64_t value)
{
    image->damage[image->damage_count].address = address;
    memcpy(image->damage[image->damage_count++].bytes, &value, WORD);
}

/* Behind all other damage, so that it holds. */
static void leave_chosen(struct damaged_image *image)
{
    const uint32_t *offset = image->location.python.layout.offset;

    if (!image->chosen)
        return;
    poke(image, image->location.python.interpreters_head + offset[HOG_F_interp_threads_head], image->chosen);
    poke(image, image->chosen + offset[HOG_F_tstate_prev], 0);
    poke(image, image->chosen + offset[HOG_F_tstate_next], 0);
}

void damaged_image_choose(struct damaged_image *image, int number)
{
    size_t chosen = number < 0 || !image->thread_count ? 0 : (size_t)number % image->thread_count;
    struct hog_memory *asked;

    image->chosen = number < 0 || image->thread_count < 2 ? 0 : image->threads[chosen];
    image->words = image->chosen ? &image->of_thread[chosen] : &image->all;
    if (image->words->items)
        return;
    image->damage_count = 0;
    leave_chosen(image);
    hog_memory_cache_forget(image->cache);
    asked = asked_memory_create(image->cache);
    image->look(&image->image.process, &image->location, asked);
    list_words(asked, &image->of_thread[chosen]);
    hog_memory_destroy(asked);
}

static uint64_t foreign_value(const struct damaged_image *image, uint64_t address, uint8_t kind,
                              uint8_t argument)
{
    struct hog_memory *memory = image->pages;
    uint64_t other = image->words->items[argument * image->words->count / 256];
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
        address = image->words->items[number % image->words->count];
        value = foreign_value(image, address, data[at + 2], data[at + 3]);
        image->damage[image->damage_count].address = address;
        memcpy(image->damage[image->damage_count].bytes, &value, WORD);
        image->damage_count++;
    }
    leave_chosen(image);
    return image->cache;
}

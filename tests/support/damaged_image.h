/*
 * A recorded image with a few words overwritten, as the bytes of a fuzzer's
 * input say: which of the words that a look at the sound image reads, and with what.
 *
 *     damaged_image_open      the image, searched, and the words that `look` reads of it
 *     damaged_image_damage    the image's memory with that damage, behind an empty page cache
 *
 *     a word of damage: u16 which, u8 kind, u8 argument
 *     kind: 0 zero, 1 all ones, 2 a pointer to itself, 3 a pointer to another word, 4 a small number,
 *           5 one bit flipped, 6 a little more, 7 what another word holds
 */
#ifndef HOG_TESTS_DAMAGED_IMAGE_H
#define HOG_TESTS_DAMAGED_IMAGE_H

#include "support/recorded.h"

enum {
    DAMAGED_WORDS_MAX = 64,
    DAMAGED_POKES = 3,
    DAMAGED_THREADS_MAX = 64,
    DAMAGED_WORD = 8,
    DAMAGED_ALL_THREADS = -1
};

/* Which words are looked at. */
struct damaged_words {
    uint64_t *items; /* addresses; NULL: not listed yet */
    size_t count;
};

struct damaged_image;
typedef void damaged_image_look(const struct hog_process *process, const struct hog_location *location,
                                struct hog_memory *memory);

struct damaged_image {
    struct hog_memory memory; /* reads through to the image, but for what is overwritten */
    struct recorded_image image;
    struct hog_memory *pages;              /* of the image, that were read once: a file is slow */
    struct hog_location location;          /* of what is sound */
    damaged_image_look *look;              /* NULL: not opened yet */
    struct damaged_words all;              /* of a look at everything */
    uint64_t threads[DAMAGED_THREADS_MAX]; /* addresses of thread states, newest first */
    struct damaged_words of_thread[DAMAGED_THREADS_MAX]; /* of a look at one of them alone */
    size_t thread_count;
    uint64_t chosen;                   /* the thread that is left; 0: all are */
    const struct damaged_words *words; /* of that choice */
    struct {
        uint64_t address;
        unsigned char bytes[DAMAGED_WORD];
    } damage[DAMAGED_WORDS_MAX + DAMAGED_POKES];
    size_t damage_count;
    struct hog_memory *cache;
};

/* Aborts when there is no such image. With `searched` the words of the search count as well. Never closed. */
void damaged_image_open(struct damaged_image *image, const char *path, bool searched,
                        damaged_image_look *look);
/* From then on only that thread state is in the list of its interpreter, if there are several: a run takes a fraction of
 * the time. `number` is taken modulo their count, DAMAGED_ALL_THREADS leaves all. */
void damaged_image_choose(struct damaged_image *image, int number);
struct hog_memory *damaged_image_damage(struct damaged_image *image, const uint8_t *data, size_t size);

#endif

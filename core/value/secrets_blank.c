/* Blanking what secrets.c has found; see secrets.h. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/grow.h"
#include "value/secrets_parts.h"

#include <string.h>

void secrets_add_place(struct hog_secrets *secrets, uint64_t address, uint64_t size, unsigned width)
{
    if (!HOG_GROW(secrets->places, secrets->place_capacity, secrets->place_count + 1)) {
        secrets->failed = true;
        return;
    }
    secrets->places[secrets->place_count++] =
        (struct secret_place){.address = address, .end = address + size, .width = width};
}

/* One letter again and again: a ruler, padding; it would blank half of the memory. */
static bool is_plain(const unsigned char *bytes, size_t length, unsigned width)
{
    width = width ? width : 1;
    return length <= width || memcmp(bytes, bytes + width, length - width) == 0;
}

static bool is_known(const struct hog_secrets *secrets, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < secrets->piece_count; i++)
        if (secrets->pieces[i].length == length && memcmp(secrets->pieces[i].bytes, bytes, length) == 0)
            return true;
    return false;
}

static void add_piece(struct hog_secrets *secrets, const unsigned char *bytes, size_t length, unsigned width)
{
    struct secret_piece *piece;

    if (is_plain(bytes, length, width) || is_known(secrets, bytes, length))
        return;
    if (!HOG_GROW(secrets->pieces, secrets->piece_capacity, secrets->piece_count + 1)) {
        secrets->failed = true;
        return;
    }
    piece = &secrets->pieces[secrets->piece_count++];
    *piece = (struct secret_piece){.length = (uint16_t)length, .width = (uint16_t)width};
    memcpy(piece->bytes, bytes, length);
}

void secrets_add_bytes(struct hog_secrets *secrets, const unsigned char *bytes, size_t length, unsigned width)
{
    if (length < (size_t)HOG_SECRET_SHORTEST * width)
        return;
    for (size_t at = 0; at < length; at += SECRET_PIECE) {
        size_t left = length - at;

        /* The last one begins earlier, so that it is as long as any. */
        if (left < SECRET_PIECE)
            at = length > SECRET_PIECE ? length - SECRET_PIECE : 0;
        add_piece(secrets, bytes + at, left < SECRET_PIECE && !at ? left : SECRET_PIECE, width);
    }
}

/* Bytes `from` to `to` of a value: '*' in the first byte of each letter, 0 in the others. */
static void blank(unsigned char *bytes, uint64_t from, uint64_t to, unsigned width)
{
    for (uint64_t i = from; i < to; i++)
        *bytes++ = width && i % width == 0 ? '*' : 0;
}

static void blank_places(const struct hog_secrets *secrets, uint64_t address, unsigned char *bytes,
                         size_t length)
{
    for (size_t i = 0; i < secrets->place_count; i++) {
        const struct secret_place *place = &secrets->places[i];
        uint64_t from = place->address > address ? place->address : address;
        uint64_t to = place->end < address + length ? place->end : address + length;

        if (from < to)
            blank(bytes + (from - address), from - place->address, to - place->address, place->width);
    }
}

/* Blanks bytes `first` to `last` where `piece` stands at `all`. */
static void blank_piece(const struct secret_piece *piece, const unsigned char *all, size_t size,
                        unsigned char *bytes, size_t first, size_t last)
{
    const unsigned char *at = all;

    while ((at = memmem(at, size - (size_t)(at - all), piece->bytes, piece->length))) {
        size_t start = (size_t)(at - all);
        size_t from = start > first ? start : first;
        size_t to = start + piece->length < last ? start + piece->length : last;

        if (from < to)
            blank(bytes + (from - first), from - start, to - start, piece->width);
        at++;
    }
}

void hog_secrets_blank(const struct hog_secrets *secrets, struct hog_memory *memory, uint64_t address,
                       unsigned char *bytes, size_t length)
{
    size_t before = address > SECRET_PIECE ? SECRET_PIECE : 0, after = 0;
    HOG_FREE unsigned char *all = malloc(before + length + SECRET_PIECE);

    if (!all) { /* rather nothing of it than too much */
        memset(bytes, 0, length);
        return;
    }
    while (before && hog_memory_read(memory, address - before, all, before) != HOG_OK)
        before--; /* memory may begin in between */
    memcpy(all + before, bytes, length);
    after = hog_memory_read_some(memory, address + length, all + before + length, SECRET_PIECE);
    for (size_t i = 0; i < secrets->piece_count; i++)
        blank_piece(&secrets->pieces[i], all, before + length + after, bytes, before, before + length);
    blank_places(secrets, address, bytes, length);
}

void hog_secrets_blank_text(const struct hog_secrets *secrets, char *text)
{
    size_t length = strlen(text);
    HOG_FREE char *all = strdup(text);

    for (size_t i = 0; all && i < secrets->piece_count; i++)
        if (secrets->pieces[i].width == 1)
            blank_piece(&secrets->pieces[i], (unsigned char *)all, length, (unsigned char *)text, 0, length);
}

size_t hog_secrets_count(const struct hog_secrets *secrets)
{
    return secrets->place_count;
}

void hog_secrets_destroy(struct hog_secrets *secrets)
{
    if (!secrets)
        return;
    free(secrets->places);
    free(secrets->pieces);
    free(secrets);
}

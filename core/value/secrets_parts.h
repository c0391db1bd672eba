/* What secrets.c and secrets_blank.c share. */
#ifndef HOG_VALUE_SECRETS_PARTS_H
#define HOG_VALUE_SECRETS_PARTS_H

#include "value/secrets.h"

enum { SECRET_PIECE = 64 };

/* Where a value lies: blanked whatever is there. */
struct secret_place {
    uint64_t address, end;
    unsigned width; /* bytes of a letter; 0: a number */
};

/* How it looks: blanked wherever it stands. Long ones are cut into several. */
struct secret_piece {
    unsigned char bytes[SECRET_PIECE];
    uint16_t length, width;
};

struct hog_secrets {
    const char *pattern;
    struct secret_place *places;
    size_t place_count, place_capacity;
    struct secret_piece *pieces;
    size_t piece_count, piece_capacity;
    bool failed; /* memory ran out */
};

/* secrets_blank.c */
void secrets_add_place(struct hog_secrets *secrets, uint64_t address, uint64_t size, unsigned width);
/* Bytes as they lie in memory, `width` for a letter; 0: of a number. */
void secrets_add_bytes(struct hog_secrets *secrets, const unsigned char *bytes, size_t length,
                       unsigned width);

#endif

/*
 * Values that names hide, found in memory, to be blanked in what is written of it.
 *
 *     variables of frames, globals of modules ─▶ keys, attributes ─▶ a name that a pattern hides
 *                                                                        │ all text and numbers below it
 *                                                                        ▼
 *     page ─▶ blanked where one of them lies, and wherever the same bytes stand ─▶ file
 *
 * Letters become '*', so that what has them stays what it is. Text of fewer than HOG_SECRET_SHORTEST bytes is blanked
 * where it lies alone, as are floats and numbers below 2^30: elsewhere it is a part of words that have nothing to do
 * with it. What a program has made of a value (compressed, encrypted, written backwards) is not known to be one.
 */
#ifndef HOG_VALUE_SECRETS_H
#define HOG_VALUE_SECRETS_H

#include "snapshot/snapshot.h"
#include "value/values.h"

enum { HOG_SECRET_SHORTEST = 4 };

struct hog_secrets;

/* `pattern` is as hog_redacts() takes it, and outlives this. NULL: no memory. */
struct hog_secrets *hog_secrets_create(const char *pattern) HOG_CHECKED;
void hog_secrets_destroy(struct hog_secrets *secrets); /* NULL is fine */

/* What the threads of the snapshot and the modules of its interpreters lead to. HOG_INTERRUPTED: not all of it;
 * HOG_NO_MEMORY. */
enum hog_status hog_secrets_find(struct hog_secrets *secrets, struct hog_values *values,
                                 const struct hog_snapshot *snapshot) HOG_CHECKED;
/* Of values, not of places. */
size_t hog_secrets_count(const struct hog_secrets *secrets);

/* Blanks what of them is in `bytes`, which are those at `address`. Where they end amid a value `memory` says how it
 * goes on. */
void hog_secrets_blank(const struct hog_secrets *secrets, struct hog_memory *memory, uint64_t address,
                       unsigned char *bytes, size_t length);
/* The same of a text that lies nowhere. */
void hog_secrets_blank_text(const struct hog_secrets *secrets, char *text);

#endif

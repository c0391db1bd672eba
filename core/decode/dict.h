/* dict objects: walking their entries and looking up a str key, without hashing. */
#ifndef HOG_DECODE_DICT_H
#define HOG_DECODE_DICT_H

#include "decode/decoder.h"

struct dict_entry {
    uint64_t key;
    uint64_t value; /* 0: a key of a shared-keys dict that this one has no value for */
};

/* Where the entries of a dict, or of the keys of a type's instances, lie. */
struct dict_walk {
    uint64_t entries;
    uint64_t values; /* address of the values array of a split dict, 0: values lie beside the keys */
    uint64_t count;
    unsigned entry_size;
    unsigned key_at, value_at; /* offsets in an entry */
    uint64_t order;            /* of a values array, 3.11+: the byte that names its first entry; 0: none */
    int order_step;            /* from there to the byte of the next: 1 or -1 */
    uint64_t order_count;
    uint64_t next;
    uint64_t seen;          /* entries that had a key and a value */
    enum hog_status status; /* why dict_walk_next came to an early end; HOG_OK: it did not */
};

enum hog_status dict_walk_start(struct decoder *decoder, uint64_t dict,
                                struct dict_walk *ret_walk) HOG_CHECKED;
/* The same over a PyDictKeysObject and a PyDictValues of its own (an instance's attributes). */
enum hog_status dict_walk_keys(struct decoder *decoder, uint64_t keys, uint64_t values,
                               struct dict_walk *ret_walk) HOG_CHECKED;
/* The next entry that has a key and a value; false at the end. Unreadable entries end the walk: see status. */
bool dict_walk_next(struct decoder *decoder, struct dict_walk *walk, struct dict_entry *ret_entry);

/* The value of a str key. HOG_NOT_FOUND when there surely is none: not when some keys could not be read. */
enum hog_status dict_walk_find(struct decoder *decoder, struct dict_walk *walk, const char *key,
                               uint64_t *ret_value) HOG_CHECKED;
/* HOG_BAD_DATA when a walk to the end has not met as many entries as the dict says it has. */
enum hog_status dict_walk_check(struct decoder *decoder, uint64_t dict,
                                const struct dict_walk *walk) HOG_CHECKED;
enum hog_status dict_find(struct decoder *decoder, uint64_t dict, const char *key,
                          uint64_t *ret_value) HOG_CHECKED;

/* Is there surely such a key? To ask is no fault: a core need not have it. */
bool dict_has(struct decoder *decoder, uint64_t dict, const char *key);

#endif

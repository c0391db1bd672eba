/* What a thread waits for, in words and as JSON: the same ones wherever it is told. */
#ifndef HOG_SHOW_WAIT_WORDS_H
#define HOG_SHOW_WAIT_WORDS_H

#include "show/json.h"
#include "wait/waits.h"

/* The node that thread `number` of the snapshot waits for; NULL: for none that is known. */
const struct hog_wait_node *wait_node(const struct hog_waits *waits, uint32_t number);
/*
 * Appends "waits for lock mailbox_lock (0x7f…), held by archiver", as it is in memory: whoever prints it makes it
 * printable. `count` threads that are alike: "wait for …", and if they wait for things of their own (`apart`), nothing
 * that is said of one of these alone. There must be a node.
 */
void wait_words(struct hog_text *cell, const struct hog_snapshot *snapshot, struct hog_waits *waits,
                uint32_t number, size_t count, bool apart);
/* Who holds it: {"kind": "thread", "thread_id": …}; null where that is not known. */
json_t *wait_holder_json(struct hog_text *text, const struct hog_snapshot *snapshot,
                         const struct hog_wait_node *node);

#endif

/* What lies in a frame: its variables, and the part of its value stack that is surely in use. */
#ifndef HOG_WAIT_SLOTS_H
#define HOG_WAIT_SLOTS_H

#include "wait/reader.h"

struct frame_slots {
    uint64_t first;  /* address of the first: variables, cells and free variables come before the stack */
    uint32_t locals; /* how many of those there are */
    uint32_t live;   /* slots of the stack, from its bottom, that are surely in use */
    uint32_t room;   /* slots of the stack that there are; those beyond `live` may be stale */
    uint64_t code;
};

enum { SLOTS_MAX = 4096, SLOTS_OF_STACK = 256 };

bool slots_of(struct waits_reader *reader, const struct hog_frame *frame, struct frame_slots *ret_slots);
void slots_release(struct waits_reader *reader);
/* Does the function call both acquire and release? By the names in its code object. */
bool slots_code_locks(struct waits_reader *reader, uint64_t code);
/* Reads `count` slots from number `from` on, tags taken off. Returns how many could be read. */
uint32_t slots_read(struct waits_reader *reader, const struct frame_slots *slots, uint32_t from,
                    uint32_t count, uint64_t *ret_objects);
/* What lies on the value stack of a frame, from its bottom, stale objects too; returns how many. */
uint32_t slots_stack(struct waits_reader *reader, const struct hog_frame *frame,
                     uint64_t ret_objects[SLOTS_OF_STACK]);
/* The object in one variable, a cell looked through: 0 when it is unset or cannot be read. */
uint64_t slots_variable(struct waits_reader *reader, const struct frame_slots *slots, uint32_t index);

/*
 * The depth of the value stack that the exception table (3.11+) warrants for
 * the instruction at `unit` (of 2 bytes): the depth of its innermost handler, 0
 * where it has none. Objects/exception_handling_notes.txt.
 */
uint32_t exception_table_depth(const unsigned char *table, size_t length, uint64_t unit);

#endif

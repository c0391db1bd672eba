/*
 * Code objects and thread names outside of a snapshot.
 *
 * A sampler walks frames itself, in a process that runs, and meets addresses
 * of code objects one by one. A reader decodes batches of them:
 *
 *     begin(addresses) ─▶ read(code) … read(code), thread_names … ─▶ begin(addresses) ─▶ …
 *
 * Each batch sees memory afresh. Its texts live until the next one begins.
 * Whoever decodes from a process that runs has to make sure afterwards that
 * the code objects are still the same.
 */
#ifndef HOG_DECODE_CODE_READER_H
#define HOG_DECODE_CODE_READER_H

#include "locate/locate.h"
#include "snapshot/snapshot.h"

struct hog_code_reader;

struct hog_code_request {
    uint64_t code;
    uint64_t globals; /* of a frame that runs it: tells the module; 0 unknown */
};

struct hog_code_facts {
    struct hog_code code;
    const char *module;       /* __name__ of the globals, NULL unknown */
    uint64_t instructions;    /* address of the first (3.11+); 0: frames count from the start (to 3.10) */
    uint32_t length;          /* bytes of instructions */
    uint32_t first_traceable; /* bytes before the instruction with which a call really begins (3.11+) */
    const unsigned char *line_table; /* NULL unknown */
    size_t line_table_length;
};

/* `process`, `location` and `memory` (uncached) must outlive the reader. NULL when memory is exhausted. */
struct hog_code_reader *hog_code_reader_create(const struct hog_process *process,
                                               const struct hog_location *location,
                                               struct hog_memory *memory) HOG_CHECKED;
void hog_code_reader_destroy(struct hog_code_reader *reader); /* NULL is fine */

/* Forgets the batch before and fetches what the next one will need, in a few large reads. */
void hog_code_reader_begin(struct hog_code_reader *reader, const struct hog_code_request *requests,
                           size_t count);
/* HOG_BAD_DATA when there is no code object. */
enum hog_status hog_code_reader_read(struct hog_code_reader *reader, const struct hog_code_request *request,
                                     struct hog_code_facts *ret_facts) HOG_CHECKED;

/* Where copy number `tlbc_index` of the instructions starts (free-threaded 3.14+). */
enum hog_status hog_code_reader_copy(struct hog_code_reader *reader, uint64_t code, uint32_t tlbc_index,
                                     uint64_t *ret_instructions) HOG_CHECKED;

/* What threading calls the threads with these get_ident(): NULL where it does not know them. */
void hog_code_reader_thread_names(struct hog_code_reader *reader, uint64_t interpreter,
                                  const uint64_t *thread_ids, size_t count, const char **ret_names);

/* The line of the instruction at `offset` bytes, -1 or less: not started. 0 unknown. */
int32_t hog_code_line(const struct hog_layout *layout, const unsigned char *line_table, size_t length,
                      int32_t first_line, int64_t offset);

#endif

/*
 * Fuzzes the reader of code objects, which meets them in a process that runs:
 * a fabricated interpreter, damaged between the calls.
 *
 *     byte 0: the version; then records: u16 word, u8 kind, u8 argument, as fuzz_sampler.c has them
 *     kind, bits 3 to 5: what is asked then: 0 nothing, 1 begin, 2 read, 3 a copy of the instructions,
 *                        4 names of threads, 5 a line
 */
#include "decode/code_reader.h"
#include "support/fabricate.h"
#include "support/fake_memory.h"
#include "support/versions.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CODES = 3, RECORD = 4, WORD = 8 };

struct subject {
    struct fabrication fake;
    struct fake_segment segment;
    struct hog_process process;
    struct hog_location location;
    struct hog_code_request requests[CODES];
    struct hog_code_reader *reader;
    struct hog_code_facts facts;
};

static void damage(struct fabrication *fake, size_t word, uint8_t kind, uint8_t argument)
{
    size_t words = fake->used / WORD, at = word * 7 % words * WORD;
    uint64_t value;

    memcpy(&value, fake->bytes + at, WORD);
    switch (kind & 7) {
    case 0:
        value = 0;
        break;
    case 1:
        value = UINT64_MAX;
        break;
    case 2:
        value = fake->runtime + at;
        break;
    case 3:
        value = fake->runtime + argument * words / 256 * WORD;
        break;
    case 4:
        value ^= UINT64_C(1) << argument % 64;
        break;
    case 5:
        memcpy(&value, fake->bytes + argument * words / 256 * WORD, WORD);
        break;
    default:
        value += argument;
    }
    memcpy(fake->bytes + at, &value, WORD);
}

static void ask(struct subject *subject, unsigned what, uint8_t argument)
{
    const struct hog_code_request *request = &subject->requests[argument % CODES];
    const uint64_t ids[] = {0x7000, argument};
    const char *names[2];
    uint64_t instructions;

    switch (what) {
    case 1:
        hog_code_reader_begin(subject->reader, subject->requests, CODES);
        break;
    case 2:
        subject->facts = (struct hog_code_facts){0};
        (void)!hog_code_reader_read(subject->reader, request, &subject->facts);
        break;
    case 3:
        (void)!hog_code_reader_copy(subject->reader, request->code, argument, &instructions);
        break;
    case 4:
        hog_code_reader_thread_names(subject->reader, subject->fake.interpreter, ids, 2, names);
        break;
    case 5:
        if (subject->facts.line_table)
            hog_code_line(&subject->fake.layout, subject->facts.line_table, subject->facts.line_table_length,
                          subject->facts.code.first_line, argument);
        break;
    default:
        break;
    }
    if (what == 1) /* texts live until the next batch begins */
        subject->facts = (struct hog_code_facts){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct subject subject = {.fake.used = 0};

    if (size < 1 + RECORD)
        return 0;
    fabricate_init(&subject.fake, version_name(data[0] % version_count()));
    fabricate_thread(&subject.fake, 0x7000);
    for (int i = 0; i < CODES; i++) {
        subject.requests[i].code = fabricate_code(&subject.fake, "f", i + 1);
        subject.requests[i].globals = fabricate_text(&subject.fake, "no dict");
        fabricate_frame(&subject.fake, subject.requests[i].code);
    }
    subject.segment = (struct fake_segment){subject.fake.runtime, subject.fake.bytes, FABRICATED_SIZE};
    hog_process_init_remote(&subject.process, 1, fake_memory_create(&subject.segment, 1, FAKE_WHOLE_PAGES));
    subject.location.python = (struct hog_python){.layout = subject.fake.layout,
                                                  .runtime = subject.fake.runtime,
                                                  .interpreters_head = subject.fake.interpreter};
    subject.reader = hog_code_reader_create(&subject.process, &subject.location, subject.process.memory);
    ask(&subject, 1, 0);
    for (size_t at = 1; subject.reader && at + RECORD <= size; at += RECORD) {
        damage(&subject.fake, data[at] | (size_t)data[at + 1] << 8, data[at + 2], data[at + 3]);
        ask(&subject, data[at + 2] >> 3 & 7, data[at + 3]);
    }
    hog_code_reader_destroy(subject.reader);
    hog_process_deinit(&subject.process);
    fabricate_deinit(&subject.fake);
    return 0;
}

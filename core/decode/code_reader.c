/* Code objects outside of a snapshot: a decoder with an arena of its own, made anew for every batch. */
#include "decode/code_reader.h"

#include "decode/code.h"
#include "decode/decoder.h"
#include "decode/line_table.h"
#include "decode/module_name.h"
#include "decode/thread_name.h"

#include <stdlib.h>

enum {
    READER_CACHE = 8 << 20,
    READER_ARENA = 64 << 20,
    READER_MAX_TEXT = 4096,
    READER_MAX_CODE = 64 << 20, /* bytes of one code object's instructions */
};

struct hog_code_reader {
    struct decoder decoder;
    struct hog_arena arena;
    struct hog_memory *cache;
};

static void reader_release(struct hog_code_reader *reader)
{
    code_release(&reader->decoder);
    module_name_release(&reader->decoder);
    free(reader->decoder.raw_frames);
    free(reader->decoder.raw_threads);
    hog_arena_deinit(&reader->arena);
}

static void reader_renew(struct hog_code_reader *reader, const struct hog_process *process,
                         const struct hog_location *location)
{
    hog_arena_init(&reader->arena, READER_ARENA);
    reader->decoder = (struct decoder){
        .process = process,
        .location = location,
        .layout = &location->python.layout,
        .memory = reader->cache,
        .options = {.max_text = READER_MAX_TEXT},
        .arena = &reader->arena,
    };
}

struct hog_code_reader *hog_code_reader_create(const struct hog_process *process,
                                               const struct hog_location *location, struct hog_memory *memory)
{
    struct hog_code_reader *reader = calloc(1, sizeof *reader);

    if (!reader)
        return NULL;
    reader->cache = hog_memory_cached(memory, READER_CACHE);
    if (!reader->cache) {
        free(reader);
        return NULL;
    }
    reader_renew(reader, process, location);
    return reader;
}

void hog_code_reader_destroy(struct hog_code_reader *reader)
{
    if (!reader)
        return;
    reader_release(reader);
    hog_memory_destroy(reader->cache);
    free(reader);
}

void hog_code_reader_begin(struct hog_code_reader *reader, const struct hog_code_request *requests,
                           size_t count)
{
    struct decoder *decoder = &reader->decoder;

    reader_release(reader);
    hog_memory_cache_forget(reader->cache);
    reader_renew(reader, decoder->process, decoder->location);
    if (count)
        decoder->raw_frames = calloc(count, sizeof *decoder->raw_frames);
    if (!decoder->raw_frames)
        return;
    decoder->raw_frame_capacity = count;
    for (size_t i = 0; i < count; i++)
        decoder->raw_frames[decoder->raw_frame_count++] =
            (struct raw_frame){.code = requests[i].code, .globals = requests[i].globals};
    code_prefetch(decoder);
    module_name_prefetch(decoder);
}

/* 3.11+: the object's own ob_size counts units. Before: co_code is a bytes object. */
static enum hog_status read_length(struct decoder *decoder, uint64_t code, struct hog_code_facts *facts)
{
    bool inside = hog_layout_has(decoder->layout, HOG_F_code_co_code_adaptive);
    uint64_t counted = code;
    uint64_t size;
    enum hog_status status = HOG_OK;

    if (!inside)
        status = field_u64(decoder, code, HOG_F_code_co_code, &counted);
    if (status == HOG_OK)
        status = field_u64(decoder, counted, HOG_F_object_ob_size, &size);
    if (status != HOG_OK)
        return status;
    if (size > READER_MAX_CODE / HOG_CODE_UNIT)
        return HOG_BAD_DATA;
    facts->length = (uint32_t)(inside ? size * HOG_CODE_UNIT : size);
    facts->instructions = inside ? field_address(decoder, code, HOG_F_code_co_code_adaptive) : 0;
    return HOG_OK;
}

enum hog_status hog_code_reader_read(struct hog_code_reader *reader, const struct hog_code_request *request,
                                     struct hog_code_facts *ret_facts)
{
    struct decoder *decoder = &reader->decoder;
    struct hog_code_facts facts = {0};
    struct code_entry *entry;
    enum hog_status status = code_at(decoder, request->code, &entry);

    if (status == HOG_OK)
        status = read_length(decoder, request->code, &facts);
    if (status == HOG_OK && hog_layout_has(decoder->layout, HOG_F_code_co_firsttraceable))
        status = field_u32(decoder, request->code, HOG_F_code_co_firsttraceable, &facts.first_traceable);
    if (status != HOG_OK)
        return status;
    facts.first_traceable *= HOG_CODE_UNIT;
    facts.code = *code_of(entry);
    facts.module = module_name_of_globals(decoder, request->globals);
    if (code_line_table(decoder, entry, &facts.line_table, &facts.line_table_length))
        facts.line_table = NULL;
    *ret_facts = facts;
    return HOG_OK;
}

enum hog_status hog_code_reader_copy(struct hog_code_reader *reader, uint64_t code, uint32_t tlbc_index,
                                     uint64_t *ret_instructions)
{
    uint64_t copy = code_copy(&reader->decoder, code, tlbc_index);

    if (!copy)
        return HOG_NOT_FOUND;
    *ret_instructions = copy;
    return HOG_OK;
}

void hog_code_reader_thread_names(struct hog_code_reader *reader, uint64_t interpreter,
                                  const uint64_t *thread_ids, size_t count, const char **ret_names)
{
    struct decoder *decoder = &reader->decoder;
    const struct hog_interpreter self = {.address = interpreter};
    struct raw_thread *threads = calloc(count ? count : 1, sizeof *threads);

    for (size_t i = 0; i < count; i++)
        ret_names[i] = NULL;
    if (!threads)
        return;
    for (size_t i = 0; i < count; i++)
        threads[i].decoded.thread_id = thread_ids[i];
    decoder->raw_threads = threads;
    decoder->raw_thread_count = count;
    thread_name_all(decoder, &self);
    for (size_t i = 0; i < count; i++)
        ret_names[i] = threads[i].decoded.name;
    decoder->raw_threads = NULL;
    decoder->raw_thread_count = 0;
    free(threads);
}

int32_t hog_code_line(const struct hog_layout *layout, const unsigned char *line_table, size_t length,
                      int32_t first_line, int64_t offset)
{
    return line_table_position(layout->traits.line_table, line_table, length, first_line, offset).line;
}

/*
 * Fuzzes the sampler: exact samples of a fabricated interpreter that is damaged
 * between looks, and within them, as memory of a process that runs changes
 * under who reads it.
 *
 *     byte 0: the version; byte 1: mode, lines, C frames, tasks; then records: u16 word, u8 kind, u8 argument
 *     kind, low 3 bits: 0 zero, 1 all ones, 2 a pointer to itself, 3 a pointer to another word,
 *                       4 a bit flipped, 5 what another word holds, 6 a little more, 7 sound again
 *     bit 6: at the next read, not at once; bit 7: a look at all threads
 */
#include "sample/sampler.h"
#include "support/fabricate.h"
#include "support/fake_memory.h"
#include "support/versions.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { THREADS = 3, FRAMES = 4, RECORD = 4, LOOKS_MAX = 40, WORD = 8 };

struct record {
    uint16_t word;
    uint8_t kind, argument;
};

struct world {
    struct hog_memory racing; /* over `calm`: records that wait are applied before a read */
    struct hog_memory *calm;
    struct fabrication fake;
    unsigned char *sound; /* as it was made */
    struct fake_segment segment;
    struct hog_process process;
    struct hog_os_thread threads[THREADS];
    struct hog_location location;
    struct hog_sampler *sampler;
    struct record waiting;
    bool waits;
    struct hog_native_frame native[FRAMES];
};

static uint64_t make_code(struct fabrication *fake, const char *name, int32_t line)
{
    uint64_t code = fabricate_code(fake, name, line);

    if (hog_layout_has(&fake->layout, HOG_F_code_co_code))
        fabricate_poke(fake, fabricate_field(fake, code, HOG_F_code_co_code),
                       fabricate_text(fake, "0123456789abcdef"));
    return code;
}

static void make_thread(struct fabrication *fake, uint64_t id, const uint64_t *codes)
{
    uint8_t marker = fake->layout.traits.first_marker_owner;

    fabricate_thread(fake, id);
    if (marker)
        fabricate_poke_byte(fake, fabricate_field(fake, fabricate_frame(fake, codes[0]), HOG_F_iframe_owner),
                            marker);
    for (int i = 0; i < FRAMES; i++) {
        uint64_t frame = fabricate_frame(fake, codes[i]);

        if (i == 0 && hog_layout_has(&fake->layout, HOG_F_iframe_is_entry))
            fabricate_poke_byte(fake, fabricate_field(fake, frame, HOG_F_iframe_is_entry), 1);
    }
}

static void damage(struct world *world, struct record record)
{
    struct fabrication *fake = &world->fake;
    size_t words = fake->used / WORD;
    size_t at = record.word * (size_t)7 % words * WORD; /* all of it, by few bytes */
    size_t other = record.argument * words / 256 * WORD;
    uint64_t value, there;

    memcpy(&value, fake->bytes + at, WORD);
    memcpy(&there, fake->bytes + other, WORD);
    switch (record.kind & 7) {
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
        value = fake->runtime + other;
        break;
    case 4:
        value ^= UINT64_C(1) << record.argument % 64;
        break;
    case 5:
        value = there;
        break;
    case 6:
        value += record.argument;
        break;
    default:
        memcpy(&value, world->sound + at, WORD);
    }
    memcpy(fake->bytes + at, &value, WORD);
}

static void racing_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct world *world = (struct world *)memory;

    if (world->waits)
        damage(world, world->waiting);
    world->waits = false;
    hog_memory_read_batch(world->calm, spans, count);
}

static void native_stack(void *context, int64_t lwp, struct hog_native_stack *ret_stack)
{
    struct world *world = context;

    (void)lwp;
    *ret_stack = (struct hog_native_stack){world->native, FRAMES};
}

static void world_init(struct world *world, const char *version)
{
    static const struct hog_memory_ops ops = {.read = racing_read};
    uint64_t codes[FRAMES];

    *world = (struct world){.racing = {.ops = &ops, .source = "racing"}};
    fabricate_init(&world->fake, version);
    for (int i = 0; i < FRAMES; i++)
        codes[i] = make_code(&world->fake, i ? "work" : "main", 10 * i);
    for (int i = 0; i < THREADS; i++)
        make_thread(&world->fake, 0x7000 + 0x1000 * (uint64_t)i, codes);
    world->sound = malloc(world->fake.used);
    if (!world->sound)
        abort();
    memcpy(world->sound, world->fake.bytes, world->fake.used);
    world->segment = (struct fake_segment){world->fake.runtime, world->fake.bytes, FABRICATED_SIZE};
    world->calm = fake_memory_create(&world->segment, 1, FAKE_WHOLE_PAGES);
    hog_process_init_remote(&world->process, 1, NULL);
    for (int i = 0; i < THREADS; i++) {
        world->threads[i] = (struct hog_os_thread){.lwp = 100 + i};
        world->threads[i].registers =
            (struct hog_thread_registers){.known = true,
                                          .system_call = i == 2 ? 202 : -1,
                                          .has_thread_pointer = true,
                                          .thread_pointer = 0x7000 + 0x1000 * (uint64_t)i};
    }
    world->process.threads = world->threads;
    world->process.thread_count = THREADS;
    world->location.python = (struct hog_python){.layout = world->fake.layout,
                                                 .runtime = world->fake.runtime,
                                                 .interpreters_head = world->fake.interpreter};
    for (int i = 0; i < FRAMES; i++)
        world->native[i] =
            (struct hog_native_frame){.pc = 0x1000,
                                      .stack_pointer = world->fake.runtime + 4096 * (uint64_t)i,
                                      .function = i % 2 ? "_PyEval_EvalFrameDefault" : "poll",
                                      .of_interpreter = i % 2};
}

static void world_deinit(struct world *world)
{
    hog_sampler_destroy(world->sampler);
    hog_process_deinit(&world->process);
    hog_memory_destroy(world->calm);
    fabricate_deinit(&world->fake);
    free(world->sound);
}

static void run(struct world *world, const uint8_t *data, size_t size)
{
    struct hog_profile_info info = {0};
    struct hog_profile *profile;
    struct hog_error error;
    unsigned looks = 0;

    for (size_t at = 0; at + RECORD <= size && looks < LOOKS_MAX; at += RECORD) {
        struct record record = {.kind = data[at + 2], .argument = data[at + 3]};

        memcpy(&record.word, data + at, sizeof record.word);
        if (record.kind & 0x40) {
            world->waiting = record;
            world->waits = true;
        } else {
            damage(world, record);
        }
        if (!(record.kind & 0x80))
            continue;
        looks++;
        (void)!hog_sampler_take_stopped(world->sampler, &world->racing, &world->process, 0, &error);
    }
    if (hog_sampler_profile(world->sampler, &info, &profile) == HOG_OK)
        hog_profile_destroy(profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hog_sampler_options options = {.rate = 100, .seed = 1};
    struct world world;
    struct hog_error error;

    if (size < 2 + RECORD)
        return 0;
    world_init(&world, version_name(data[0] % version_count()));
    options.mode = (enum hog_profile_mode)(data[1] % 3);
    options.by_line = data[1] & 4;
    options.only_lwp = data[1] & 8 ? 100 : 0;
    options.native_stack = data[1] & 16 ? native_stack : NULL;
    options.tasks = data[1] & 32;
    options.context = &world;
    world.process.memory = &world.racing;
    if (hog_sampler_create(&world.process, &world.location, &options, &world.sampler, &error) == HOG_OK)
        run(&world, data + 2, size - 2);
    world.process.memory = NULL;
    world_deinit(&world);
    return 0;
}

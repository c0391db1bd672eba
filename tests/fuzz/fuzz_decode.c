/*
 * Fuzzes the decoder: a sound fabricated interpreter of one version, damaged
 * by the input, eight bytes at a time.
 *
 *     byte 0: the version; then per damage: u16 word index, u8 kind, u8 argument
 *     kind: 0 zero, 1 all ones, 2 a pointer to itself, 3 a pointer to another word, 4.. a small number
 */
#include "support/fabricate.h"
#include "support/recorded.h"
#include "support/versions.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_sound(struct fabrication *fake, const char *version)
{
    fabricate_init(fake, version);
    for (int thread = 0; thread < 2; thread++) {
        fabricate_thread(fake, 0x7000);
        for (int frame = 0; frame < 3; frame++)
            fabricate_frame(fake, fabricate_code(fake, "f", frame + 1));
    }
}

static uint64_t damaged_word(const struct fabrication *fake, uint64_t address, uint8_t kind, uint8_t argument)
{
    switch (kind % 8) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2:
        return address;
    case 3:
        return fake->runtime + argument * (fake->used / 256) / 8 * 8;
    default:
        return argument;
    }
}

static void render(const struct hog_snapshot *snapshot)
{
    const struct hog_process process = {.executable = "", .command_line = ""};
    struct recorded_outcome outcome;

    recorded_render(&process, snapshot, &outcome);
    recorded_outcome_deinit(&outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fabrication fake;
    struct hog_snapshot *snapshot;
    enum hog_status status;

    if (size < 5)
        return 0;
    make_sound(&fake, version_name(data[0] % version_count()));
    for (size_t at = 1; at + 4 <= size; at += 4) {
        uint16_t word;
        uint64_t address;

        memcpy(&word, data + at, sizeof word);
        address = fake.runtime + (uint64_t)word * 8 % (fake.used - 8) / 8 * 8;
        fabricate_poke(&fake, address, damaged_word(&fake, address, data[at + 2], data[at + 3]));
    }
    snapshot = fabricate_decode(&fake, &status);
    if (snapshot)
        render(snapshot);
    hog_snapshot_destroy(snapshot);
    fabricate_deinit(&fake);
    return 0;
}

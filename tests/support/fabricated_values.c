/* See fabricated_values.h. */
#include "support/fabricated_values.h"

#include "support/test.h"
#include "support/versions.h"

void fabricated_values_init(struct fabricated_values *made, size_t version, size_t arena)
{
    const struct hog_values_options options = {0};

    *made = (struct fabricated_values){.values = NULL};
    fabricate_init(&made->fake, version_name(version));
    made->segment = (struct fake_segment){made->fake.runtime, made->fake.bytes, FABRICATED_SIZE};
    hog_process_init_remote(&made->process, 1, fake_memory_create(&made->segment, 1, FAKE_WHOLE_PAGES));
    made->location.python.layout = made->fake.layout;
    hog_arena_init(&made->arena, arena);
    made->values =
        hog_values_create(&made->process, &made->location, made->process.memory, &made->arena, &options);
    assert_non_null(made->values);
}

void fabricated_values_deinit(struct fabricated_values *made)
{
    hog_values_destroy(made->values);
    hog_arena_deinit(&made->arena);
    hog_process_deinit(&made->process);
    fabricate_deinit(&made->fake);
}

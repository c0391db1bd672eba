/*
 * Fuzzes the reading of tasks: a recorded image of a process with tasks of
 * every kind, a few words of it overwritten, then all of py-tasks on it.
 *
 *     byte 0: the image; byte 1: bit 0 JSON, bit 1 a list, bit 2 each task by itself;
 *     then words of damage (support/damaged_image.h)
 *
 * Whatever the damage, what is awaited by whom names tasks that there are, and text cannot drive a terminal.
 */
#include "base/cleanup.h"
#include "support/damaged_image.h"
#include "support/recorded_tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"system-tasks",           "sid-3.14-tasks",       "pyenv-3.8.18-tasks",
                                    "trio-trio_tasks",        "gevent-3.8-greenlets", "gevent-3.13-greenlets",
                                    "pyenv-3.8.18-suspended", "sid-3.14-suspended"};

enum { NAMES = sizeof names / sizeof *names, JSON = 1, FLAT = 2, FULL = 4 };

static void show(const struct hog_process *process, const struct hog_location *location,
                 struct hog_memory *memory, uint8_t how)
{
    const struct tasks_view look = {.flat = how & FLAT, .full = how & FULL};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};

    recorded_tasks(process, location, memory, &look, how & JSON, &text);
    if (text.length && memchr(text.bytes, '\033', text.length))
        abort();
}

/* What is read of the sound image is what may be damaged. */
static void look_at(const struct hog_process *process, const struct hog_location *location,
                    struct hog_memory *memory)
{
    show(process, location, memory, FULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct damaged_image subjects[NAMES];
    struct damaged_image *subject;
    char path[512];

    if (size < 2)
        return 0;
    subject = &subjects[data[0] % NAMES];
    if (!subject->words) {
        snprintf(path, sizeof path, "%s/images/%s/core.zst", TESTS_FOLDER, names[data[0] % NAMES]);
        damaged_image_open(subject, path, false, look_at);
    }
    show(&subject->image.process, &subject->location, damaged_image_damage(subject, data + 2, size - 2),
         data[1]);
    return 0;
}

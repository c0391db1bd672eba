/*
 * Fuzzes what is read of an executable or library: the input is one, once as
 * a file on disk, once as it lies in the memory of a process that mapped it.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "locate/elf_file.h"
#include "memory/elf_id.h"
#include "support/fake_memory.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 1 << 20 };

static const uint64_t load_address = 0x400000;
static const char *const names[] = {"_PyRuntime", "Py_Version", "interp_head"};
enum { NAMES = sizeof names / sizeof *names };

static void read_file(const char *path, const struct image *image)
{
    uint64_t values[NAMES] = {0};
    struct elf_file file;

    if (elf_file_init(&file, path) != HOG_OK)
        return;
    (void)elf_file_find_symbols(&file, SHT_DYNSYM, names, NAMES, values);
    (void)elf_file_find_symbols(&file, SHT_SYMTAB, names, NAMES, values);
    (void)elf_file_section(&file, ".PyRuntime");
    if (image)
        (void)elf_file_is_of(&file, image);
    elf_file_deinit(&file);
}

static void read_image(const struct image *image, struct hog_memory *memory)
{
    struct image_dynamic dynamic;

    if (image_read_dynamic(image, memory, &dynamic) != HOG_OK)
        return;
    for (size_t i = 0; i < NAMES; i++)
        (void)image_find_symbol(image, &dynamic, memory, names[i]);
}

static void read_both(const char *path, const uint8_t *data, size_t size)
{
    const struct fake_segment segment = {load_address, data, size};
    struct hog_memory *memory = fake_memory_create(&segment, 1, FAKE_EXACT);
    struct hog_elf_id id;
    struct hog_arena arena;
    struct image image;
    bool opened;

    if (!memory)
        return;
    hog_arena_init(&arena, ARENA_BYTES);
    opened = image_open(&image, memory, &arena, load_address, 0) == HOG_OK;
    if (opened)
        read_image(&image, memory);
    read_file(path, opened ? &image : NULL);
    (void)!hog_elf_id_find(data, size, &id);
    hog_arena_deinit(&arena);
    hog_memory_destroy(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HOG_CLOSE int file = memfd_create("elf", 0);
    char path[64];

    if (file < 0 || write(file, data, size) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    read_both(path, data, size);
    return 0;
}

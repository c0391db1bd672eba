/*
 * Opening an ELF image in memory: header, program headers, notes, dynamic
 * section. See image.h. Counts and sizes are clamped before they are used.
 */
#include "locate/image.h"

#include "base/cursor.h"

#include <string.h>

enum { PHDRS_MAX = 128, NOTES_MAX = 4096, DYNAMIC_MAX = 512 };

size_t image_note_build_id(const void *notes, size_t length, size_t alignment,
                           unsigned char ret_build_id[HOG_BUILD_ID_MAX])
{
    struct hog_cursor cursor = hog_cursor_over(notes, length);

    while (hog_cursor_left(&cursor) >= sizeof(Elf64_Nhdr)) {
        uint32_t name_size = hog_cursor_u32(&cursor);
        uint32_t size = hog_cursor_u32(&cursor);
        uint32_t type = hog_cursor_u32(&cursor);
        const unsigned char *name, *bytes;

        if (name_size > NOTES_MAX || size > NOTES_MAX)
            return 0;
        name = hog_cursor_take(&cursor, (name_size + alignment - 1) & ~(alignment - 1));
        bytes = hog_cursor_take(&cursor, size);
        if (!name || !bytes)
            return 0;
        if (type == NT_GNU_BUILD_ID && name_size == sizeof "GNU" && memcmp(name, "GNU", sizeof "GNU") == 0 &&
            size && size <= HOG_BUILD_ID_MAX) {
            memcpy(ret_build_id, bytes, size);
            return size;
        }
        size = (uint32_t)(-size & (alignment - 1));
        (void)!hog_cursor_take(&cursor, size < hog_cursor_left(&cursor) ? size : hog_cursor_left(&cursor));
    }
    return 0;
}

static void read_build_id(struct image *image, struct hog_memory *memory)
{
    unsigned char notes[NOTES_MAX];

    for (size_t i = 0; i < image->phdr_count && !image->build_id_size; i++) {
        const Elf64_Phdr *phdr = &image->phdrs[i];
        size_t length = phdr->p_filesz < sizeof notes ? (size_t)phdr->p_filesz : sizeof notes;

        if (phdr->p_type != PT_NOTE)
            continue;
        length = hog_memory_read_some(memory, image->bias + phdr->p_vaddr, notes, length);
        image->build_id_size =
            image_note_build_id(notes, length, phdr->p_align == 8 ? 8 : 4, image->build_id);
    }
}

static enum hog_status check_header(const Elf64_Ehdr *ehdr)
{
    if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG) != 0)
        return HOG_BAD_DATA;
    if (ehdr->e_ident[EI_CLASS] != ELFCLASS64 || ehdr->e_ident[EI_DATA] != ELFDATA2LSB)
        return HOG_UNSUPPORTED;
    if (ehdr->e_phentsize != sizeof(Elf64_Phdr) || !ehdr->e_phnum || ehdr->e_phnum > PHDRS_MAX)
        return HOG_BAD_DATA;
    return HOG_OK;
}

/* The segment that holds the file's first byte says where the file thinks it lies; the rest gives the extent.
 */
static enum hog_status place(struct image *image)
{
    uint64_t lowest = UINT64_MAX;
    uint64_t highest = 0;
    bool based = false;

    for (size_t i = 0; i < image->phdr_count; i++) {
        const Elf64_Phdr *phdr = &image->phdrs[i];

        if (phdr->p_type != PT_LOAD)
            continue;
        if (!based && phdr->p_offset < 4096 && phdr->p_filesz) {
            image->bias = image->header - (phdr->p_vaddr - phdr->p_offset);
            based = true;
        }
        if (phdr->p_vaddr < lowest)
            lowest = phdr->p_vaddr;
        if (phdr->p_memsz < (UINT64_C(1) << 40) && phdr->p_vaddr + phdr->p_memsz > highest)
            highest = phdr->p_vaddr + phdr->p_memsz;
    }
    if (lowest >= highest)
        return HOG_BAD_DATA;
    if (!based)
        image->bias = image->header - (lowest & ~UINT64_C(4095));
    image->start = image->bias + lowest;
    image->end = image->bias + highest;
    return image->start < image->end ? HOG_OK : HOG_BAD_DATA;
}

enum hog_status image_open(struct image *image, struct hog_memory *memory, struct hog_arena *arena,
                           uint64_t header, uint64_t phdrs)
{
    struct image opened = {.header = header};
    enum hog_status status = hog_memory_read(memory, header, &opened.ehdr, sizeof opened.ehdr);
    Elf64_Phdr *table;

    if (status == HOG_OK)
        status = check_header(&opened.ehdr);
    if (status != HOG_OK)
        return status;
    opened.phdr_count = opened.ehdr.e_phnum;
    table = hog_arena_array(arena, opened.phdr_count, sizeof *table);
    if (!table)
        return HOG_NO_MEMORY;
    opened.phdrs = table;
    status = hog_memory_read(memory, phdrs ? phdrs : header + opened.ehdr.e_phoff, table,
                             opened.phdr_count * sizeof *table);
    if (status == HOG_OK)
        status = place(&opened);
    if (status != HOG_OK)
        return status;
    read_build_id(&opened, memory);
    *image = opened;
    return HOG_OK;
}

/* glibc adds the bias to the pointers of the dynamic section in place; musl, and read-only ones, leave them.
 */
static uint64_t image_pointer(const struct image *image, uint64_t value)
{
    if (value >= image->start && value < image->end)
        return value;
    if (value + image->bias >= image->start && value + image->bias < image->end)
        return value + image->bias;
    return 0;
}

static void take_dynamic(const struct image *image, const Elf64_Dyn *entry, struct image_dynamic *dynamic)
{
    uint64_t value = entry->d_un.d_val;

    switch (entry->d_tag) {
    case DT_SYMTAB:
        dynamic->symbols = image_pointer(image, value);
        break;
    case DT_STRTAB:
        dynamic->strings = image_pointer(image, value);
        break;
    case DT_STRSZ:
        dynamic->strings_size = value;
        break;
    case DT_GNU_HASH:
        dynamic->gnu_hash = image_pointer(image, value);
        break;
    case DT_HASH:
        dynamic->hash = image_pointer(image, value);
        break;
    case DT_DEBUG:
        dynamic->debug = value;
        break;
    default:
        break;
    }
}

enum hog_status image_read_dynamic(const struct image *image, struct hog_memory *memory,
                                   struct image_dynamic *ret_dynamic)
{
    struct image_dynamic dynamic = {0};
    Elf64_Dyn entries[DYNAMIC_MAX];

    for (size_t i = 0; i < image->phdr_count; i++) {
        const Elf64_Phdr *phdr = &image->phdrs[i];
        size_t length = phdr->p_memsz < sizeof entries ? (size_t)phdr->p_memsz : sizeof entries;
        size_t count;

        if (phdr->p_type != PT_DYNAMIC)
            continue;
        count = hog_memory_read_some(memory, image->bias + phdr->p_vaddr, entries, length) / sizeof *entries;
        if (!count)
            return HOG_UNREADABLE;
        for (size_t entry = 0; entry < count && entries[entry].d_tag != DT_NULL; entry++)
            take_dynamic(image, &entries[entry], &dynamic);
        *ret_dynamic = dynamic;
        return HOG_OK;
    }
    return HOG_NOT_FOUND;
}

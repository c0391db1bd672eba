/*
 * An ELF file as it lies in the debuggee's memory.
 *
 *      header ─▶ ┌────────────┐
 *                │ Elf64_Ehdr │
 *                │ Elf64_Phdr │ × n ─▶ PT_LOAD: bias, extent, writable data
 *                │ …          │        PT_NOTE: build id
 *                └────────────┘        PT_DYNAMIC ─▶ symbols (image_symbols.c), r_debug (link_map.c)
 *
 * It needs no file: it is all there is where the file is deleted, is of
 * another mount namespace, or of another machine. Nothing in it is trusted.
 */
#ifndef HOG_LOCATE_IMAGE_H
#define HOG_LOCATE_IMAGE_H

#include "base/arena.h"
#include "locate/locate.h"

#include <elf.h>

struct image {
    uint64_t header;     /* address of the ELF header */
    uint64_t bias;       /* address minus what the file calls it */
    uint64_t start, end; /* the extent of its PT_LOADs */
    Elf64_Ehdr ehdr;
    const Elf64_Phdr *phdrs;
    size_t phdr_count;
    unsigned char build_id[HOG_BUILD_ID_MAX];
    size_t build_id_size;
};

/* Where the dynamic section points to. Addresses in the debuggee, 0 when absent. */
struct image_dynamic {
    uint64_t symbols; /* Elf64_Sym[] */
    uint64_t strings;
    uint64_t strings_size;
    uint64_t gnu_hash;
    uint64_t hash;
    uint64_t debug; /* struct r_debug, filled by the dynamic loader in the main program */
};

/*
 * Reads header, program headers and build id. `phdrs` may be 0: then they are
 * where the header says. HOG_UNREADABLE, HOG_BAD_DATA (no ELF file), or
 * HOG_UNSUPPORTED (32-bit, big-endian).
 */
enum hog_status image_open(struct image *image, struct hog_memory *memory, struct hog_arena *arena,
                           uint64_t header, uint64_t phdrs) HOG_CHECKED;

/* The build id among ELF notes; returns its size, 0 when there is none. */
size_t image_note_build_id(const void *notes, size_t length, size_t alignment,
                           unsigned char ret_build_id[HOG_BUILD_ID_MAX]);

enum hog_status image_read_dynamic(const struct image *image, struct hog_memory *memory,
                                   struct image_dynamic *ret_dynamic) HOG_CHECKED;

/* Address of a global symbol through the image's own hash table, or 0. */
uint64_t image_find_symbol(const struct image *image, const struct image_dynamic *dynamic,
                           struct hog_memory *memory, const char *name);

#endif

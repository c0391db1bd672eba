/* Build ids: by which an ELF file and the memory that was mapped from it are known to be the same. */
#ifndef HOG_MEMORY_ELF_ID_H
#define HOG_MEMORY_ELF_ID_H

#include "base/status.h"

enum { HOG_ELF_ID_MAX = 64, HOG_ELF_ID_TEXT = 2 * HOG_ELF_ID_MAX + 1 };

struct hog_elf_id {
    unsigned char bytes[HOG_ELF_ID_MAX];
    size_t size; /* 0: none */
};

/*
 * The id of an ELF file of which the first `size` bytes are at `image`: the
 * file itself, or what a process has mapped of its beginning. False when it
 * is no ELF file, has no id, or the note lies past `size`.
 */
bool hog_elf_id_find(const void *image, size_t size, struct hog_elf_id *ret_id) HOG_CHECKED;
/* The same of an open file. */
bool hog_elf_id_of_file(int file, struct hog_elf_id *ret_id) HOG_CHECKED;
bool hog_elf_id_equal(const struct hog_elf_id *left, const struct hog_elf_id *right);
/* Hexadecimal, as `file` and debuggers print it; "none" when there is none. */
const char *hog_elf_id_text(const struct hog_elf_id *id, char ret_text[HOG_ELF_ID_TEXT]);

#endif

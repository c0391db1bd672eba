/*
 * An ELF file on disk, read through libelf, a section at a time.
 *
 * Files are read, not mapped: a file that another process truncates while it
 * is mapped here would kill the debugger with SIGBUS. libelf reads headers
 * when it opens a file, and of the rest only the tables that are asked for.
 */
#ifndef HOG_LOCATE_ELF_FILE_H
#define HOG_LOCATE_ELF_FILE_H

#include "files/files.h"
#include "locate/image.h"

#include <libelf.h>

struct elf_file {
    int descriptor;
    Elf *elf;
};

/* HOG_NOT_FOUND: no regular file there, or not readable, or no 64-bit ELF file. Deinit only after HOG_OK. */
enum hog_status elf_file_init(struct elf_file *file, const char *path) HOG_CHECKED;
/* The same of a name that the process gave: below its root, regular, on no file system that a user serves. */
enum hog_status elf_file_init_of(struct elf_file *file, const struct hog_files *files,
                                 const char *path) HOG_CHECKED;
/* The same of what a link of /proc leads to; hog_files_open_link. */
enum hog_status elf_file_init_link(struct elf_file *file, const struct hog_files *files,
                                   const char *path) HOG_CHECKED;
void elf_file_deinit(struct elf_file *file);

/* Is it the file that `image` was mapped from? By build id where both have one, else by all program headers.
 */
bool elf_file_is_of(const struct elf_file *file, const struct image *image);

/*
 * Looks `names` up in the symbol table of `section_type` (SHT_DYNSYM or
 * SHT_SYMTAB); what is found and defined is put into `values` (as the file
 * has it, without bias), entries that are non-zero already are left. Returns
 * the number found.
 */
size_t elf_file_find_symbols(const struct elf_file *file, uint32_t section_type, const char *const *names,
                             size_t count, uint64_t *values);

/* The link-time address of a section, or 0. */
uint64_t elf_file_section(const struct elf_file *file, const char *name);

#endif

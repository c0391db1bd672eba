/* The ELF file on disk behind a module; see elf_file.h. */
#define _GNU_SOURCE
#include "locate/elf_file.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NOTES_LIMIT = 4096 };
static const uint64_t TABLE_LIMIT = UINT64_C(1) << 26; /* bytes of a symbol or string table */

/* Held and looked at before it is opened: to open a device can do things. What has its name by then does not matter.
 * O_NONBLOCK: a FIFO would wait for its writer. */
static int open_regular(const char *path)
{
    HOG_CLOSE int held = open(path, O_PATH | O_CLOEXEC);
    struct stat status;
    char again[64];

    if (held < 0 || fstat(held, &status) != 0 || !S_ISREG(status.st_mode))
        return -1;
    snprintf(again, sizeof again, "/proc/self/fd/%d", held);
    return open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Takes the descriptor over. */
static enum hog_status begin(struct elf_file *file, int descriptor)
{
    GElf_Ehdr header;

    file->descriptor = descriptor;
    if (descriptor < 0)
        return HOG_NOT_FOUND;
    file->elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(descriptor, ELF_C_READ, NULL);
    if (file->elf && elf_kind(file->elf) == ELF_K_ELF && gelf_getclass(file->elf) == ELFCLASS64 &&
        gelf_getehdr(file->elf, &header) && header.e_ident[EI_DATA] == ELFDATA2LSB)
        return HOG_OK;
    elf_file_deinit(file);
    return HOG_NOT_FOUND;
}

enum hog_status elf_file_init(struct elf_file *file, const char *path)
{
    return begin(file, open_regular(path));
}

enum hog_status elf_file_init_of(struct elf_file *file, const struct hog_files *files, const char *path)
{
    enum hog_file_refusal why;

    return begin(file, hog_files_open(files, path, &why));
}

enum hog_status elf_file_init_link(struct elf_file *file, const struct hog_files *files, const char *path)
{
    enum hog_file_refusal why;

    return begin(file, hog_files_open_link(files, AT_FDCWD, path, &why));
}

void elf_file_deinit(struct elf_file *file)
{
    elf_end(file->elf); /* NULL is fine */
    hog_cleanup_close(&file->descriptor);
}

static size_t file_build_id(const struct elf_file *file, size_t phdr_count,
                            unsigned char ret_build_id[HOG_BUILD_ID_MAX])
{
    unsigned char notes[NOTES_LIMIT];
    size_t size = 0;

    for (size_t i = 0; i < phdr_count && !size; i++) {
        GElf_Phdr phdr;
        ssize_t length;

        if (!gelf_getphdr(file->elf, (int)i, &phdr) || phdr.p_type != PT_NOTE)
            continue;
        length = pread(file->descriptor, notes, phdr.p_filesz < sizeof notes ? phdr.p_filesz : sizeof notes,
                       (off_t)phdr.p_offset);
        if (length > 0)
            size = image_note_build_id(notes, (size_t)length, phdr.p_align == 8 ? 8 : 4, ret_build_id);
    }
    return size;
}

static bool same_phdrs(const struct elf_file *file, const struct image *image)
{
    for (size_t i = 0; i < image->phdr_count; i++) {
        GElf_Phdr phdr;

        if (!gelf_getphdr(file->elf, (int)i, &phdr) || memcmp(&phdr, &image->phdrs[i], sizeof phdr) != 0)
            return false;
    }
    return true;
}

bool elf_file_is_of(const struct elf_file *file, const struct image *image)
{
    unsigned char build_id[HOG_BUILD_ID_MAX];
    size_t phdr_count, size;
    GElf_Ehdr header;

    if (!gelf_getehdr(file->elf, &header) || header.e_machine != image->ehdr.e_machine ||
        elf_getphdrnum(file->elf, &phdr_count) != 0)
        return false;
    size = file_build_id(file, phdr_count, build_id);
    if (size && image->build_id_size)
        return size == image->build_id_size && memcmp(build_id, image->build_id, size) == 0;
    return phdr_count == image->phdr_count && header.e_entry == image->ehdr.e_entry &&
           same_phdrs(file, image);
}

/* A whole section's bytes in memory form, if it is no larger than it may be. */
static Elf_Data *section_bytes(Elf_Scn *section)
{
    GElf_Shdr header;

    if (!section || !gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS || !header.sh_size ||
        header.sh_size > TABLE_LIMIT)
        return NULL;
    return elf_getdata(section, NULL);
}

static size_t match_symbols(const Elf_Data *symbols, const Elf_Data *strings, const char *const *names,
                            size_t count, uint64_t *values)
{
    const Elf64_Sym *symbol = symbols->d_buf;
    const Elf64_Sym *end = symbol + symbols->d_size / sizeof *symbol;
    const char *text = strings->d_buf;
    size_t found = 0;

    if (!strings->d_size || text[strings->d_size - 1] != '\0')
        return 0;
    for (; symbol < end; symbol++) {
        const char *name = text + symbol->st_name;

        if (symbol->st_name >= strings->d_size || symbol->st_shndx == SHN_UNDEF || !symbol->st_value)
            continue;
        for (size_t i = 0; i < count; i++) {
            if (name[0] != names[i][0] || values[i] || strcmp(name, names[i]) != 0)
                continue;
            values[i] = symbol->st_value;
            found++;
        }
    }
    return found;
}

size_t elf_file_find_symbols(const struct elf_file *file, uint32_t section_type, const char *const *names,
                             size_t count, uint64_t *values)
{
    Elf_Scn *section = NULL;
    size_t found = 0;

    while ((section = elf_nextscn(file->elf, section))) {
        GElf_Shdr header;
        Elf_Data *symbols, *strings;

        if (!gelf_getshdr(section, &header) || header.sh_type != section_type)
            continue;
        symbols = section_bytes(section);
        strings = section_bytes(elf_getscn(file->elf, header.sh_link));
        if (symbols && strings && symbols->d_buf && strings->d_buf)
            found += match_symbols(symbols, strings, names, count, values);
    }
    return found;
}

uint64_t elf_file_section(const struct elf_file *file, const char *name)
{
    Elf_Scn *section = NULL;
    size_t names;

    if (elf_getshdrstrndx(file->elf, &names) != 0 || !section_bytes(elf_getscn(file->elf, names)))
        return 0;
    while ((section = elf_nextscn(file->elf, section))) {
        GElf_Shdr header;
        const char *found;

        if (!gelf_getshdr(section, &header))
            continue;
        found = elf_strptr(file->elf, names, header.sh_name);
        if (found && strcmp(found, name) == 0)
            return header.sh_addr;
    }
    return 0;
}

/*
 * Finds the build id note: ELF header, program headers, PT_NOTE, NT_GNU_BUILD_ID.
 * `image` is often the one page of a file that a core has: libelf takes it
 * for a file cut short and still reads what is there.
 */
#include "memory/elf_id.h"
#include "base/cleanup.h"

#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_SEGMENTS = 512, MOST_NOTES = 64 * 1024 };

static void elf_close(Elf **elf)
{
    elf_end(*elf);
}

static bool find_in_notes(Elf_Data *notes, struct hog_elf_id *ret_id)
{
    size_t at = 0, name_at, id_at;
    GElf_Nhdr note;

    while ((at = gelf_getnote(notes, at, &note, &name_at, &id_at)) > 0) {
        const char *bytes = notes->d_buf;

        if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof ELF_NOTE_GNU ||
            memcmp(bytes + name_at, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) != 0)
            continue;
        if (!note.n_descsz || note.n_descsz > sizeof ret_id->bytes)
            return false;
        *ret_id = (struct hog_elf_id){.size = note.n_descsz};
        memcpy(ret_id->bytes, bytes + id_at, note.n_descsz);
        return true;
    }
    return false;
}

/* `size`: of what is there of the file. */
static bool find(Elf *elf, uint64_t size, struct hog_elf_id *ret_id)
{
    size_t count = 0;

    if (!elf || elf_getphdrnum(elf, &count) != 0)
        return false;
    for (size_t i = 0; i < count && i < MOST_SEGMENTS; i++) {
        GElf_Phdr segment;
        Elf_Data *notes;

        if (!gelf_getphdr(elf, (int)i, &segment))
            return false;
        if (segment.p_type != PT_NOTE || segment.p_offset >= size)
            continue;
        if (segment.p_filesz > size - segment.p_offset)
            segment.p_filesz = size - segment.p_offset;
        if (segment.p_filesz > MOST_NOTES) /* it would be copied as a whole */
            segment.p_filesz = MOST_NOTES;
        notes = elf_getdata_rawchunk(elf, (int64_t)segment.p_offset, segment.p_filesz,
                                     segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
        if (notes && find_in_notes(notes, ret_id))
            return true;
    }
    return false;
}

bool hog_elf_id_find(const void *image, size_t size, struct hog_elf_id *ret_id)
{
    HOG_CLEANUP(elf_close) Elf *elf = NULL;

    if (size < sizeof(Elf64_Ehdr) || memcmp(image, ELFMAG, SELFMAG) != 0)
        return false;
    elf_version(EV_CURRENT);
    elf = elf_memory((char *)(uintptr_t)image, size);
    return find(elf, size, ret_id);
}

bool hog_elf_id_of_file(int file, struct hog_elf_id *ret_id)
{
    HOG_CLEANUP(elf_close) Elf *elf = NULL;
    struct stat about;

    elf_version(EV_CURRENT);
    elf = elf_begin(file, ELF_C_READ, NULL);
    if (!elf || elf_kind(elf) != ELF_K_ELF || fstat(file, &about) != 0 || about.st_size <= 0)
        return false;
    return find(elf, (uint64_t)about.st_size, ret_id);
}

bool hog_elf_id_equal(const struct hog_elf_id *left, const struct hog_elf_id *right)
{
    return left->size == right->size && memcmp(left->bytes, right->bytes, left->size) == 0;
}

const char *hog_elf_id_text(const struct hog_elf_id *id, char ret_text[HOG_ELF_ID_TEXT])
{
    if (!id->size)
        return memcpy(ret_text, "none", sizeof "none");
    for (size_t i = 0; i < id->size; i++)
        snprintf(ret_text + 2 * i, 3, "%02x", id->bytes[i]);
    return ret_text;
}

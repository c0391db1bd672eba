/*
 * The ELF header of a core file, and how many program headers follow it: what
 * says whether this is a core file at all, and of a process that can be read.
 */
#include "memory/core.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

enum { SEGMENTS_MAX = 1 << 20 };

static const char *kind_of_elf(unsigned type)
{
    switch (type) {
    case ET_EXEC:
    case ET_DYN:
        return "an executable or library";
    case ET_REL:
        return "an object file";
    default:
        return "some other ELF file";
    }
}

static enum hog_status refuse_machine(struct hog_process *process, const Elf64_Ehdr *header)
{
    const char *machine = arch_name(header->e_machine);
    char number[32];

    snprintf(number, sizeof number, "machine number %u", header->e_machine);
    return hog_fail(&process->error, HOG_UNSUPPORTED,
                    "%s is the core of a %s%s process; hognose reads 64-bit x86-64 and aarch64",
                    process->core_path, machine ? machine : number,
                    header->e_ident[EI_CLASS] == ELFCLASS32 && header->e_machine == EM_X86_64 ? " (x32)"
                                                                                              : "");
}

enum hog_status core_check_header(struct core_memory *core, Elf64_Ehdr *ret_header)
{
    struct hog_process *process = core->process;
    Elf64_Ehdr header = {0};

    (void)core_copy(core, 0, &header, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return hog_fail(&process->error, HOG_BAD_DATA,
                        "%s is not a core file: it does not begin as an ELF file", process->core_path);
    if (core->size < sizeof header)
        return hog_fail(&process->error, HOG_BAD_DATA, "%s is cut short within its first header: %zu bytes",
                        process->core_path, core->size);
    /* The class decides the layout of what follows e_machine, not of e_type and e_machine themselves. */
    if (header.e_ident[EI_DATA] != ELFDATA2LSB)
        return hog_fail(&process->error, HOG_UNSUPPORTED,
                        "%s is the core of a big-endian process; hognose reads little-endian ones",
                        process->core_path);
    if (header.e_type != ET_CORE)
        return hog_fail(&process->error, HOG_BAD_DATA, "%s is not a core file: it is %s", process->core_path,
                        kind_of_elf(header.e_type));
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || !arch_supported(header.e_machine))
        return refuse_machine(process, &header);
    if (header.e_phentsize != sizeof(Elf64_Phdr))
        return hog_fail(&process->error, HOG_BAD_DATA,
                        "%s is damaged: its program headers have %u bytes each", process->core_path,
                        header.e_phentsize);
    process->elf_machine = header.e_machine;
    *ret_header = header;
    return HOG_OK;
}

bool core_segment_at(struct core_memory *core, const Elf64_Ehdr *header, size_t number,
                     Elf64_Phdr *ret_segment)
{
    size_t room = header->e_phoff < core->size ? core->size - header->e_phoff : 0;

    if (number >= room / sizeof *ret_segment)
        return false;
    return core_copy(core, header->e_phoff + number * sizeof *ret_segment, ret_segment,
                     sizeof *ret_segment) == sizeof *ret_segment;
}

/*
 * With 65535 mappings and more the count is in section header 0, which the
 * kernel writes at the very end. In a core cut short it is gone; then the
 * first thing that a segment points at ends the program headers.
 */
size_t core_count_segments(struct core_memory *core, const Elf64_Ehdr *header)
{
    Elf64_Phdr first;
    Elf64_Shdr section;
    size_t count = header->e_phnum;

    if (header->e_phnum != PN_XNUM)
        return count;
    if (header->e_shoff && header->e_shoff < core->size &&
        core_copy(core, header->e_shoff, &section, sizeof section) == sizeof section &&
        section.sh_info >= count)
        count = section.sh_info;
    else if (core_segment_at(core, header, 0, &first) && first.p_offset > header->e_phoff)
        count = (first.p_offset - header->e_phoff) / sizeof first;
    return count < SEGMENTS_MAX ? count : SEGMENTS_MAX;
}

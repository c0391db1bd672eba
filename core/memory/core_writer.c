/* Composes the parts of a core in text buffers and writes them in one go; see core_writer.h. */
#define _GNU_SOURCE
#include "memory/core_writer.h"
#include "base/cleanup.h"
#include "memory/arch.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { WRITER_PAGE = 4096 };
enum { PSINFO_SIZE = 136, PSINFO_PID = 24, PSINFO_NAME = 40, PSINFO_NAME_SIZE = 16, PSINFO_ARGUMENTS = 56 };
enum { PSINFO_ARGUMENTS_SIZE = 80, PRSTATUS_MAX = 512 };

struct hog_core_writer {
    unsigned machine;
    struct hog_text process; /* the NT_PRPSINFO note, whole */
    struct hog_text threads; /* NT_PRSTATUS and NT_ARM_TLS notes, whole */
    struct hog_text auxv;    /* pairs of words */
    struct hog_text ranges;  /* NT_FILE: start, end, offset in pages */
    struct hog_text names;   /* NT_FILE: the paths */
    uint64_t range_count;
    struct hog_text segments; /* Elf64_Phdr; p_offset counts from the first byte of memory */
    struct hog_text memory;   /* bytes, each segment's from a page boundary */
};

struct hog_core_writer *hog_core_writer_create(unsigned elf_machine)
{
    struct hog_core_writer *writer = calloc(1, sizeof *writer);

    if (writer)
        writer->machine = elf_machine;
    return writer;
}

void hog_core_writer_destroy(struct hog_core_writer *writer)
{
    if (!writer)
        return;
    hog_text_deinit(&writer->process);
    hog_text_deinit(&writer->threads);
    hog_text_deinit(&writer->auxv);
    hog_text_deinit(&writer->ranges);
    hog_text_deinit(&writer->names);
    hog_text_deinit(&writer->segments);
    hog_text_deinit(&writer->memory);
    free(writer);
}

static void put_u64(struct hog_text *text, uint64_t value)
{
    hog_text_append(text, (const char *)&value, sizeof value);
}

static void pad_to(struct hog_text *text, size_t alignment)
{
    static const char zeros[WRITER_PAGE];
    size_t over = text->length % alignment;

    if (over)
        hog_text_append(text, zeros, alignment - over);
}

static void put_text(struct hog_text *text, const struct hog_text *more)
{
    if (more->length)
        hog_text_append(text, more->bytes, more->length);
}

static void put_note(struct hog_text *notes, const char *owner, uint32_t type, const void *bytes, size_t size)
{
    Elf64_Nhdr note = {.n_namesz = (uint32_t)strlen(owner) + 1, .n_descsz = (uint32_t)size, .n_type = type};

    hog_text_append(notes, (const char *)&note, sizeof note);
    hog_text_append(notes, owner, note.n_namesz);
    pad_to(notes, 4);
    hog_text_append(notes, bytes, size);
    pad_to(notes, 4);
}

/* At most `size` bytes of text; the field is zeroed already. */
static void put_field(char *field, const char *text, size_t size)
{
    size_t length = strlen(text);

    memcpy(field, text, length < size ? length : size);
}

void hog_core_writer_process(struct hog_core_writer *writer, int64_t pid, const char *name,
                             const char *arguments)
{
    char info[PSINFO_SIZE] = {0};
    int32_t number = (int32_t)pid;

    info[1] = 'R';
    memcpy(info + PSINFO_PID, &number, sizeof number);
    put_field(info + PSINFO_NAME, name, PSINFO_NAME_SIZE - 1);
    put_field(info + PSINFO_ARGUMENTS, arguments, PSINFO_ARGUMENTS_SIZE - 1);
    hog_text_clear(&writer->process);
    put_note(&writer->process, "CORE", NT_PRPSINFO, info, sizeof info);
}

void hog_core_writer_thread(struct hog_core_writer *writer, const struct hog_core_thread *thread)
{
    struct arch_registers registers = {
        .lwp = thread->lwp,
        .signal = thread->signal,
        .system_call = (uint64_t)thread->system_call,
        .program_counter = thread->program_counter,
        .stack_pointer = thread->stack_pointer,
        .thread_pointer = thread->thread_pointer,
    };
    unsigned char status[PRSTATUS_MAX] = {0};

    memcpy(registers.arguments, thread->arguments, sizeof registers.arguments);
    arch_write_prstatus(writer->machine, &registers, status);
    put_note(&writer->threads, "CORE", NT_PRSTATUS, status, arch_prstatus_size(writer->machine));
    if (writer->machine == EM_AARCH64)
        put_note(&writer->threads, "LINUX", NT_ARM_TLS, &thread->thread_pointer,
                 sizeof thread->thread_pointer);
}

void hog_core_writer_file(struct hog_core_writer *writer, uint64_t start, uint64_t end, uint64_t file_offset,
                          const char *path)
{
    put_u64(&writer->ranges, start);
    put_u64(&writer->ranges, end);
    put_u64(&writer->ranges, file_offset / WRITER_PAGE);
    hog_text_append(&writer->names, path, strlen(path) + 1);
    writer->range_count++;
}

void hog_core_writer_auxv(struct hog_core_writer *writer, uint64_t type, uint64_t value)
{
    put_u64(&writer->auxv, type);
    put_u64(&writer->auxv, value);
}

/* Appends to the last segment if that is where the new one goes on. */
static bool extend_segment(struct hog_core_writer *writer, uint64_t address, uint64_t size, unsigned flags)
{
    Elf64_Phdr last;
    char *at;

    if (!writer->segments.length || writer->memory.failed)
        return false;
    at = writer->segments.bytes + writer->segments.length - sizeof last;
    memcpy(&last, at, sizeof last);
    if (last.p_flags != flags || last.p_vaddr + last.p_memsz != address || last.p_filesz != last.p_memsz ||
        last.p_offset + last.p_filesz != writer->memory.length)
        return false;
    last.p_memsz += size;
    last.p_filesz += size;
    memcpy(at, &last, sizeof last);
    return true;
}

void hog_core_writer_segment(struct hog_core_writer *writer, uint64_t address, uint64_t size, unsigned flags,
                             const void *bytes, size_t present)
{
    if (present != size || !extend_segment(writer, address, size, flags)) {
        Elf64_Phdr segment = {.p_type = PT_LOAD,
                              .p_flags = flags,
                              .p_vaddr = address,
                              .p_memsz = size,
                              .p_filesz = present,
                              .p_align = WRITER_PAGE};

        pad_to(&writer->memory, WRITER_PAGE);
        segment.p_offset = writer->memory.length;
        hog_text_append(&writer->segments, (const char *)&segment, sizeof segment);
    }
    if (present)
        hog_text_append(&writer->memory, bytes, present);
}

static void compose_notes(struct hog_core_writer *writer, struct hog_text *ret_notes)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text files = {0};

    put_text(ret_notes, &writer->process);
    put_text(ret_notes, &writer->threads);
    if (writer->auxv.length) {
        hog_core_writer_auxv(writer, AT_NULL, 0);
        put_note(ret_notes, "CORE", NT_AUXV, writer->auxv.bytes, writer->auxv.length);
    }
    if (!writer->range_count)
        return;
    put_u64(&files, writer->range_count);
    put_u64(&files, WRITER_PAGE);
    put_text(&files, &writer->ranges);
    put_text(&files, &writer->names);
    put_note(ret_notes, "CORE", NT_FILE, files.bytes, files.length);
}

/* Everything before the first byte of memory. With more than 65534 segments a section header 0 tells their
 * number. */
static void compose_headers(struct hog_core_writer *writer, struct hog_text *ret_headers)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text notes = {0};
    size_t count = writer->segments.length / sizeof(Elf64_Phdr) + 1;
    bool many = count >= PN_XNUM;
    size_t notes_at = sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr) + (many ? sizeof(Elf64_Shdr) : 0);
    Elf64_Shdr section = {.sh_info = (uint32_t)count};
    Elf64_Phdr segment = {.p_type = PT_NOTE, .p_offset = notes_at, .p_align = 4};
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
                    ELFOSABI_LINUX}, /* without it lldb does not know whose notes these are */
        .e_type = ET_CORE,
        .e_machine = (uint16_t)writer->machine,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof header,
        .e_ehsize = sizeof header,
        .e_phentsize = sizeof segment,
        .e_phnum = many ? PN_XNUM : (uint16_t)count,
        .e_shoff = many ? notes_at - sizeof section : 0,
        .e_shentsize = many ? sizeof section : 0,
        .e_shnum = many ? 1 : 0,
    };
    size_t memory_at;

    compose_notes(writer, &notes);
    segment.p_filesz = notes.length;
    memory_at = (notes_at + notes.length + WRITER_PAGE - 1) / WRITER_PAGE * WRITER_PAGE;
    hog_text_append(ret_headers, (const char *)&header, sizeof header);
    hog_text_append(ret_headers, (const char *)&segment, sizeof segment);
    for (size_t at = 0; at < writer->segments.length; at += sizeof segment) {
        memcpy(&segment, writer->segments.bytes + at, sizeof segment);
        segment.p_offset += memory_at;
        hog_text_append(ret_headers, (const char *)&segment, sizeof segment);
    }
    if (many)
        hog_text_append(ret_headers, (const char *)&section, sizeof section);
    put_text(ret_headers, &notes);
    ret_headers->failed |= notes.failed;
    pad_to(ret_headers, WRITER_PAGE);
}

static bool write_all(int file, const struct hog_text *text)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t wrote = write(file, text->bytes + done, text->length - done);

        if (wrote < 0 && errno != EINTR)
            return false;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

static bool write_file(const char *path, const struct hog_text *headers, const struct hog_text *memory)
{
    HOG_FREE char *temporary = NULL;
    bool written;
    int file;

    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return false;
    file = mkostemp(temporary, O_CLOEXEC);
    if (file < 0)
        return false;
    written = write_all(file, headers) && write_all(file, memory) && fchmod(file, 0644) == 0;
    if (close(file) == 0 && written && rename(temporary, path) == 0)
        return true;
    unlink(temporary);
    return false;
}

enum hog_status hog_core_writer_finish(struct hog_core_writer *writer, const char *path,
                                       struct hog_error *error)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text headers = {0};

    compose_headers(writer, &headers);
    if (headers.failed || writer->process.failed || writer->threads.failed || writer->auxv.failed ||
        writer->ranges.failed || writer->names.failed || writer->segments.failed || writer->memory.failed)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory to write core file %s", path);
    if (!write_file(path, &headers, &writer->memory))
        return hog_fail(error, HOG_IO, "cannot write core file %s: %s", path, strerror(errno));
    return HOG_OK;
}

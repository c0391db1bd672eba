/*
 * Core files: written with core_writer.h, opened, compared; then cut at every
 * length and with every byte of their headers spoiled, which must end in
 * words and never in a crash.
 */
#define _GNU_SOURCE
#include "memory/core_writer.h"
#include "memory/elf_id.h"
#include "memory/process.h"

#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

enum { PAGE = 4096, LIBRARY_PAGES = 4 };

/*
 * What most tests use: a process with one library of four pages and a heap.
 *
 *      0x10000  library page 0   r--  in the core (ELF header, build id)
 *      0x11000  library page 1   r-x  not in the core
 *      0x12000  library page 2   r--  not in the core
 *      0x13000  library page 3   rw-  in the core, differs from the file
 *      0x20000  heap, two pages  rw-  in the core
 *      0x30000  heap, two pages  rw-  the first in the core
 */
enum { LIBRARY = 0x10000, HEAP = 0x20000, HALF = 0x30000 };

struct fixture {
    char folder[64];
    char core[128];
    char library[128];
    unsigned char library_bytes[LIBRARY_PAGES * PAGE];
    unsigned char data[PAGE];
    unsigned char heap[2 * PAGE];
    struct hog_process process;
};

/* A library that is ELF header, one PT_NOTE with a build id, and filling. */
static void make_library(unsigned char bytes[LIBRARY_PAGES * PAGE], unsigned char id)
{
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr note;
        Elf64_Nhdr note_header;
        char owner[4];
        unsigned char id[20];
    } elf = {
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                   .e_type = ET_DYN,
                   .e_machine = EM_X86_64,
                   .e_version = EV_CURRENT,
                   .e_phoff = sizeof elf.header,
                   .e_ehsize = sizeof elf.header,
                   .e_phentsize = sizeof elf.note,
                   .e_phnum = 1},
        .note = {.p_type = PT_NOTE,
                 .p_offset = sizeof elf.header + sizeof elf.note,
                 .p_filesz = 36,
                 .p_align = 4},
        .note_header = {.n_namesz = 4, .n_descsz = 20, .n_type = NT_GNU_BUILD_ID},
        .owner = "GNU",
    };

    for (size_t i = 0; i < LIBRARY_PAGES * PAGE; i++)
        bytes[i] = (unsigned char)(i * 7 + i / PAGE);
    memset(elf.id, id, sizeof elf.id);
    memcpy(bytes, &elf, sizeof elf);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, size), size);
    close(file);
}

static size_t read_file(const char *path, unsigned char **ret_bytes)
{
    struct stat about;
    int file = open(path, O_RDONLY);

    assert_true(file >= 0);
    assert_int_equal(fstat(file, &about), 0);
    *ret_bytes = malloc((size_t)about.st_size);
    assert_non_null(*ret_bytes);
    assert_int_equal(read(file, *ret_bytes, (size_t)about.st_size), about.st_size);
    close(file);
    return (size_t)about.st_size;
}

static void add_library(struct fixture *fixture, struct hog_core_writer *writer)
{
    hog_core_writer_segment(writer, LIBRARY, PAGE, HOG_CORE_READ, fixture->library_bytes, PAGE);
    hog_core_writer_segment(writer, LIBRARY + PAGE, PAGE, HOG_CORE_READ | HOG_CORE_EXECUTE, NULL, 0);
    hog_core_writer_segment(writer, LIBRARY + 2 * PAGE, PAGE, HOG_CORE_READ, NULL, 0);
    hog_core_writer_segment(writer, LIBRARY + 3 * PAGE, PAGE, HOG_CORE_READ | HOG_CORE_WRITE, fixture->data,
                            PAGE);
    for (uint64_t page = 0; page < LIBRARY_PAGES; page++)
        hog_core_writer_file(writer, LIBRARY + page * PAGE, LIBRARY + (page + 1) * PAGE, page * PAGE,
                             fixture->library);
    hog_core_writer_auxv(writer, AT_PHDR, LIBRARY + sizeof(Elf64_Ehdr));
    hog_core_writer_auxv(writer, AT_PHNUM, 1);
    hog_core_writer_auxv(writer, AT_ENTRY, LIBRARY + PAGE + 8);
}

static void add_heap(struct fixture *fixture, struct hog_core_writer *writer)
{
    hog_core_writer_segment(writer, HEAP, PAGE, HOG_CORE_READ | HOG_CORE_WRITE, fixture->heap, PAGE);
    hog_core_writer_segment(writer, HEAP + PAGE, PAGE, HOG_CORE_READ | HOG_CORE_WRITE, fixture->heap + PAGE,
                            PAGE);
    hog_core_writer_segment(writer, HALF, 2 * PAGE, HOG_CORE_READ | HOG_CORE_WRITE, fixture->heap, PAGE);
}

static void add_threads(struct hog_core_writer *writer)
{
    hog_core_writer_process(writer, 4711, "python3", "python3 worker.py --queue mail");
    hog_core_writer_thread(writer, &(struct hog_core_thread){.lwp = 4713,
                                                             .signal = 11,
                                                             .system_call = -1,
                                                             .first_argument = 99,
                                                             .thread_pointer = 0x7f0000001000,
                                                             .program_counter = LIBRARY + PAGE});
    hog_core_writer_thread(writer, &(struct hog_core_thread){.lwp = 4711,
                                                             .system_call = 202,
                                                             .first_argument = 0x7f00000000a0,
                                                             .thread_pointer = 0x7f0000002000});
}

static void finish(struct fixture *fixture, struct hog_core_writer *writer)
{
    struct hog_error error = {0};

    assert_int_equal(hog_core_writer_finish(writer, fixture->core, &error), HOG_OK);
    hog_core_writer_destroy(writer);
}

static int make_fixture(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/hognose-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->core, sizeof fixture->core, "%s/core", fixture->folder);
    snprintf(fixture->library, sizeof fixture->library, "%s/libpython.so", fixture->folder);
    make_library(fixture->library_bytes, 0xab);
    write_file(fixture->library, fixture->library_bytes, sizeof fixture->library_bytes);
    memset(fixture->data, 'd', sizeof fixture->data);
    for (size_t i = 0; i < sizeof fixture->heap; i++)
        fixture->heap[i] = (unsigned char)(i * 13 + i / PAGE);
    *state = fixture;
    return 0;
}

static int drop_fixture(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    hog_process_deinit(&fixture->process);
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

static void write_usual_core(struct fixture *fixture)
{
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);

    assert_non_null(writer);
    add_threads(writer);
    add_library(fixture, writer);
    add_heap(fixture, writer);
    finish(fixture, writer);
}

static enum hog_status open_core(struct fixture *fixture, const char *executable, const char *sysroot)
{
    const struct hog_core_request request = {
        .path = fixture->core, .executable = executable, .sysroot = sysroot};

    hog_process_deinit(&fixture->process);
    return hog_process_open_core(&fixture->process, &request);
}

static void assert_memory_is(struct fixture *fixture, uint64_t address, const void *bytes, size_t size)
{
    unsigned char buffer[LIBRARY_PAGES * PAGE];

    assert_true(size <= sizeof buffer);
    assert_int_equal(hog_memory_read(fixture->process.memory, address, buffer, size), HOG_OK);
    assert_memory_equal(buffer, bytes, size);
}

static void assert_unreadable(struct fixture *fixture, uint64_t address)
{
    uint8_t byte;

    assert_int_equal(hog_memory_u8(fixture->process.memory, address, &byte), HOG_UNREADABLE);
    assert_int_equal(fixture->process.memory->fault, address);
}

static void assert_warned(const struct fixture *fixture, const char *words)
{
    for (size_t i = 0; i < fixture->process.warning_count; i++)
        if (strstr(fixture->process.warnings[i], words))
            return;
    fail_msg("no warning has \"%s\"; there are %zu, the first: %s", words, fixture->process.warning_count,
             fixture->process.warning_count ? fixture->process.warnings[0] : "-");
}

static void test_process(void **state)
{
    struct fixture *fixture = *state;
    const struct hog_process *process = &fixture->process;
    const struct hog_mapping *mapping;

    write_usual_core(fixture);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_int_equal(process->kind, HOG_TARGET_CORE);
    assert_int_equal(process->pid, 4711);
    assert_string_equal(process->command_line, "python3 worker.py --queue mail");
    assert_string_equal(process->executable, fixture->library);
    assert_string_equal(process->core_path, fixture->core);
    assert_string_equal(process->dump_filter_hint, "");
    assert_int_equal(process->elf_machine, EM_X86_64);
    assert_int_equal(process->signal, 11);
    assert_int_equal(process->phdr_address, LIBRARY + 64);
    assert_int_equal(process->phdr_count, 1);
    assert_int_equal(process->entry_address, LIBRARY + PAGE + 8);
    assert_false(process->truncated);
    assert_int_equal(process->warning_count, 0);
    assert_int_equal(process->mapping_count, 6);
    mapping = hog_process_mapping_at(process, LIBRARY + PAGE + 5);
    assert_non_null(mapping);
    assert_int_equal(mapping->start, LIBRARY + PAGE);
    assert_int_equal(mapping->end, LIBRARY + 2 * PAGE);
    assert_int_equal(mapping->file_offset, PAGE);
    assert_true(mapping->readable && mapping->executable && !mapping->writable && !mapping->deleted);
    assert_string_equal(mapping->path, fixture->library);
    assert_string_equal(hog_process_mapping_at(process, HEAP)->path, "");
    assert_null(hog_process_mapping_at(process, HEAP + 2 * PAGE));
}

static void test_threads(void **state)
{
    struct fixture *fixture = *state;
    const struct hog_os_thread *crashed, *waiting;

    write_usual_core(fixture);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_int_equal(fixture->process.thread_count, 2);
    crashed = &fixture->process.threads[0];
    waiting = hog_process_thread(&fixture->process, 4711);
    assert_ptr_equal(waiting, &fixture->process.threads[1]);
    assert_null(hog_process_thread(&fixture->process, 4712));
    assert_int_equal(crashed->lwp, 4713);
    assert_string_equal(crashed->name, "");
    assert_true(crashed->registers.known);
    assert_int_equal(crashed->registers.system_call, -1);
    assert_int_equal(crashed->registers.first_argument, 0);
    assert_int_equal(crashed->registers.thread_pointer, 0x7f0000001000);
    assert_string_equal(waiting->name, "python3");
    assert_true(waiting->registers.known && waiting->registers.has_thread_pointer);
    assert_int_equal(waiting->registers.system_call, 202);
    assert_int_equal(waiting->registers.first_argument, 0x7f00000000a0);
    assert_false(waiting->on_cpu);
}

/* On aarch64 only the instruction tells whether x8 is the number of a system call. */
static void test_aarch64_threads(void **state)
{
    struct fixture *fixture = *state;
    struct hog_core_writer *writer = hog_core_writer_create(EM_AARCH64);
    static const uint32_t code[] = {0xd503201f, 0xd4000001, 0xd503201f}; /* nop, svc #0, nop */
    const struct hog_os_thread *threads;
    uint64_t counters[] = {HEAP + 4, HEAP + 8, HEAP + 8, 0x999000};

    memcpy(fixture->heap, code, sizeof code);
    for (unsigned i = 0; i < 4; i++)
        hog_core_writer_thread(writer,
                               &(struct hog_core_thread){.lwp = 10 + i,
                                                         .system_call = 98,
                                                         .first_argument = i == 1 ? (uint64_t)-4 : 0x5000,
                                                         .thread_pointer = 0x7000 + i,
                                                         .program_counter = counters[i]});
    add_heap(fixture, writer);
    finish(fixture, writer);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_int_equal(fixture->process.elf_machine, EM_AARCH64);
    assert_int_equal(fixture->process.thread_count, 4);
    threads = fixture->process.threads;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(threads[i].lwp, 10 + i);
        assert_int_equal(threads[i].registers.thread_pointer, 0x7000 + i);
        assert_int_equal(threads[i].registers.known, i < 3);
    }
    assert_int_equal(threads[0].registers.system_call, 98); /* to be restarted */
    assert_int_equal(threads[0].registers.first_argument, 0x5000);
    assert_int_equal(threads[1].registers.system_call, 98); /* gave up with EINTR: the argument is gone */
    assert_int_equal(threads[1].registers.first_argument, 0);
    assert_int_equal(threads[2].registers.system_call, -1); /* back from a call, in user code */
    assert_int_equal(threads[3].registers.system_call, -1); /* its code cannot be read */
}

static void test_memory(void **state)
{
    struct fixture *fixture = *state;
    struct hog_span spans[3];
    unsigned char buffers[3][2 * PAGE];

    write_usual_core(fixture);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_memory_is(fixture, HEAP + 100, fixture->heap + 100, 2 * PAGE - 100);
    assert_memory_is(fixture, LIBRARY, fixture->library_bytes, 3 * PAGE); /* two of them from the file */
    assert_memory_is(fixture, LIBRARY + 3 * PAGE, fixture->data, PAGE);
    assert_memory_is(fixture, HALF, fixture->heap, PAGE);
    assert_unreadable(fixture, HALF + PAGE); /* not dumped, no file: not zeros */
    assert_unreadable(fixture, 0);
    assert_unreadable(fixture, HEAP - 1);
    for (unsigned i = 0; i < 3; i++)
        spans[i] = (struct hog_span){HALF + PAGE / 2 + i * PAGE / 2, buffers[i], 2 * PAGE, 0};
    hog_memory_read_batch(fixture->process.memory, spans, 3);
    assert_int_equal(spans[0].got, PAGE / 2);
    assert_int_equal(spans[1].got, 0);
    assert_int_equal(spans[2].got, 0);
    assert_int_equal(fixture->process.warning_count, 0);
}

static void test_other_build_id_is_named(void **state)
{
    struct fixture *fixture = *state;
    unsigned char other[LIBRARY_PAGES * PAGE];

    write_usual_core(fixture);
    make_library(other, 0xcd);
    write_file(fixture->library, other, sizeof other);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_memory_is(fixture, LIBRARY + PAGE, other + PAGE, PAGE);
    assert_int_equal(fixture->process.warning_count, 1);
    assert_warned(fixture,
                  "/libpython.so on disk has build id cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd, the core has "
                  "abababababababababababababababababababab: its contents may not match");
}

static void test_missing_file_is_named(void **state)
{
    struct fixture *fixture = *state;

    write_usual_core(fixture);
    unlink(fixture->library);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_memory_is(fixture, LIBRARY, fixture->library_bytes, PAGE);
    assert_unreadable(fixture, LIBRARY + PAGE);
    assert_warned(fixture, "/libpython.so is not on this machine");
    assert_int_equal(fixture->process.warning_count, 1);
}

static void test_moved_executable(void **state)
{
    struct fixture *fixture = *state;
    char elsewhere[160];

    write_usual_core(fixture);
    snprintf(elsewhere, sizeof elsewhere, "%s/moved", fixture->folder);
    assert_int_equal(rename(fixture->library, elsewhere), 0);
    assert_int_equal(open_core(fixture, elsewhere, ""), HOG_OK);
    assert_memory_is(fixture, LIBRARY, fixture->library_bytes, 3 * PAGE);
    assert_int_equal(fixture->process.warning_count, 0);
    assert_string_equal(fixture->process.executable, fixture->library);
    assert_int_equal(fixture->process.module_count, 1);
    assert_string_equal(fixture->process.modules[0].path, fixture->library);
    assert_string_equal(fixture->process.modules[0].local_path, elsewhere);
    assert_int_equal(fixture->process.modules[0].load_address, LIBRARY);
}

static void test_sysroot(void **state)
{
    struct fixture *fixture = *state;
    char command[1024];
    char sysroot[128];

    write_usual_core(fixture);
    snprintf(sysroot, sizeof sysroot, "%s/root", fixture->folder);
    snprintf(command, sizeof command, "mkdir -p %s%s && mv %s %s%s", sysroot, fixture->folder,
             fixture->library, sysroot, fixture->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(open_core(fixture, "", sysroot), HOG_OK);
    assert_string_equal(fixture->process.root, sysroot);
    assert_memory_is(fixture, LIBRARY, fixture->library_bytes, 3 * PAGE);
    assert_int_equal(fixture->process.warning_count, 0);
}

/* gcore leaves out what it finds in files: there is no PT_LOAD for it, only a line in NT_FILE. */
static void test_ranges_without_segment(void **state)
{
    struct fixture *fixture = *state;
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);
    const struct hog_mapping *mapping;

    hog_core_writer_file(writer, LIBRARY, LIBRARY + 2 * PAGE, 0, fixture->library);
    hog_core_writer_file(writer, LIBRARY + 2 * PAGE, LIBRARY + 4 * PAGE, 2 * PAGE, fixture->library);
    hog_core_writer_segment(writer, LIBRARY, PAGE, HOG_CORE_READ, fixture->library_bytes, PAGE);
    /* One segment over the end of the file's range and what follows. */
    hog_core_writer_segment(writer, LIBRARY + 3 * PAGE, 2 * PAGE, HOG_CORE_READ | HOG_CORE_WRITE,
                            fixture->heap, 2 * PAGE);
    finish(fixture, writer);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_int_equal(fixture->process.mapping_count, 5);
    mapping = hog_process_mapping_at(&fixture->process, LIBRARY + 4 * PAGE);
    assert_non_null(mapping);
    assert_string_equal(mapping->path, "");
    assert_true(mapping->writable);
    mapping = hog_process_mapping_at(&fixture->process, LIBRARY + PAGE);
    assert_non_null(mapping);
    assert_int_equal(mapping->file_offset, PAGE);
    assert_memory_is(fixture, LIBRARY, fixture->library_bytes, 3 * PAGE);
    assert_memory_is(fixture, LIBRARY + 3 * PAGE, fixture->heap, 2 * PAGE);
    assert_int_equal(fixture->process.warning_count, 0);
}

static void test_deleted_file_that_is_another_now(void **state)
{
    struct fixture *fixture = *state;
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);
    unsigned char other[LIBRARY_PAGES * PAGE];
    char deleted[160];

    snprintf(deleted, sizeof deleted, "%s (deleted)", fixture->library);
    hog_core_writer_file(writer, LIBRARY, LIBRARY + 2 * PAGE, 0, deleted);
    hog_core_writer_segment(writer, LIBRARY, 2 * PAGE, HOG_CORE_READ, fixture->library_bytes, PAGE);
    add_heap(fixture, writer);
    finish(fixture, writer);
    make_library(other, 0xcd);
    write_file(fixture->library, other, sizeof other);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_true(fixture->process.mappings[0].deleted);
    assert_string_equal(fixture->process.mappings[0].path, fixture->library);
    assert_unreadable(fixture, LIBRARY + PAGE);
    write_file(fixture->library, fixture->library_bytes, sizeof other); /* it is there again, the same */
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_memory_is(fixture, LIBRARY + PAGE, fixture->library_bytes + PAGE, PAGE);
}

/* A coredump_filter without private memory: what .data held is lost, the file's .data must not stand in for
 * it. */
static void test_no_private_memory(void **state)
{
    struct fixture *fixture = *state;
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);

    add_threads(writer);
    hog_core_writer_segment(writer, LIBRARY, 3 * PAGE, HOG_CORE_READ, fixture->library_bytes, PAGE);
    hog_core_writer_segment(writer, LIBRARY + 3 * PAGE, PAGE, HOG_CORE_READ | HOG_CORE_WRITE, NULL, 0);
    hog_core_writer_segment(writer, HEAP, 2 * PAGE, HOG_CORE_READ | HOG_CORE_WRITE, NULL, 0);
    hog_core_writer_file(writer, LIBRARY, LIBRARY + 4 * PAGE, 0, fixture->library);
    finish(fixture, writer);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_string_equal(fixture->process.dump_filter_hint, "echo 0x33 > /proc/PID/coredump_filter");
    assert_memory_is(fixture, LIBRARY + PAGE, fixture->library_bytes + PAGE, PAGE);
    assert_unreadable(fixture, LIBRARY + 3 * PAGE);
    assert_unreadable(fixture, HEAP);
}

static void test_truncated(void **state)
{
    struct fixture *fixture = *state;
    struct stat about;

    write_usual_core(fixture);
    assert_int_equal(stat(fixture->core, &about), 0);
    assert_int_equal(truncate(fixture->core, about.st_size - PAGE - 1000), 0);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_true(fixture->process.truncated);
    assert_warned(fixture, "/core is cut short: it has ");
    assert_int_equal(fixture->process.thread_count, 2);
    assert_memory_is(fixture, HEAP, fixture->heap, 2 * PAGE - 1000);
    assert_unreadable(fixture, HEAP + 2 * PAGE - 1000);
    assert_unreadable(fixture, HALF);
}

/* What a segment of a file lost to the cut had been dumped because it differed from the file. */
static void test_cut_pages_do_not_come_from_the_file(void **state)
{
    struct fixture *fixture = *state;
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);
    struct stat about;

    add_heap(fixture, writer);
    hog_core_writer_file(writer, LIBRARY, LIBRARY + 4 * PAGE, 0, fixture->library);
    hog_core_writer_segment(writer, LIBRARY, 2 * PAGE, HOG_CORE_READ, fixture->library_bytes, 2 * PAGE);
    finish(fixture, writer);
    assert_int_equal(stat(fixture->core, &about), 0);
    assert_int_equal(truncate(fixture->core, about.st_size - PAGE), 0);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_memory_is(fixture, LIBRARY, fixture->library_bytes, PAGE);
    assert_unreadable(fixture, LIBRARY + PAGE);
    assert_memory_is(fixture, LIBRARY + 2 * PAGE, fixture->library_bytes + 2 * PAGE, PAGE);
}

static void test_refusals(void **state)
{
    struct fixture *fixture = *state;
    unsigned char *bytes;
    size_t size;
    const struct {
        size_t at;
        unsigned char value;
        enum hog_status status;
        const char *words;
    } changes[] = {
        {EI_CLASS, ELFCLASS32, HOG_UNSUPPORTED, "x86-64 (x32) process"},
        {EI_DATA, ELFDATA2MSB, HOG_UNSUPPORTED, "big-endian"},
        {offsetof(Elf64_Ehdr, e_machine), EM_ARM, HOG_UNSUPPORTED, "32-bit ARM process"},
        {offsetof(Elf64_Ehdr, e_machine), EM_RISCV, HOG_UNSUPPORTED, "RISC-V process"},
        {offsetof(Elf64_Ehdr, e_machine), 77, HOG_UNSUPPORTED, "machine number 77"},
        {offsetof(Elf64_Ehdr, e_type), ET_DYN, HOG_BAD_DATA, "it is an executable or library"},
        {offsetof(Elf64_Ehdr, e_phentsize), 8, HOG_BAD_DATA, "8 bytes each"},
        {0, 'x', HOG_BAD_DATA, "does not begin as an ELF file"},
    };

    write_usual_core(fixture);
    size = read_file(fixture->core, &bytes);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        unsigned char before = bytes[changes[i].at];

        bytes[changes[i].at] = changes[i].value;
        write_file(fixture->core, bytes, size);
        assert_int_equal(open_core(fixture, "", ""), changes[i].status);
        assert_non_null(strstr(fixture->process.error.words, changes[i].words));
        assert_non_null(strstr(fixture->process.error.words, fixture->core));
        bytes[changes[i].at] = before;
    }
    free(bytes);
    write_file(fixture->core, "", 0);
    assert_int_equal(open_core(fixture, "", ""), HOG_BAD_DATA);
    assert_non_null(strstr(fixture->process.error.words, "is empty"));
    unlink(fixture->core);
    assert_int_equal(open_core(fixture, "", ""), HOG_IO);
    assert_non_null(strstr(fixture->process.error.words, "No such file"));
}

/* Whatever was opened, everything in it can be looked at. */
static void walk(struct fixture *fixture)
{
    unsigned char buffer[64];

    for (size_t i = 0; i < fixture->process.mapping_count && i < 50; i++) {
        const struct hog_mapping *mapping = &fixture->process.mappings[i];

        assert_true(mapping->start < mapping->end);
        assert_true(i == 0 || mapping[-1].end <= mapping->start);
        hog_memory_read_some(fixture->process.memory, mapping->start, buffer, sizeof buffer);
        hog_memory_read_some(fixture->process.memory, mapping->end - 32, buffer, sizeof buffer);
        hog_memory_read_some(fixture->process.memory, mapping->start + (mapping->end - mapping->start) / 2,
                             buffer, sizeof buffer);
    }
}

static void test_cut_at_every_length(void **state)
{
    struct fixture *fixture = *state;
    unsigned char *bytes;
    size_t size;

    write_usual_core(fixture);
    size = read_file(fixture->core, &bytes);
    for (size_t length = 1; length < size; length += length < 3000 ? 7 : 509) {
        write_file(fixture->core, bytes, length);
        if (open_core(fixture, "", "") == HOG_OK) {
            assert_true(fixture->process.truncated);
            walk(fixture);
        } else {
            assert_int_equal(fixture->process.error.status, HOG_BAD_DATA);
        }
    }
    free(bytes);
}

static void test_every_header_byte_spoiled(void **state)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0xff};
    struct fixture *fixture = *state;
    unsigned char *bytes;
    size_t size;

    write_usual_core(fixture);
    size = read_file(fixture->core, &bytes);
    for (size_t at = 4; at < 3000; at++) {
        unsigned char before = bytes[at];

        bytes[at] = values[at % sizeof values];
        write_file(fixture->core, bytes, size);
        if (open_core(fixture, "", "") == HOG_OK)
            walk(fixture);
        else
            assert_true(fixture->process.error.words[0] != '\0');
        bytes[at] = before;
    }
    free(bytes);
}

static void test_many_segments(void **state)
{
    enum { MANY = 70000 };
    struct fixture *fixture = *state;
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);
    uint64_t word = 0;

    add_threads(writer);
    for (uint64_t i = 0; i < MANY; i++)
        hog_core_writer_segment(writer, 0x100000 + i * 2 * PAGE, PAGE, HOG_CORE_READ | HOG_CORE_WRITE, &i,
                                i % 1000 == 7 ? sizeof i : 0);
    finish(fixture, writer);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_int_equal(fixture->process.mapping_count, MANY);
    assert_int_equal(fixture->process.thread_count, 2);
    assert_int_equal(hog_memory_u64(fixture->process.memory, 0x100000 + 69007 * 2 * PAGE, &word), HOG_OK);
    assert_int_equal(word, 69007);
    assert_unreadable(fixture, 0x100000 + 69008 * 2 * PAGE);
}

/* The kernel writes section header 0 last: a core cut short has lost the number of its segments. */
static void test_many_segments_truncated(void **state)
{
    enum { MANY = 70000 };
    struct fixture *fixture = *state;
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);
    uint64_t lost = UINT64_MAX / 2;
    int file;

    add_threads(writer);
    for (uint64_t i = 0; i < MANY; i++)
        hog_core_writer_segment(writer, 0x100000 + i * 2 * PAGE, PAGE, HOG_CORE_READ | HOG_CORE_WRITE, NULL,
                                0);
    finish(fixture, writer);
    file = open(fixture->core, O_WRONLY);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, &lost, sizeof lost, offsetof(Elf64_Ehdr, e_shoff)), sizeof lost);
    close(file);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_int_equal(fixture->process.mapping_count, MANY);
    assert_int_equal(fixture->process.thread_count, 2);
}

static void pack_zstd(const char *path, const unsigned char *bytes, size_t size)
{
    size_t room = ZSTD_compressBound(size);
    unsigned char *packed = malloc(room);

    assert_non_null(packed);
    size = ZSTD_compress(packed, room, bytes, size, 1);
    assert_false(ZSTD_isError(size));
    write_file(path, packed, size);
    free(packed);
}

static void pack_gzip(const char *path, const unsigned char *bytes, size_t size)
{
    gzFile file = gzopen(path, "w1");

    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
}

static void test_compressed(void **state)
{
    struct fixture *fixture = *state;
    void (*pack[])(const char *, const unsigned char *, size_t) = {pack_zstd, pack_gzip};
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);
    unsigned char *zeros = calloc(512, PAGE);
    unsigned char *bytes;
    size_t size;

    assert_non_null(zeros);
    zeros[511 * PAGE + 5] = 1;
    add_threads(writer);
    add_library(fixture, writer);
    add_heap(fixture, writer);
    hog_core_writer_segment(writer, 0x1000000, 512 * PAGE, HOG_CORE_READ | HOG_CORE_WRITE, zeros, 512 * PAGE);
    finish(fixture, writer);
    size = read_file(fixture->core, &bytes);
    for (unsigned i = 0; i < 2; i++) {
        struct stat about;

        pack[i](fixture->core, bytes, size);
        assert_int_equal(open_core(fixture, "", ""), HOG_OK);
        assert_int_equal(fixture->process.thread_count, 2);
        assert_memory_is(fixture, HEAP, fixture->heap, 2 * PAGE);
        assert_memory_is(fixture, 0x1000000 + 510 * PAGE, zeros + 510 * PAGE, 2 * PAGE);
        assert_int_equal(fixture->process.warning_count, 0);
        assert_int_equal(stat(fixture->core, &about), 0);
        assert_int_equal(truncate(fixture->core, about.st_size * 2 / 3), 0);
        if (open_core(fixture, "", "") == HOG_OK)
            assert_warned(fixture, "damaged or cut short");
        else
            assert_int_equal(fixture->process.error.status, HOG_BAD_DATA);
    }
    write_file(fixture->core,
               "\xfd"
               "7zXZ\0 and so on",
               16);
    assert_int_equal(open_core(fixture, "", ""), HOG_UNSUPPORTED);
    assert_non_null(strstr(fixture->process.error.words, "unxz"));
    free(bytes);
    free(zeros);
}

/* A frame that asks for a window of 256 MB, and no more. */
static void test_window_too_large(void **state)
{
    static const unsigned char frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0, (28 - 10) << 3, 1, 0, 0};
    struct fixture *fixture = *state;

    write_file(fixture->core, frame, sizeof frame);
    assert_int_equal(open_core(fixture, "", ""), HOG_UNSUPPORTED);
    assert_non_null(strstr(fixture->process.error.words, "--long=31"));
}

static bool third_time(void *context)
{
    return ++*(unsigned *)context == 3;
}

static void test_interrupted_unpacking(void **state)
{
    struct fixture *fixture = *state;
    void (*pack[])(const char *, const unsigned char *, size_t) = {pack_zstd, pack_gzip};
    enum { SIZE = 16 << 20 };
    unsigned char *zeros = calloc(1, SIZE);

    for (unsigned i = 0; i < 2; i++) {
        unsigned asked = 0;
        const struct hog_core_request request = {.path = fixture->core,
                                                 .executable = "",
                                                 .sysroot = "",
                                                 .interrupted = third_time,
                                                 .context = &asked};

        pack[i](fixture->core, zeros, SIZE);
        assert_int_equal(open_core(fixture, "", ""), HOG_BAD_DATA);
        hog_process_deinit(&fixture->process);
        assert_int_equal(hog_process_open_core(&fixture->process, &request), HOG_INTERRUPTED);
        assert_int_equal(asked, 3);
        assert_non_null(strstr(fixture->process.error.words, "interrupted while core file"));
    }
    free(zeros);
}

static void test_build_id(void **state)
{
    struct fixture *fixture = *state;
    struct hog_elf_id id = {0}, same = {0};
    char text[HOG_ELF_ID_TEXT];

    assert_string_equal(hog_elf_id_text(&id, text), "none");
    assert_true(hog_elf_id_find(fixture->library_bytes, sizeof fixture->library_bytes, &id));
    assert_true(hog_elf_id_find(fixture->library_bytes, PAGE, &same));
    assert_true(hog_elf_id_equal(&id, &same));
    assert_string_equal(hog_elf_id_text(&id, text), "abababababababababababababababababababab");
    assert_false(hog_elf_id_find(fixture->library_bytes, 150, &id)); /* the note is not whole */
    assert_false(hog_elf_id_find(fixture->library_bytes + 8, PAGE, &id));
    assert_false(hog_elf_id_find(fixture->library_bytes, 10, &id));
}

static void test_writer_failure_is_told(void **state)
{
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);
    struct hog_error error = {0};

    (void)state;
    assert_int_equal(hog_core_writer_finish(writer, "/nonexistent/core", &error), HOG_IO);
    assert_non_null(strstr(error.words, "/nonexistent/core: No such file"));
    hog_core_writer_destroy(writer);
}

static void test_remote(void **state)
{
    struct hog_process process;

    (void)state;
    hog_process_init_remote(&process, 12, NULL);
    assert_int_equal(process.kind, HOG_TARGET_REMOTE);
    assert_int_equal(process.pid, 12);
    assert_string_equal(process.executable, "");
    assert_null(hog_process_mapping_at(&process, 0));
    assert_null(hog_process_thread(&process, 12));
    hog_process_deinit(&process);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, make_fixture, drop_fixture)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_process),
        WITH_FIXTURE(test_threads),
        WITH_FIXTURE(test_aarch64_threads),
        WITH_FIXTURE(test_memory),
        WITH_FIXTURE(test_other_build_id_is_named),
        WITH_FIXTURE(test_missing_file_is_named),
        WITH_FIXTURE(test_moved_executable),
        WITH_FIXTURE(test_sysroot),
        WITH_FIXTURE(test_ranges_without_segment),
        WITH_FIXTURE(test_deleted_file_that_is_another_now),
        WITH_FIXTURE(test_no_private_memory),
        WITH_FIXTURE(test_truncated),
        WITH_FIXTURE(test_cut_pages_do_not_come_from_the_file),
        WITH_FIXTURE(test_refusals),
        WITH_FIXTURE(test_cut_at_every_length),
        WITH_FIXTURE(test_every_header_byte_spoiled),
        WITH_FIXTURE(test_many_segments),
        WITH_FIXTURE(test_many_segments_truncated),
        WITH_FIXTURE(test_compressed),
        WITH_FIXTURE(test_window_too_large),
        WITH_FIXTURE(test_interrupted_unpacking),
        WITH_FIXTURE(test_build_id),
        cmocka_unit_test(test_writer_failure_is_told),
        cmocka_unit_test(test_remote),
    };

    return cmocka_run_group_tests_name("core files", tests, NULL, NULL);
}

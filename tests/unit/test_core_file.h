/*
 * What the tests of core files share: a process with one library and a heap,
 * written as a core with core_writer.h, and looked at.
 */
#ifndef HOG_TESTS_TEST_CORE_FILE_H
#define HOG_TESTS_TEST_CORE_FILE_H

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
static inline void make_library(unsigned char bytes[LIBRARY_PAGES * PAGE], unsigned char id)
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

static inline void write_file(const char *path, const void *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, size), size);
    close(file);
}

static inline size_t read_file(const char *path, unsigned char **ret_bytes)
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

static inline void add_library(struct fixture *fixture, struct hog_core_writer *writer)
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

static inline void add_heap(struct fixture *fixture, struct hog_core_writer *writer)
{
    hog_core_writer_segment(writer, HEAP, PAGE, HOG_CORE_READ | HOG_CORE_WRITE, fixture->heap, PAGE);
    hog_core_writer_segment(writer, HEAP + PAGE, PAGE, HOG_CORE_READ | HOG_CORE_WRITE, fixture->heap + PAGE,
                            PAGE);
    hog_core_writer_segment(writer, HALF, 2 * PAGE, HOG_CORE_READ | HOG_CORE_WRITE, fixture->heap, PAGE);
}

static inline void add_threads(struct hog_core_writer *writer)
{
    hog_core_writer_process(writer, 4711, "python3", "python3 worker.py --queue mail");
    hog_core_writer_thread(writer, &(struct hog_core_thread){.lwp = 4713,
                                                             .signal = 11,
                                                             .system_call = -1,
                                                             .arguments = {99},
                                                             .thread_pointer = 0x7f0000001000,
                                                             .program_counter = LIBRARY + PAGE});
    hog_core_writer_thread(writer, &(struct hog_core_thread){.lwp = 4711,
                                                             .system_call = 202,
                                                             .arguments = {0x7f00000000a0},
                                                             .thread_pointer = 0x7f0000002000});
}

static inline void finish(struct fixture *fixture, struct hog_core_writer *writer)
{
    struct hog_error error = {0};

    assert_int_equal(hog_core_writer_finish(writer, fixture->core, &error), HOG_OK);
    hog_core_writer_destroy(writer);
}

static inline int make_fixture(void **state)
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

static inline int drop_fixture(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    hog_process_deinit(&fixture->process);
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

static inline void write_usual_core(struct fixture *fixture)
{
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);

    assert_non_null(writer);
    add_threads(writer);
    add_library(fixture, writer);
    add_heap(fixture, writer);
    finish(fixture, writer);
}

static inline enum hog_status open_core(struct fixture *fixture, const char *executable, const char *sysroot)
{
    const struct hog_core_request request = {
        .path = fixture->core, .executable = executable, .sysroot = sysroot};

    hog_process_deinit(&fixture->process);
    return hog_process_open_core(&fixture->process, &request);
}

static inline void assert_memory_is(struct fixture *fixture, uint64_t address, const void *bytes, size_t size)
{
    unsigned char buffer[LIBRARY_PAGES * PAGE];

    assert_true(size <= sizeof buffer);
    assert_int_equal(hog_memory_read(fixture->process.memory, address, buffer, size), HOG_OK);
    assert_memory_equal(buffer, bytes, size);
}

static inline void assert_unreadable(struct fixture *fixture, uint64_t address)
{
    uint8_t byte;

    assert_int_equal(hog_memory_u8(fixture->process.memory, address, &byte), HOG_UNREADABLE);
    assert_int_equal(fixture->process.memory->fault, address);
}

static inline void assert_warned(const struct fixture *fixture, const char *words)
{
    for (size_t i = 0; i < fixture->process.warning_count; i++)
        if (strstr(fixture->process.warnings[i], words))
            return;
    fail_msg("no warning has \"%s\"; there are %zu, the first: %s", words, fixture->process.warning_count,
             fixture->process.warning_count ? fixture->process.warnings[0] : "-");
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, make_fixture, drop_fixture)

#endif

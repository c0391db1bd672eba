/*
 * Core files that are not as they should be: cut at every length, with every
 * byte of their headers spoiled, compressed, of more segments than an ELF
 * header counts. All of it must end in words and never in a crash.
 */
#define _GNU_SOURCE
#include "test_core_file.h"

#include <time.h>

#ifdef HOGNOSE_LZ4
#include <lz4frame.h>
#endif
#ifdef HOGNOSE_LZMA
#include <lzma.h>
#endif
#include <time.h>
#include <zlib.h>
#include <zstd.h>

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

/* Overwritten while it is read, by the core of the next crash. */
static void test_cut_while_open(void **state)
{
    struct fixture *fixture = *state;

    write_usual_core(fixture);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_int_equal(truncate(fixture->core, 0), 0);
    assert_unreadable(fixture, HEAP);
    assert_unreadable(fixture, HEAP + PAGE);
    assert_int_equal(fixture->process.warning_count, 1); /* said once */
    assert_warned(fixture, "it was cut short meanwhile");
    assert_int_equal(truncate(fixture->library, 0), 0);
    assert_unreadable(fixture, LIBRARY + 2 * PAGE);
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
        assert_non_null(strstr(fixture->process.error.message, changes[i].words));
        assert_non_null(strstr(fixture->process.error.message, fixture->core));
        bytes[changes[i].at] = before;
    }
    free(bytes);
    write_file(fixture->core, "", 0);
    assert_int_equal(open_core(fixture, "", ""), HOG_BAD_DATA);
    assert_non_null(strstr(fixture->process.error.message, "is empty"));
    unlink(fixture->core);
    assert_int_equal(open_core(fixture, "", ""), HOG_IO);
    assert_non_null(strstr(fixture->process.error.message, "No such file"));
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

/* PT_NOTE at an odd place, and one of 8 GB of zeros (a sparse file): neither costs memory or time. */
static void test_large_notes(void **state)
{
    static const uint64_t sizes[] = {UINT64_C(8) << 30, UINT64_C(8) << 30};
    struct fixture *fixture = *state;
    struct timespec before, after;

    for (size_t odd = 0; odd < 2; odd++) {
        Elf64_Ehdr header;
        Elf64_Phdr segment = {.p_type = 0};
        int file;

        write_usual_core(fixture);
        file = open(fixture->core, O_RDWR);
        assert_true(file >= 0);
        assert_int_equal(pread(file, &header, sizeof header, 0), sizeof header);
        for (unsigned i = 0; i < header.e_phnum && segment.p_type != PT_NOTE; i++) {
            off_t at = (off_t)(header.e_phoff + i * sizeof segment);

            assert_int_equal(pread(file, &segment, sizeof segment, at), sizeof segment);
            if (segment.p_type != PT_NOTE)
                continue;
            segment.p_offset = (UINT64_C(1) << 20) + odd;
            segment.p_filesz = sizes[odd];
            assert_int_equal(pwrite(file, &segment, sizeof segment, at), sizeof segment);
        }
        assert_int_equal(ftruncate(file, (off_t)(segment.p_offset + segment.p_filesz)), 0);
        close(file);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
        assert_int_equal(open_core(fixture, "", ""), HOG_OK);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
        assert_true(after.tv_sec - before.tv_sec < 2);
        assert_int_equal(fixture->process.thread_count, 0);
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
            assert_true(fixture->process.error.message[0] != '\0');
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

#ifdef HOGNOSE_LZMA
static void pack_xz(const char *path, const unsigned char *bytes, size_t size)
{
    size_t room = lzma_stream_buffer_bound(size), used = 0;
    unsigned char *packed = malloc(room);

    assert_non_null(packed);
    assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, bytes, size, packed, &used, room),
                     LZMA_OK);
    write_file(path, packed, used);
    free(packed);
}
#endif

#ifdef HOGNOSE_LZ4
static void pack_lz4(const char *path, const unsigned char *bytes, size_t size)
{
    size_t room = LZ4F_compressFrameBound(size, NULL);
    unsigned char *packed = malloc(room);

    assert_non_null(packed);
    size = LZ4F_compressFrame(packed, room, bytes, size, NULL);
    assert_false(LZ4F_isError(size));
    write_file(path, packed, size);
    free(packed);
}
#endif

typedef void pack_function(const char *path, const unsigned char *bytes, size_t size);

static pack_function *const packers[] = {
    pack_zstd,
    pack_gzip,
#ifdef HOGNOSE_LZMA
    pack_xz,
#endif
#ifdef HOGNOSE_LZ4
    pack_lz4,
#endif
};

enum { PACKERS = sizeof packers / sizeof *packers };

static void test_compressed(void **state)
{
    struct fixture *fixture = *state;
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
    for (unsigned i = 0; i < PACKERS; i++) {
        struct stat about;

        packers[i](fixture->core, bytes, size);
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
    free(bytes);
    free(zeros);
}

/* Whatever is in it, no more than its beginning is unpacked. */
static void test_compressed_is_no_core(void **state)
{
    struct fixture *fixture = *state;
    enum { SIZE = 16 << 20 };
    unsigned char *bytes = calloc(1, SIZE);
    const struct hog_core_request request = {.path = fixture->core, .executable = "", .sysroot = ""};

    assert_non_null(bytes);
    for (unsigned i = 0; i < PACKERS; i++)
        for (int kind = 0; kind < 2; kind++) {
            memset(bytes, 0, SIZE);
            if (kind)
                memcpy(bytes, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2", 18); /* a program */
            packers[i](fixture->core, bytes, SIZE);
            assert_int_equal(hog_process_open_core(&fixture->process, &request), HOG_BAD_DATA);
            assert_non_null(strstr(fixture->process.error.message, "is not a core file: it is compressed"));
            hog_process_deinit(&fixture->process);
        }
    free(bytes);
    assert_int_equal(open_core(fixture, "", ""), HOG_BAD_DATA);
}

/* A frame that asks for a window of 256 MB, and no more. */
static void test_window_too_large(void **state)
{
    static const unsigned char frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0, (28 - 10) << 3, 1, 0, 0};
    struct fixture *fixture = *state;

    write_file(fixture->core, frame, sizeof frame);
    assert_int_equal(open_core(fixture, "", ""), HOG_UNSUPPORTED);
    assert_non_null(strstr(fixture->process.error.message, "--long=31"));
}

static bool third_time(void *context)
{
    return ++*(unsigned *)context == 3;
}

static void test_interrupted_unpacking(void **state)
{
    struct fixture *fixture = *state;
    enum { SIZE = 16 << 20 };
    unsigned char *zeros = calloc(1, SIZE);

    assert_non_null(zeros);
    memcpy(zeros, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4", 18);
    for (unsigned i = 0; i < PACKERS; i++) {
        unsigned asked = 0;
        const struct hog_core_request request = {.path = fixture->core,
                                                 .executable = "",
                                                 .sysroot = "",
                                                 .interrupted = third_time,
                                                 .context = &asked};

        packers[i](fixture->core, zeros, SIZE);
        assert_int_equal(open_core(fixture, "", ""), HOG_UNSUPPORTED); /* of no machine */
        hog_process_deinit(&fixture->process);
        assert_int_equal(hog_process_open_core(&fixture->process, &request), HOG_INTERRUPTED);
        assert_int_equal(asked, 3);
        assert_non_null(strstr(fixture->process.error.message, "interrupted while core file"));
    }
    free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_truncated),
        WITH_FIXTURE(test_cut_pages_do_not_come_from_the_file),
        WITH_FIXTURE(test_cut_while_open),
        WITH_FIXTURE(test_refusals),
        WITH_FIXTURE(test_large_notes),
        WITH_FIXTURE(test_cut_at_every_length),
        WITH_FIXTURE(test_every_header_byte_spoiled),
        WITH_FIXTURE(test_many_segments),
        WITH_FIXTURE(test_many_segments_truncated),
        WITH_FIXTURE(test_compressed),
        WITH_FIXTURE(test_compressed_is_no_core),
        WITH_FIXTURE(test_window_too_large),
        WITH_FIXTURE(test_interrupted_unpacking),
    };

    return cmocka_run_group_tests_name("damaged core files", tests, NULL, NULL);
}

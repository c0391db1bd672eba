/*
 * Core files: written with core_writer.h, opened, compared: threads, memory,
 * and where the pages come from that the core does not have.
 */
#define _GNU_SOURCE
#include "test_core_file.h"

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
    assert_int_equal(process->signal.number, 11);
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
    assert_int_equal(crashed->registers.arguments[0], 0);
    assert_int_equal(crashed->registers.thread_pointer, 0x7f0000001000);
    assert_string_equal(waiting->name, "python3");
    assert_true(waiting->registers.known && waiting->registers.has_thread_pointer);
    assert_int_equal(waiting->registers.system_call, 202);
    assert_int_equal(waiting->registers.arguments[0], 0x7f00000000a0);
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
                                                         .arguments = {i == 1 ? (uint64_t)-4 : 0x5000},
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
    assert_int_equal(threads[0].registers.arguments[0], 0x5000);
    assert_int_equal(threads[1].registers.system_call, 98); /* gave up with EINTR: the argument is gone */
    assert_int_equal(threads[1].registers.arguments[0], 0);
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

static void test_other_build_id_is_not_read(void **state)
{
    struct fixture *fixture = *state;
    unsigned char other[LIBRARY_PAGES * PAGE];

    write_usual_core(fixture);
    make_library(other, 0xcd);
    write_file(fixture->library, other, sizeof other);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_unreadable(fixture, LIBRARY + PAGE);
    assert_int_equal(fixture->process.warning_count, 1);
    assert_warned(fixture, "/libpython.so is not read: on disk it has build id "
                           "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd, in the core "
                           "abababababababababababababababababababab");
}

/* A core that names a file of this machine, to have it printed: with and without something that looks like the
 * beginning of that file. */
static void test_a_core_reads_no_file_that_is_not_its_own(void **state)
{
    static const char secret[PAGE] = "root:$6$secret";
    struct fixture *fixture = *state;

    write_usual_core(fixture);
    write_file(fixture->library, secret, sizeof secret);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_unreadable(fixture, LIBRARY + PAGE);
    assert_warned(fixture, "/libpython.so is not read: ");

    memset(fixture->library_bytes, 0, PAGE); /* the core's first page of it is anything but ELF */
    memcpy(fixture->library_bytes, secret, PAGE);
    write_usual_core(fixture);
    write_file(fixture->library, fixture->library_bytes, sizeof fixture->library_bytes);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_unreadable(fixture, LIBRARY + PAGE);
}

/* There is no page in the core by which the file could be told. */
static void test_a_core_without_its_header_reads_no_file(void **state)
{
    struct hog_core_writer *writer = hog_core_writer_create(EM_X86_64);
    struct fixture *fixture = *state;

    assert_non_null(writer);
    add_threads(writer);
    hog_core_writer_segment(writer, LIBRARY + PAGE, PAGE, HOG_CORE_READ, NULL, 0);
    hog_core_writer_file(writer, LIBRARY + PAGE, LIBRARY + 2 * PAGE, PAGE, fixture->library);
    add_heap(fixture, writer);
    finish(fixture, writer);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_unreadable(fixture, LIBRARY + PAGE);
    assert_warned(fixture, "/libpython.so is not read: the core lacks the page");
    assert_int_equal(open_core(fixture, fixture->library, ""),
                     HOG_OK); /* the user says that it is this one */
    assert_memory_is(fixture, LIBRARY + PAGE, fixture->library_bytes + PAGE, PAGE);
}

/* A mapping of it would end with SIGBUS. */
static void test_a_mapped_file_cut_while_open(void **state)
{
    struct fixture *fixture = *state;

    write_usual_core(fixture);
    assert_int_equal(open_core(fixture, "", ""), HOG_OK);
    assert_memory_is(fixture, LIBRARY + PAGE, fixture->library_bytes + PAGE, PAGE);
    assert_int_equal(truncate(fixture->library, PAGE), 0);
    assert_unreadable(fixture, LIBRARY + PAGE);
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

/* What the core names is not looked for anywhere else: the sysroot says where its files are. */
static void test_nothing_beside_the_sysroot(void **state)
{
    struct fixture *fixture = *state;
    char sysroot[128];
    unsigned char byte;

    write_usual_core(fixture);
    snprintf(sysroot, sizeof sysroot, "%s/root", fixture->folder);
    assert_int_equal(mkdir(sysroot, 0755), 0);
    assert_int_equal(open_core(fixture, "", sysroot), HOG_OK);
    assert_int_not_equal(hog_memory_read(fixture->process.memory, LIBRARY + 2 * PAGE, &byte, 1), HOG_OK);
    assert_int_not_equal(fixture->process.warning_count, 0);
    assert_string_equal(fixture->process.given_executable, "");
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
    assert_non_null(strstr(error.message, "/nonexistent/core: No such file"));
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
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_process),
        WITH_FIXTURE(test_threads),
        WITH_FIXTURE(test_aarch64_threads),
        WITH_FIXTURE(test_memory),
        WITH_FIXTURE(test_other_build_id_is_not_read),
        WITH_FIXTURE(test_a_core_reads_no_file_that_is_not_its_own),
        WITH_FIXTURE(test_a_core_without_its_header_reads_no_file),
        WITH_FIXTURE(test_a_mapped_file_cut_while_open),
        WITH_FIXTURE(test_missing_file_is_named),
        WITH_FIXTURE(test_moved_executable),
        WITH_FIXTURE(test_sysroot),
        WITH_FIXTURE(test_nothing_beside_the_sysroot),
        WITH_FIXTURE(test_ranges_without_segment),
        WITH_FIXTURE(test_deleted_file_that_is_another_now),
        WITH_FIXTURE(test_no_private_memory),
        WITH_FIXTURE(test_build_id),
        cmocka_unit_test(test_writer_failure_is_told),
        cmocka_unit_test(test_remote),
    };

    return cmocka_run_group_tests_name("core files", tests, NULL, NULL);
}

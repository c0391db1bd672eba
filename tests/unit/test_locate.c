/* hog_locate on made-up processes: every way to find CPython, and read k going wrong. */

#include "support/fault_memory.h"
#include "support/test.h"
#include "test_locate_program.h"

static void check_python(const struct hog_location *location, unsigned minor, uint64_t runtime, uint64_t head)
{
    assert_int_equal(location->python.build.version.major, 3);
    assert_int_equal(location->python.build.version.minor, minor);
    assert_int_equal(location->python.build.version.micro, 2);
    assert_int_equal(location->python.runtime, minor >= FIRST_WITH_RUNTIME ? runtime : 0);
    assert_int_equal(location->python.interpreters_head, head);
    assert_true(location->trail_count > 0);
    assert_true(location->python.located_by[0] && location->python.version_by[0]);
}

static void by_symbols(void **state)
{
    (void)state;
    for (unsigned minor = OLDEST; minor <= newest_minor(); minor++) {
        struct hog_location location;
        struct program program;
        uint64_t head;

        program_init(&program);
        program_module(&program, "/usr/bin/app");
        program_module(&program, "/lib/libpython3.so");
        head = add_python(&program, 1, minor, false);
        add_symbols(&program, 1, minor);
        program_map(&program);
        assert_int_equal(locate(&program, &no_files, &location), HOG_OK);
        check_python(&location, minor, program.modules[1].base + RUNTIME_AT, head);
        assert_int_equal(location.python.by, HOG_BY_SYMBOL);
        assert_int_equal(location.python.candidates, 1);
        assert_string_equal(location.python.module, "/lib/libpython3.so");
        hog_location_deinit(&location);
        program_deinit(&program);
    }
}

static void without_a_symbol(void **state)
{
    (void)state;
    for (unsigned minor = OLDEST; minor <= newest_minor(); minor++) {
        struct hog_location location;
        struct program program;
        uint64_t head;

        program_init(&program);
        program_module(&program, "/usr/bin/app");
        program_module(&program, "/lib/libhidden.so");
        head = add_python(&program, 1, minor, false);
        program_map(&program);
        assert_int_equal(locate(&program, &no_files, &location), HOG_OK);
        check_python(&location, minor, program.modules[1].base + RUNTIME_AT, head);
        assert_int_equal(location.python.by, minor >= FIRST_WITH_TABLE ? HOG_BY_COOKIE : HOG_BY_SCAN);
        hog_location_deinit(&location);
        program_deinit(&program);
    }
}

/* The mappings of a remote process are not known; the scan then asks the image what can be written. */
static void without_a_symbol_or_mappings(void **state)
{
    (void)state;
    for (unsigned minor = OLDEST; minor <= newest_minor(); minor++) {
        struct hog_location location;
        struct program program;
        uint64_t head;

        program_init(&program);
        program_module(&program, "/usr/bin/app");
        head = add_python(&program, 0, minor, false);
        program_map(&program);
        program.process.kind = HOG_TARGET_REMOTE;
        program.process.mapping_count = 0;
        program.process.phdr_address = program.modules[0].base + sizeof(Elf64_Ehdr);
        assert_int_equal(locate(&program, &no_files, &location), HOG_OK);
        check_python(&location, minor, program.modules[0].base + RUNTIME_AT, head);
        hog_location_deinit(&location);
        program_deinit(&program);
    }
}

/* The list of interpreters begins with the newest one; both are pointed to from the data, in any order. */
static void subinterpreters_without_a_symbol(void **state)
{
    (void)state;
    for (unsigned minor = OLDEST; minor < FIRST_WITH_TABLE; minor++) {
        struct hog_layout layout = layout_of(minor, false);
        struct hog_location location;
        struct program program;
        uint64_t main, head, base;

        program_init(&program);
        base = program_module(&program, "/usr/bin/app")->base;
        main = add_python(&program, 0, minor, false);
        head = make_interpreter(&program, &layout, 1, main, false);
        program_poke(&program, base + LOOSE_AT + 8, head);
        program_poke(&program, base + LOOSE_AT + 32, main);
        if (minor >= FIRST_WITH_RUNTIME)
            make_runtime(&program, &layout, base + RUNTIME_AT, head, main);
        program_map(&program);
        assert_int_equal(locate(&program, &no_files, &location), HOG_OK);
        check_python(&location, minor, base + RUNTIME_AT, head);
        hog_location_deinit(&location);
        program_deinit(&program);
    }
}

static void traced_headers(void **state)
{
    (void)state;
    for (unsigned minor = OLDEST; minor < FIRST_WITH_TABLE; minor++) {
        for (unsigned traced = 0; traced < 2; traced++) {
            struct hog_location location;
            struct program program;

            program_init(&program);
            program_module(&program, "/usr/bin/python3");
            add_python(&program, 0, minor, traced);
            add_symbols(&program, 0, minor);
            program_map(&program);
            assert_int_equal(locate(&program, &no_files, &location), HOG_OK);
            assert_int_equal(location.python.build.trace_refs, traced);
            assert_int_equal(location.python.layout.offset[HOG_F_object_ob_type], traced ? 24 : 8);
            hog_location_deinit(&location);
            program_deinit(&program);
        }
    }
}

static void flavours(void **state)
{
    struct hog_location location;
    struct program program;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/python3.13");
    add_python(&program, 0, 13, false);
    add_symbols(&program, 0, 13);
    module_symbol(&program.modules[0], "_Py_RefTotal", 64);
    program_poke(&program, program.modules[0].base + RUNTIME_AT + 16, 1);
    program_map(&program);
    assert_int_equal(locate(&program, &no_files, &location), HOG_OK);
    assert_true(location.python.build.free_threaded);
    assert_true(location.python.build.debug);
    assert_true(location.python.layout.build.free_threaded);
    hog_location_deinit(&location);
    program_deinit(&program);
}

static void two_copies(void **state)
{
    struct hog_location location;
    struct program program;
    uint64_t head;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/python3.11");
    program_module(&program, "/lib/libpython3.11.so.1.0");
    add_symbols(&program, 0, 11);
    head = add_python(&program, 1, 11, false);
    add_symbols(&program, 1, 11);
    program_map(&program);
    assert_int_equal(locate(&program, &no_files, &location), HOG_OK);
    check_python(&location, 11, program.modules[1].base + RUNTIME_AT, head);
    assert_int_equal(location.python.candidates, 2);
    assert_int_equal(location.warning_count, 1);
    assert_string_equal(location.warnings[0], "2 copies of CPython are mapped; the one of "
                                              "/lib/libpython3.11.so.1.0, at 0x7f4010002100, is initialised");
    hog_location_deinit(&location);
    program_deinit(&program);
}

/* A list head that is nonsense: the main interpreter is there yet. */
static void a_damaged_list(void **state)
{
    struct hog_location location;
    struct program program;
    struct hog_layout layout = layout_of(11, false);
    uint64_t head;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/python3.11");
    head = add_python(&program, 0, 11, false);
    add_symbols(&program, 0, 11);
    program_poke(&program,
                 program.modules[0].base + RUNTIME_AT + layout.offset[HOG_F_runtime_interpreters_head],
                 0xdead);
    program_map(&program);
    assert_int_equal(locate(&program, &no_files, &location), HOG_OK);
    check_python(&location, 11, program.modules[0].base + RUNTIME_AT, head);
    assert_int_equal(location.warning_count, 1);
    hog_location_deinit(&location);
    program_deinit(&program);
}

static void an_assumed_version(void **state)
{
    struct hog_locate_options options = {.no_files = true, .assume_version = {3, 11, 0xff, 0xf, 0}};
    struct hog_location location;
    struct program program;
    uint64_t head;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/python3.11");
    head = add_python(&program, 0, 11, false);
    add_symbols(&program, 0, 11);
    program_map(&program);
    assert_int_equal(locate(&program, &options, &location), HOG_OK);
    check_python(&location, 11, program.modules[0].base + RUNTIME_AT, head); /* the micro version stays */
    assert_int_equal(location.warning_count, 0);
    hog_location_deinit(&location);

    program_poke(&program, program.modules[0].base + HEX_AT, 0x031000f0);
    assert_int_equal(locate(&program, &options, &location), HOG_OK);
    assert_int_equal(location.python.build.version.minor, 11);
    assert_string_equal(location.python.version_by, "--assume-version");
    assert_string_equal(location.warnings[0],
                        "/usr/bin/python3.11 is taken for CPython 3.11 as told (--assume-version), "
                        "though Py_Version at 0x7f4000000708 says 3.16.0");
    hog_location_deinit(&location);
    program_deinit(&program);
}

static bool at_once(void *context)
{
    (void)context;
    return true;
}

static void interrupted(void **state)
{
    const struct hog_locate_options options = {.no_files = true, .interrupted = at_once};
    struct hog_location location;
    struct program program;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/app");
    program_map(&program);
    assert_int_equal(locate(&program, &options, &location), HOG_INTERRUPTED);
    hog_location_deinit(&location);
    program_deinit(&program);
}

/* Read k goes wrong, for each k, in every way: it ends, with a status, and words when it is no success. */
static void sweep(bool symbols, unsigned minor)
{
    struct hog_location location;
    struct hog_memory *fault;
    struct program program;
    uint64_t reads;

    program_init(&program);
    program_module(&program, "/usr/bin/python3");
    add_python(&program, 0, minor, false);
    if (symbols)
        add_symbols(&program, 0, minor);
    program_map(&program);
    fault = fault_memory_create(program.process.memory);
    fault_memory_arm(fault, FAULT_NONE, 0);
    assert_int_equal(hog_locate(&location, &program.process, fault, &no_files), HOG_OK);
    hog_location_deinit(&location);
    reads = fault_memory_count(fault);
    for (int kind = FAULT_UNREADABLE; kind <= FAULT_SELF_POINTER; kind++) {
        for (uint64_t at = 0; at < reads; at++) {
            fault_memory_arm(fault, (enum fault_kind)kind, at);
            if (hog_locate(&location, &program.process, fault, &no_files) != HOG_OK)
                assert_true(location.error.message[0]);
            hog_location_deinit(&location);
        }
    }
    hog_memory_destroy(fault);
    program_deinit(&program);
}

static void faults(void **state)
{
    (void)state;
    for (unsigned minor = OLDEST; minor <= newest_minor(); minor++) {
        sweep(true, minor);
        sweep(false, minor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_symbols),
        cmocka_unit_test(without_a_symbol),
        cmocka_unit_test(without_a_symbol_or_mappings),
        cmocka_unit_test(subinterpreters_without_a_symbol),
        cmocka_unit_test(traced_headers),
        cmocka_unit_test(flavours),
        cmocka_unit_test(two_copies),
        cmocka_unit_test(a_damaged_list),
        cmocka_unit_test(an_assumed_version),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* hog_locate on made-up processes: every way to find CPython, and every word when it is not to be had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fault_memory.h"
#include "test_locate_program.h"

#include <stdio.h>

enum { OLDEST = 6, FIRST_WITH_RUNTIME = 7, FIRST_WITH_PY_VERSION = 11, FIRST_WITH_TABLE = 13, NEWEST = 15 };
enum { RUNTIME_AT = DATA_AT + 256, VERSION_AT = FILE_END + 128, LOOSE_AT = FILE_END + 1024, HEX_AT = 1800 };

static const struct hog_locate_options no_files = {.no_files = true};

static enum hog_status locate(struct program *program, const struct hog_locate_options *options,
                              struct hog_location *location)
{
    return hog_locate(location, &program->process, program->process.memory, options);
}

/* A CPython 3.minor in modules[index]: one interpreter, with what leads to it but for symbols. */
static uint64_t add_python(struct program *program, size_t index, unsigned minor, bool trace_refs)
{
    struct hog_layout layout = layout_of(minor, trace_refs);
    uint64_t base = program->modules[index].base;
    uint64_t head = make_interpreter(program, &layout, 0, 0, trace_refs);
    char version[16];

    if (minor >= FIRST_WITH_RUNTIME)
        make_runtime(program, &layout, base + RUNTIME_AT, head, head);
    else
        program_poke(program, base + LOOSE_AT, head);
    snprintf(version, sizeof version, "3.%u.2", minor);
    put_version(program, base + VERSION_AT, version);
    return head;
}

static void add_symbols(struct program *program, size_t index, unsigned minor)
{
    struct program_module *module = &program->modules[index];

    if (minor >= FIRST_WITH_RUNTIME)
        module_symbol(module, "_PyRuntime", RUNTIME_AT);
    else
        module_symbol(module, "_PyThreadState_Current", LOOSE_AT + 64);
    if (minor < FIRST_WITH_PY_VERSION)
        return;
    module_symbol(module, "Py_Version", HEX_AT);
    program_poke(program, module->base + HEX_AT, 0x030002f0 | minor << 16);
}

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
    for (unsigned minor = OLDEST; minor <= NEWEST; minor++) {
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
    for (unsigned minor = OLDEST; minor <= NEWEST; minor++) {
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
    for (unsigned minor = OLDEST; minor <= NEWEST; minor++) {
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
    assert_string_equal(
        location.warnings[0],
        "2 copies of CPython are mapped; the one of /lib/libpython3.11.so.1.0, at 0x7f4010002100, is "
        "initialised");
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

/*
 * Refusals, word for word.
 */

static void check_refusal(struct program *program, enum hog_status status, const char *words)
{
    struct hog_location location;

    program_map(program);
    assert_int_equal(locate(program, &no_files, &location), status);
    assert_string_equal(location.error.words, words);
    hog_location_deinit(&location);
    program_deinit(program);
}

static void no_python(void **state)
{
    struct program program;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/sleep");
    program_module(&program, "/lib/libc.so.6");
    check_refusal(
        &program, HOG_NO_PYTHON,
        "no Python in core file core.4711: neither a symbol nor a trace in memory in any of its 2 modules "
        "(sleep, libc.so.6); is it the right process? py-info lists the steps tried");
}

static void nothing_at_all(void **state)
{
    struct program program;

    (void)state;
    program_init(&program);
    check_refusal(
        &program, HOG_NO_PYTHON,
        "no modules of core file core.4711 are known, so no Python can be found: give the debugger the "
        "executable, or a core file that has its notes");
}

static void not_loaded_yet(void **state)
{
    struct program program;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/python3.12");
    check_refusal(
        &program, HOG_NOT_READY,
        "no CPython is initialised in core file core.4711 yet, though /usr/bin/python3.12 is mapped: let it "
        "run on and try again");
}

static void not_initialised(void **state)
{
    struct program program;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/python3.11");
    add_symbols(&program, 0, 11);
    check_refusal(
        &program, HOG_NOT_READY,
        "CPython 3.11.2 is loaded (/usr/bin/python3.11), but not initialised yet: let the process run on "
        "and try again");
    program_init(&program);
    program_module(&program, "/usr/bin/app");
    add_symbols(&program, 0, 8);
    check_refusal(
        &program, HOG_NOT_READY,
        "CPython is loaded (/usr/bin/app), but not initialised yet, and nothing says which version it is: "
        "let the process run on, or give --assume-version X.Y");
}

static void finalised(void **state)
{
    struct hog_layout layout = layout_of(10, false);
    struct program program;

    (void)state;
    program_init(&program);
    program_module(&program, "/lib/libpython3.10.so.1.0");
    add_symbols(&program, 0, 10);
    put_version(&program, program.modules[0].base + VERSION_AT, "3.10.2");
    program_poke(&program, program.modules[0].base + RUNTIME_AT + layout.offset[HOG_F_runtime_finalizing],
                 heap_base);
    check_refusal(
        &program, HOG_NOT_READY,
        "CPython 3.10.2 is loaded (/lib/libpython3.10.so.1.0), but has finalised: no interpreter is left to "
        "look at");
    program_init(&program);
    program_module(&program, "/usr/bin/app");
    put_version(&program, program.modules[0].base + VERSION_AT, "3.10.2");
    check_refusal(
        &program, HOG_NOT_READY,
        "CPython 3.10.2 is loaded (/usr/bin/app), but no interpreter was found in its data: it is not "
        "initialised yet, or has finalised");
}

static void other_pythons(void **state)
{
    struct program program;

    (void)state;
    program_init(&program);
    module_symbol(program_module(&program, "/lib/libpypy3.9-c.so"), "pypy_main_startup", 64);
    check_refusal(
        &program, HOG_UNSUPPORTED,
        "core file core.4711 runs PyPy (/lib/libpypy3.9-c.so), not CPython: hognose reads CPython 3.6 and "
        "later");
    program_init(&program);
    module_symbol(program_module(&program, "/lib/libpython2.7.so.1.0"), "Py_InitModule4_64", 64);
    put_version(&program, program.modules[0].base + VERSION_AT, "2.7.18");
    check_refusal(
        &program, HOG_UNSUPPORTED,
        "core file core.4711 runs Python 2.7.18 (/lib/libpython2.7.so.1.0): hognose reads CPython 3.6 and "
        "later");
    program_init(&program);
    module_symbol(program_module(&program, "/lib/libpython3.5m.so.1.0"), "_PyThreadState_Current", LOOSE_AT);
    put_version(&program, program.modules[0].base + VERSION_AT, "3.5.10");
    check_refusal(
        &program, HOG_UNSUPPORTED,
        "/lib/libpython3.5m.so.1.0 is Python 3.5.10, older than 3.6, the oldest that hognose reads; nothing "
        "helps but another Python");
    program_init(&program);
    program_module(&program, "/usr/bin/python3.16");
    add_symbols(&program, 0, 16);
    check_refusal(
        &program, HOG_UNSUPPORTED,
        "/usr/bin/python3.16 is CPython 3.16.2, newer than 3.15, the newest that this hognose knows: update "
        "hognose, or try --assume-version 3.15");
}

static void another_machine(void **state)
{
    struct program program;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/python3.11");
    program.process.elf_machine = EM_PPC64;
    check_refusal(
        &program, HOG_UNSUPPORTED,
        "core file core.4711 is of another architecture (ELF machine 21): hognose reads 64-bit x86 and ARM");
}

static void unreadable(void **state)
{
    struct program program;

    (void)state;
    program_init(&program);
    module_symbol(program_module(&program, "/usr/bin/python3.11"), "_PyRuntime", MODULE_SIZE + 64);
    program.process.dump_filter_hint = "echo 0x33 > /proc/PID/coredump_filter";
    check_refusal(
        &program, HOG_UNREADABLE,
        "/usr/bin/python3.11 is CPython 3.11, but its runtime state at 0x7f4000018040 cannot be read: the "
        "core was written without the process's private memory; before the next one: echo 0x33 > "
        "/proc/PID/coredump_filter");
}

static void damaged(void **state)
{
    struct hog_layout layout = layout_of(11, false);
    struct program program;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/python3.11");
    add_symbols(&program, 0, 11);
    make_runtime(&program, &layout, program.modules[0].base + RUNTIME_AT, 0xdead, 0xdead);
    check_refusal(
        &program, HOG_BAD_DATA,
        "/usr/bin/python3.11 is taken for CPython 3.11.2 (by Py_Version at 0x7f4000000708), but its runtime "
        "at 0x7f4000002100 leads to no interpreter (0xdead cannot be one): memory is damaged, or the "
        "version is another");
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
                assert_true(location.error.words[0]);
            hog_location_deinit(&location);
        }
    }
    hog_memory_destroy(fault);
    program_deinit(&program);
}

static void faults(void **state)
{
    (void)state;
    for (unsigned minor = OLDEST; minor <= NEWEST; minor++) {
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
        cmocka_unit_test(no_python),
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(not_loaded_yet),
        cmocka_unit_test(not_initialised),
        cmocka_unit_test(finalised),
        cmocka_unit_test(other_pythons),
        cmocka_unit_test(another_machine),
        cmocka_unit_test(unreadable),
        cmocka_unit_test(damaged),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

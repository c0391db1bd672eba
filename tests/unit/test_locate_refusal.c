/* What hog_locate says when there is no CPython to be had, word for word: docs/troubleshooting.md quotes it.
 */

#include "support/test.h"
#include "test_locate_program.h"

static void check_refusal(struct program *program, enum hog_status status, const char *words)
{
    struct hog_location location;

    program_map(program);
    assert_int_equal(locate(program, &no_files, &location), status);
    assert_string_equal(location.error.message, words);
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
        "no CPython is initialised in core file core.4711, though /usr/bin/python3.12 is mapped: the "
        "core was written before Python was, or lacks the pages that would tell");
    program_init(&program);
    program_module(&program, "/usr/bin/python3.12");
    program.process.kind = HOG_TARGET_REMOTE;
    check_refusal(
        &program, HOG_NOT_READY,
        "no CPython is initialised in process 4711 yet, though /usr/bin/python3.12 is mapped: let it "
        "run on and try again");
}

static void not_initialised(void **state)
{
    struct program program;

    (void)state;
    program_init(&program);
    program_module(&program, "/usr/bin/python3.11");
    add_symbols(&program, 0, 11);
    check_refusal(&program, HOG_NOT_READY,
                  "CPython 3.11.2 is loaded (/usr/bin/python3.11), but was not initialised yet when the core "
                  "was written");
    program_init(&program);
    program_module(&program, "/usr/bin/app");
    add_symbols(&program, 0, 8);
    check_refusal(&program, HOG_NOT_READY,
                  "CPython is loaded (/usr/bin/app), but the core does not tell which version it is: give "
                  "--assume-version X.Y");
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
    check_refusal(&program, HOG_NOT_READY,
                  "CPython 3.10.2 is loaded (/lib/libpython3.10.so.1.0), but "
                  "has finalised: no interpreter is left to look at");
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
    unsigned newest = newest_minor();
    char path[64], words[256];

    (void)state;
    program_init(&program);
    module_symbol(program_module(&program, "/lib/libpypy3.9-c.so"), "pypy_main_startup", 64);
    check_refusal(&program, HOG_UNSUPPORTED,
                  "core file core.4711 runs PyPy (/lib/libpypy3.9-c.so), not "
                  "CPython: hognose reads CPython 3.6 and later");
    program_init(&program);
    module_symbol(program_module(&program, "/lib/libpython2.7.so.1.0"), "Py_InitModule4_64", 64);
    put_version(&program, program.modules[0].base + VERSION_AT, "2.7.18");
    check_refusal(&program, HOG_UNSUPPORTED,
                  "core file core.4711 runs Python 2.7.18 "
                  "(/lib/libpython2.7.so.1.0): hognose reads CPython 3.6 and later");
    program_init(&program);
    module_symbol(program_module(&program, "/lib/libpython3.5m.so.1.0"), "_PyThreadState_Current", LOOSE_AT);
    put_version(&program, program.modules[0].base + VERSION_AT, "3.5.10");
    check_refusal(&program, HOG_UNSUPPORTED,
                  "/lib/libpython3.5m.so.1.0 is Python 3.5.10, older than 3.6, the "
                  "oldest that hognose reads; nothing helps but another Python");
    program_init(&program);
    snprintf(path, sizeof path, "/usr/bin/python3.%u", newest + 1);
    snprintf(
        words, sizeof words,
        "%s is CPython 3.%u.2, newer than 3.%u, the newest that this hognose knows: update hognose, or try "
        "--assume-version 3.%u",
        path, newest + 1, newest, newest);
    program_module(&program, path);
    add_symbols(&program, 0, newest + 1);
    check_refusal(&program, HOG_UNSUPPORTED, words);
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
    check_refusal(&program, HOG_UNREADABLE,
                  "/usr/bin/python3.11 is CPython 3.11, but its runtime state at 0x7f4000018040 "
                  "cannot be read: the core was written without the process's private memory; "
                  "before the next one: echo 0x33 > /proc/PID/coredump_filter");
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
    check_refusal(&program, HOG_BAD_DATA,
                  "/usr/bin/python3.11 is taken for CPython 3.11.2 (by Py_Version at "
                  "0x7f4000000708), but its runtime at 0x7f4000002100 leads to no interpreter "
                  "(0xdead cannot be one): memory is damaged, or the version is another");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_python),       cmocka_unit_test(nothing_at_all), cmocka_unit_test(not_loaded_yet),
        cmocka_unit_test(not_initialised), cmocka_unit_test(finalised),      cmocka_unit_test(other_pythons),
        cmocka_unit_test(another_machine), cmocka_unit_test(unreadable),     cmocka_unit_test(damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

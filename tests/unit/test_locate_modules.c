/* Modules from mappings of every shape, their order of search, and modules from the loader's link map. */

#include "locate/modules.h"
#include "support/test.h"
#include "test_locate_program.h"

#define MAP(start, end, offset, permissions, path)                                                           \
    {                                                                                                        \
        start, end, offset, (permissions)[0] == 'r', (permissions)[1] == 'w', (permissions)[2] == 'x',       \
            false, path, false                                                                               \
    }

struct fixture {
    struct hog_process process;
    struct hog_location location;
    struct hog_locate_options options;
    struct locator locator;
};

static void fixture_init(struct fixture *fixture, const struct hog_mapping *mappings, size_t count)
{
    *fixture = (struct fixture){0};
    hog_process_init_remote(&fixture->process, 1, NULL);
    fixture->process.kind = HOG_TARGET_LIVE;
    fixture->process.mappings = mappings;
    fixture->process.mapping_count = count;
    hog_arena_init(&fixture->location.arena, 16 << 20);
    fixture->locator = (struct locator){.location = &fixture->location,
                                        .process = &fixture->process,
                                        .options = &fixture->options,
                                        .arena = &fixture->location.arena};
}

static void fixture_deinit(struct fixture *fixture)
{
    hog_arena_deinit(&fixture->location.arena);
    hog_process_deinit(&fixture->process);
}

static void an_ordinary_process(void **state)
{
    static const struct hog_mapping mappings[] = {
        MAP(0x400000, 0x401000, 0, "r--", "/usr/bin/app"),
        MAP(0x401000, 0x402000, 0x1000, "r-x", "/usr/bin/app"),
        MAP(0x402000, 0x403000, 0x2000, "rw-", "/usr/bin/app"),
        MAP(0x403000, 0x404000, 0, "rw-", ""),
        MAP(0x500000, 0x600000, 0, "rw-", "[heap]"),
        MAP(0x7f0000000000, 0x7f0000001000, 0, "r--", "/usr/lib/locale/locale-archive"),
        MAP(0x7f1000000000, 0x7f1000001000, 0, "r-x", "/lib/libc.so.6"),
        MAP(0x7f1100000000, 0x7f1100001000, 0, "r-x",
            "/lib/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so"),
        MAP(0x7f1200000000, 0x7f1200001000, 0, "r-x", "/lib/libz.so.1"),
        MAP(0x7f1300000000, 0x7f1300001000, 0, "r--", "/lib/libpython3.11.so.1.0"),
        MAP(0x7f1300001000, 0x7f1300009000, 0x1000, "r-x", "/lib/libpython3.11.so.1.0"),
        MAP(0x7fff00000000, 0x7fff00001000, 0, "r-x", "[vdso]"),
    };
    static const char *const order[] = {
        "/usr/bin/app",
        "/lib/libpython3.11.so.1.0",
        "/lib/libz.so.1",
        "/lib/libc.so.6",
        "/lib/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so",
    };
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, mappings, sizeof mappings / sizeof *mappings);
    fixture.process.phdr_address = 0x400040;
    assert_int_equal(modules_collect(&fixture.locator), HOG_OK);
    assert_int_equal(fixture.locator.module_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(fixture.locator.modules[i].seen->path, order[i]);
    assert_true(fixture.locator.modules[0].seen->is_executable);
    assert_int_equal(fixture.locator.modules[0].seen->start, 0x400000);
    assert_int_equal(fixture.locator.modules[0].seen->end, 0x403000);
    assert_int_equal(fixture.locator.modules[1].seen->end, 0x7f1300009000);
    assert_string_equal(fixture.location.modules[0].path, "/usr/bin/app");
    fixture_deinit(&fixture);
}

/* The same library twice, side by side; a small file with two mappings of offset 0; one that patchelf
 * rearranged. */
static void odd_mappings(void **state)
{
    static const struct hog_mapping mappings[] = {
        MAP(0x10000, 0x11000, 0, "r-x", "/lib/twice.so"),
        MAP(0x11000, 0x12000, 0x1000, "rw-", "/lib/twice.so"),
        MAP(0x12000, 0x13000, 0, "r-x", "/lib/twice.so"),
        MAP(0x13000, 0x14000, 0x1000, "rw-", "/lib/twice.so"),
        MAP(0x20000, 0x21000, 0, "r--", "/lib/small.so"),
        MAP(0x21000, 0x22000, 0, "r-x", "/lib/small.so"),
        MAP(0x22000, 0x23000, 0, "rw-", "/lib/small.so"),
        MAP(0x30000, 0x31000, 0x9000, "rw-", "/lib/patched.so"),
        MAP(0x31000, 0x32000, 0, "r-x", "/lib/patched.so"),
    };
    static const struct {
        uint64_t start, end, header;
    } expected[] = {{0x10000, 0x12000, 0x10000},
                    {0x12000, 0x14000, 0x12000},
                    {0x20000, 0x23000, 0x20000},
                    {0x30000, 0x32000, 0x31000}};
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, mappings, sizeof mappings / sizeof *mappings);
    assert_int_equal(modules_collect(&fixture.locator), HOG_OK);
    assert_int_equal(fixture.locator.module_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(fixture.locator.modules[i].seen->start, expected[i].start);
        assert_int_equal(fixture.locator.modules[i].seen->end, expected[i].end);
        assert_int_equal(fixture.locator.modules[i].header, expected[i].header);
    }
    fixture_deinit(&fixture);
}

static void what_the_debugger_lists(void **state)
{
    static const struct hog_mapping mappings[] = {MAP(0x400000, 0x401000, 0, "r-x", "/usr/bin/app")};
    static const struct hog_known_module known[] = {
        {"/usr/bin/app", 0x400000, "/sysroot/usr/bin/app"},
        {"/lib/libother.so", 0x7f0000000000, ""},
        {"/lib/libnowhere.so", 0, "/sysroot/lib/libnowhere.so"},
    };
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, mappings, 1);
    fixture.process.modules = known;
    fixture.process.module_count = 3;
    assert_int_equal(modules_collect(&fixture.locator), HOG_OK);
    assert_int_equal(fixture.locator.module_count, 2);
    assert_string_equal(fixture.locator.modules[0].local_path, "/sysroot/usr/bin/app");
    assert_int_equal(fixture.locator.modules[1].header, 0x7f0000000000);
    fixture_deinit(&fixture);
}

static void nothing_is_known(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, NULL, 0);
    assert_int_equal(modules_collect(&fixture.locator), HOG_OK);
    assert_int_equal(fixture.locator.module_count, 0);
    fixture_deinit(&fixture);
}

/*
 * The link map: r_debug and the links lie in the main program's data, at
 * these offsets.
 */
enum { DEBUG_AT = DATA_AT, LINKS_AT = DATA_AT + 64, NAMES_AT = DATA_AT + 512, LINK_SIZE = 40 };

static void write_link(struct program *program, unsigned index, uint64_t address, const char *name,
                       uint64_t dynamic, uint64_t next)
{
    uint64_t base = program->modules[0].base;
    uint64_t link = base + LINKS_AT + index * LINK_SIZE;
    uint64_t text = base + NAMES_AT + index * 64;

    program_poke(program, link, address);
    program_poke(program, link + 8, text);
    program_poke(program, link + 16, dynamic);
    program_poke(program, link + 24, next);
    memcpy(program_at(program, text), name, strlen(name) + 1);
}

static void linked_init(struct program *program, struct fixture *fixture)
{
    uint64_t base;

    program_init(program);
    base = program_module(program, "/bin/main")->base;
    program_module(program, "/lib/one.so");
    program_module(program, "/lib/two.so");
    memcpy(program->modules[0].bytes + 1024, &(Elf64_Dyn){DT_DEBUG, {base + DEBUG_AT}}, sizeof(Elf64_Dyn));
    program_poke(program, base + DEBUG_AT, 1);
    program_poke(program, base + DEBUG_AT + 8, base + LINKS_AT);
    write_link(program, 0, base, "", base + 1024, base + LINKS_AT + LINK_SIZE);
    write_link(program, 1, program->modules[1].base, "/lib/one.so", 1, base + LINKS_AT + 2 * LINK_SIZE);
    write_link(program, 2, program->modules[2].base, "/lib/two.so", 2, 0);
    program_map(program);
    fixture_init(fixture, NULL, 0);
    fixture->process.kind = HOG_TARGET_REMOTE;
    fixture->process.executable = "/bin/main";
    fixture->process.phdr_address = base + sizeof(Elf64_Ehdr);
    fixture->process.phdr_count = 3;
    fixture->locator.memory = program->process.memory;
}

static void a_link_map(void **state)
{
    static const char *const paths[] = {"/bin/main", "/lib/one.so", "/lib/two.so"};
    struct program program;
    struct fixture fixture;

    (void)state;
    linked_init(&program, &fixture);
    assert_int_equal(modules_collect(&fixture.locator), HOG_OK);
    assert_int_equal(fixture.locator.module_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(fixture.locator.modules[i].seen->path, paths[i]);
        assert_int_equal(module_open(&fixture.locator, &fixture.locator.modules[i]), HOG_OK);
        assert_int_equal(fixture.locator.modules[i].seen->bias, program.modules[i].base);
    }
    fixture_deinit(&fixture);
    program_deinit(&program);
}

static void a_link_map_that_bites_its_tail(void **state)
{
    struct program program;
    struct fixture fixture;

    (void)state;
    linked_init(&program, &fixture);
    program_poke(&program, program.modules[0].base + LINKS_AT + 2 * LINK_SIZE + 24,
                 program.modules[0].base + LINKS_AT + LINK_SIZE);
    assert_int_equal(modules_collect(&fixture.locator), HOG_OK);
    assert_in_range(fixture.locator.module_count, 3, LINK_MAP_MAX);
    fixture_deinit(&fixture);
    program_deinit(&program);
}

static void a_link_map_that_leads_nowhere(void **state)
{
    struct program program;
    struct fixture fixture;

    (void)state;
    linked_init(&program, &fixture);
    program_poke(&program, program.modules[0].base + DEBUG_AT + 8, 0x1234);
    assert_int_equal(modules_collect(&fixture.locator), HOG_OK);
    assert_int_equal(fixture.locator.module_count, 1);
    fixture_deinit(&fixture);
    program_deinit(&program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_process),
        cmocka_unit_test(odd_mappings),
        cmocka_unit_test(what_the_debugger_lists),
        cmocka_unit_test(nothing_is_known),
        cmocka_unit_test(a_link_map),
        cmocka_unit_test(a_link_map_that_bites_its_tail),
        cmocka_unit_test(a_link_map_that_leads_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

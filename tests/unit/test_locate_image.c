/*
 * ELF images in memory and ELF files on disk: this very program and its libc
 * as the vector, and images that lie.
 */
#define _GNU_SOURCE

#include "base/cleanup.h"
#include "locate/elf_file.h"
#include "locate/image.h"
#include "support/fake_memory.h"
#include "support/fault_memory.h"
#include "support/test.h"
#include "test_locate_program.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Looked up by name below. */
__attribute__((used)) int a_global_of_this_test = 1;

struct own {
    struct hog_memory *memory;
    struct hog_arena arena;
    struct image image;
};

/* The module of this process in which `symbol` lies. */
static void own_init(struct own *own, void *symbol)
{
    Dl_info info;

    assert_true(dladdr(symbol, &info));
    own->memory = hog_memory_of_process(getpid());
    hog_arena_init(&own->arena, 1 << 20);
    assert_int_equal(
        image_open(&own->image, own->memory, &own->arena, (uint64_t)(uintptr_t)info.dli_fbase, 0), HOG_OK);
}

static void own_deinit(struct own *own)
{
    hog_arena_deinit(&own->arena);
    hog_memory_destroy(own->memory);
}

static void libc_in_memory(void **state)
{
    static const char *const names[] = {"malloc", "free", "getenv", "environ", "fopen", "qsort"};
    void *libc =
        dlopen("libc.so.6", RTLD_NOLOAD | RTLD_NOW); /* itself, also under a sanitizer that wraps it */
    struct image_dynamic dynamic;
    struct own own;

    (void)state;
    assert_non_null(libc);
    own_init(&own, dlsym(libc, "getenv"));
    assert_int_equal(image_read_dynamic(&own.image, own.memory, &dynamic), HOG_OK);
    assert_true(dynamic.gnu_hash != 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint64_t found = image_find_symbol(&own.image, &dynamic, own.memory, names[i]);

        assert_true(found >= own.image.start && found < own.image.end);
        if (strcmp(names[i], "getenv") == 0 || strcmp(names[i], "qsort") == 0)
            assert_int_equal(found, (uint64_t)(uintptr_t)dlsym(libc, names[i]));
    }
    assert_int_equal(image_find_symbol(&own.image, &dynamic, own.memory, "_PyRuntime"), 0);
    assert_int_equal(image_find_symbol(&own.image, &dynamic, own.memory, ""), 0);
    own_deinit(&own);
    dlclose(libc);
}

static void this_program_on_disk(void **state)
{
    static const char *const names[] = {"a_global_of_this_test", "no_such_symbol"};
    uint64_t values[2] = {0};
    struct elf_file file;
    struct own own;
    Dl_info info;

    (void)state;
    own_init(&own, &a_global_of_this_test);
    assert_int_equal(elf_file_init(&file, "/proc/self/exe"), HOG_OK);
    assert_true(elf_file_is_of(&file, &own.image));
    assert_int_equal(elf_file_find_symbols(&file, SHT_SYMTAB, names, 2, values), 1);
    assert_int_equal(values[0] + own.image.bias, (uint64_t)(uintptr_t)&a_global_of_this_test);
    assert_int_equal(values[1], 0);
    assert_true(elf_file_section(&file, ".text") != 0);
    assert_int_equal(elf_file_section(&file, ".PyRuntime"), 0);
    elf_file_deinit(&file);

    assert_true(dladdr(dlsym(RTLD_NEXT, "getenv"), &info));
    assert_int_equal(elf_file_init(&file, info.dli_fname), HOG_OK);
    assert_false(elf_file_is_of(&file, &own.image));
    elf_file_deinit(&file);
    own_deinit(&own);
}

static void files_that_are_none(void **state)
{
    static const char *const paths[] = {"/", "/dev/null", "/nowhere", "/etc/passwd", ""};
    struct elf_file file;

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_int_equal(elf_file_init(&file, paths[i]), HOG_NOT_FOUND);
}

/* A name that a process gave is walked below its root: its links end there, and lead to nothing but regular files. */
static void names_of_a_process_stay_below_its_root(void **state)
{
    static const struct {
        const char *name, *target;
        enum hog_status status;
    } links[] = {
        {"inside", "/program", HOG_OK},
        {"up", "../../../../program", HOG_OK},
        {"outside", "/usr/bin/env", HOG_NOT_FOUND},
        {"kernel", "/proc/self/exe", HOG_NOT_FOUND},
        {"fifo", "/pipe", HOG_NOT_FOUND},
    };
    HOG_CLEANUP(hog_files_deinit) struct hog_files files = {0};
    char root[] = "/tmp/hognose-root-XXXXXX", path[256], command[512];

    (void)state;
    assert_non_null(mkdtemp(root));
    snprintf(command, sizeof command, "cp /proc/%d/exe %s/program && mkfifo %s/pipe", (int)getpid(), root,
             root);
    assert_int_equal(system(command), 0);
    hog_files_of_file(&files, "", root);
    hog_files_allow_all(&files);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct elf_file file;

        snprintf(path, sizeof path, "%s/%s", root, links[i].name);
        assert_int_equal(symlink(links[i].target, path), 0);
        snprintf(path, sizeof path, "/%s", links[i].name);
        assert_int_equal(elf_file_init_of(&file, &files, path), links[i].status);
        if (links[i].status == HOG_OK)
            elf_file_deinit(&file);
    }
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

static void build_ids_among_notes(void **state)
{
    static const unsigned char notes[] = {
        4, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 'G', 'N', 'U', 0, 9, 9, 9, 0,       /* another type, padded */
        4, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 1, 2, 3, 4, 5, 0, /* NT_GNU_BUILD_ID */
    };
    unsigned char id[HOG_BUILD_ID_MAX];

    (void)state;
    assert_int_equal(image_note_build_id(notes, sizeof notes, 4, id), 5);
    assert_memory_equal(id, "\1\2\3\4\5", 5);
    for (size_t length = 0; length < sizeof notes - 1; length++) {
        unsigned char *cut = memcpy(malloc(length + 1), notes, length);

        assert_int_equal(image_note_build_id(cut, length, 4, id), 0);
        free(cut);
    }
}

/*
 * Images that lie.
 */

static enum hog_status open_made_up(struct program *program, struct hog_arena *arena, struct image *image)
{
    hog_arena_init(arena, 1 << 20);
    return image_open(image, program->process.memory, arena, program->modules[0].base, 0);
}

static void a_made_up_image(void **state)
{
    struct image_dynamic dynamic;
    struct program program;
    struct hog_arena arena;
    struct image image;

    (void)state;
    program_init(&program);
    module_symbol(program_module(&program, "/bin/made-up"), "_PyRuntime", DATA_AT + 64);
    module_symbol(&program.modules[0], "Py_Version", 128);
    program_map(&program);
    assert_int_equal(open_made_up(&program, &arena, &image), HOG_OK);
    assert_int_equal(image.bias, program.modules[0].base);
    assert_int_equal(image.end, program.modules[0].base + MODULE_SIZE);
    assert_int_equal(image_read_dynamic(&image, program.process.memory, &dynamic), HOG_OK);
    assert_int_equal(image_find_symbol(&image, &dynamic, program.process.memory, "_PyRuntime"),
                     image.bias + DATA_AT + 64);
    assert_int_equal(image_find_symbol(&image, &dynamic, program.process.memory, "Py_Version"),
                     image.bias + 128);
    assert_int_equal(image_find_symbol(&image, &dynamic, program.process.memory, "Py_Versio"), 0);
    hog_arena_deinit(&arena);
    program_deinit(&program);
}

static void headers_that_lie(void **state)
{
    static const struct {
        size_t offset;
        uint8_t byte;
        enum hog_status status;
    } cases[] = {
        {0, 'X', HOG_BAD_DATA},
        {EI_CLASS, ELFCLASS32, HOG_UNSUPPORTED},
        {EI_DATA, ELFDATA2MSB, HOG_UNSUPPORTED},
        {offsetof(Elf64_Ehdr, e_phentsize), 1, HOG_BAD_DATA},
        {offsetof(Elf64_Ehdr, e_phnum), 0, HOG_BAD_DATA},
        {offsetof(Elf64_Ehdr, e_phnum), 255, HOG_BAD_DATA},
        {offsetof(Elf64_Ehdr, e_phoff) + 6, 1, HOG_UNREADABLE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct program program;
        struct hog_arena arena;
        struct image image;

        program_init(&program);
        program_module(&program, "/bin/liar")->bytes[cases[i].offset] = cases[i].byte;
        program_map(&program);
        assert_int_equal(open_made_up(&program, &arena, &image), cases[i].status);
        hog_arena_deinit(&arena);
        program_deinit(&program);
    }
}

/* Chains that bite their tails, counts beyond all bounds: an end, and no symbol. */
static void hash_tables_that_lie(void **state)
{
    static const uint32_t tables[][6] = {
        {1, 3, 1, 0, 1, 0},                                       /* 1 → 1 → … */
        {1, UINT32_MAX, 1, 0, 2, 1},                              /* 1 → 2 → 1 → … */
        {0, 3, 1, 0, 0, 0},                                       /* no buckets */
        {UINT32_MAX, 3, 1, 0, 0, 0}, {1, 3, 0x7fffffff, 0, 0, 0}, /* a bucket that leads nowhere */
    };

    (void)state;
    for (unsigned gnu = 0; gnu < 2; gnu++) {
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
            struct image_dynamic dynamic;
            struct program program;
            struct hog_arena arena;
            struct image image;

            program_init(&program);
            module_symbol(program_module(&program, "/bin/liar"), "something", 8);
            module_symbol(&program.modules[0], "else", 8);
            memcpy(program.modules[0].bytes + PAGE + 2048, tables[i], sizeof tables[i]);
            program_map(&program);
            assert_int_equal(open_made_up(&program, &arena, &image), HOG_OK);
            assert_int_equal(image_read_dynamic(&image, program.process.memory, &dynamic), HOG_OK);
            if (gnu)
                dynamic.gnu_hash = dynamic.hash;
            assert_int_equal(image_find_symbol(&image, &dynamic, program.process.memory, "_PyRuntime"), 0);
            hog_arena_deinit(&arena);
            program_deinit(&program);
        }
    }
}

/* This process's libc, with read k going wrong in every way: any answer will do, as long as there is one. */
static void faults(void **state)
{
    struct hog_memory *fault;
    struct own own;

    (void)state;
    own_init(&own, dlsym(RTLD_NEXT, "getenv"));
    fault = fault_memory_create(own.memory);
    for (int kind = FAULT_UNREADABLE; kind <= FAULT_SELF_POINTER; kind++) {
        for (uint64_t at = 0; at < 24; at++) {
            struct image_dynamic dynamic;
            struct hog_arena arena;
            struct image image;

            hog_arena_init(&arena, 1 << 20);
            fault_memory_arm(fault, (enum fault_kind)kind, at);
            if (image_open(&image, fault, &arena, own.image.header, 0) == HOG_OK &&
                image_read_dynamic(&image, fault, &dynamic) == HOG_OK)
                (void)image_find_symbol(&image, &dynamic, fault, "getenv");
            hog_arena_deinit(&arena);
        }
    }
    hog_memory_destroy(fault);
    own_deinit(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libc_in_memory),
        cmocka_unit_test(this_program_on_disk),
        cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(names_of_a_process_stay_below_its_root),
        cmocka_unit_test(build_ids_among_notes),
        cmocka_unit_test(a_made_up_image),
        cmocka_unit_test(headers_that_lie),
        cmocka_unit_test(hash_tables_that_lie),
        cmocka_unit_test(faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

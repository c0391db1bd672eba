/*
 * A made-up process for the tests of locate/: ELF modules and a heap, as they
 * lie in memory, and the mappings that the kernel would list.
 *
 *      module: | header, note, dynamic | symbols, strings, hash | data … | .bss … |
 *               page 0                  page 1                   page 2 on
 *      heap:   interpreters, thread states, objects
 *
 * Everything is plain bytes of the test, which may damage them.
 */
#ifndef HOG_TESTS_LOCATE_PROGRAM_H
#define HOG_TESTS_LOCATE_PROGRAM_H

#include "locate/locate.h"
#include "support/fake_memory.h"
#include "support/versions.h"

#include <assert.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 4096,
    DATA_AT = 2 * PAGE,
    FILE_END = 6 * PAGE, /* behind it: .bss */
    MODULE_SIZE = 24 * PAGE,
    HEAP_SIZE = 32 * PAGE,
    MODULES = 4,
    SYMBOLS = 8,
};
static const uint64_t heap_base = 0x7f5000000000;

struct program_module {
    uint64_t base;
    const char *path;
    unsigned char *bytes; /* MODULE_SIZE */
    uint32_t symbol_count;
    uint32_t string_length;
};

struct program {
    struct program_module modules[MODULES];
    size_t module_count;
    unsigned char *heap;
    uint64_t heap_used;
    struct hog_mapping mappings[4 * MODULES + 1];
    struct fake_segment segments[MODULES + 1];
    struct hog_process process;
};

static inline unsigned char *program_at(struct program *program, uint64_t address)
{
    for (size_t i = 0; i < program->module_count; i++)
        if (address - program->modules[i].base < MODULE_SIZE)
            return program->modules[i].bytes + (address - program->modules[i].base);
    assert(address - heap_base < HEAP_SIZE);
    return program->heap + (address - heap_base);
}

static inline void program_poke(struct program *program, uint64_t address, uint64_t value)
{
    memcpy(program_at(program, address), &value, sizeof value);
}

static inline uint64_t program_reserve(struct program *program, uint64_t size)
{
    uint64_t address = heap_base + program->heap_used;

    program->heap_used += (size + 15) & ~UINT64_C(15);
    assert(program->heap_used <= HEAP_SIZE);
    return address;
}

static inline void module_phdr(struct program_module *module, unsigned index, Elf64_Phdr phdr)
{
    memcpy(module->bytes + sizeof(Elf64_Ehdr) + index * sizeof phdr, &phdr, sizeof phdr);
}

/* DT_HASH with a single bucket: the chain goes through every symbol. */
static inline void module_write_dynamic(struct program_module *module)
{
    const Elf64_Dyn dynamic[] = {
        {DT_SYMTAB, {PAGE}}, {DT_STRTAB, {PAGE + 1024}}, {DT_STRSZ, {1024}}, {DT_HASH, {PAGE + 2048}},
        {DT_NULL, {0}},
    };
    uint32_t hash[3 + SYMBOLS + 1] = {1, module->symbol_count + 1, module->symbol_count};

    for (uint32_t i = 1; i <= module->symbol_count; i++)
        hash[3 + i] = i - 1;
    memcpy(module->bytes + 1024, dynamic, sizeof dynamic);
    memcpy(module->bytes + PAGE + 2048, hash, sizeof hash);
}

static inline void module_symbol(struct program_module *module, const char *name, uint64_t value)
{
    Elf64_Sym symbol = {.st_name = module->string_length + 1, .st_shndx = 1, .st_value = value};

    assert(module->symbol_count < SYMBOLS);
    module->symbol_count++;
    memcpy(module->bytes + PAGE + module->symbol_count * sizeof symbol, &symbol, sizeof symbol);
    memcpy(module->bytes + PAGE + 1024 + symbol.st_name, name, strlen(name) + 1);
    module->string_length += (uint32_t)strlen(name) + 1;
    module_write_dynamic(module);
}

/* A position-independent module without symbols. The first one is the executable. */
static inline struct program_module *program_module(struct program *program, const char *path)
{
    struct program_module *module = &program->modules[program->module_count];
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_DYN,
        .e_machine = EM_X86_64,
        .e_phoff = sizeof header,
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 3,
    };

    assert(program->module_count < MODULES);
    *module =
        (struct program_module){.base = 0x7f4000000000 + program->module_count * 0x10000000, .path = path};
    program->module_count++;
    module->bytes = calloc(1, MODULE_SIZE);
    assert(module->bytes);
    memcpy(module->bytes, &header, sizeof header);
    module_phdr(
        module, 0,
        (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = DATA_AT, .p_memsz = DATA_AT});
    module_phdr(module, 1,
                (Elf64_Phdr){.p_type = PT_LOAD,
                             .p_flags = PF_R | PF_W,
                             .p_offset = DATA_AT,
                             .p_vaddr = DATA_AT,
                             .p_filesz = FILE_END - DATA_AT,
                             .p_memsz = MODULE_SIZE - DATA_AT});
    module_phdr(
        module, 2,
        (Elf64_Phdr){
            .p_type = PT_DYNAMIC, .p_vaddr = 1024, .p_offset = 1024, .p_filesz = 256, .p_memsz = 256});
    module_write_dynamic(module);
    return module;
}

static inline void program_init(struct program *program)
{
    *program = (struct program){.heap = calloc(1, HEAP_SIZE)};
    assert(program->heap);
    hog_process_init_remote(&program->process, 4711, NULL);
    program->process.kind = HOG_TARGET_CORE;
    program->process.core_path = "core.4711";
}

static inline void add_mapping(struct program *program, struct hog_mapping mapping)
{
    program->mappings[program->process.mapping_count++] = mapping;
}

/* Mappings and memory; called when the modules are there. The memory is the process's: deinit frees it. */
static inline void program_map(struct program *program)
{
    size_t count = program->module_count;

    for (size_t i = 0; i < count; i++) {
        const struct program_module *module = &program->modules[i];
        uint64_t base = module->base;

        program->segments[i] = (struct fake_segment){base, module->bytes, MODULE_SIZE};
        add_mapping(program, (struct hog_mapping){base, base + DATA_AT, 0, true, false, true, false,
                                                  module->path, false});
        add_mapping(program, (struct hog_mapping){base + DATA_AT, base + FILE_END, DATA_AT, true, true, false,
                                                  false, module->path, false});
        add_mapping(program, (struct hog_mapping){base + FILE_END, base + MODULE_SIZE, 0, true, true, false,
                                                  false, "", false});
    }
    program->segments[count] = (struct fake_segment){heap_base, program->heap, HEAP_SIZE};
    add_mapping(program, (struct hog_mapping){heap_base, heap_base + HEAP_SIZE, 0, true, true, false, false,
                                              "[heap]", false});
    program->process.mappings = program->mappings;
    program->process.executable = program->modules[0].path ? program->modules[0].path : "";
    program->process.memory = fake_memory_create(program->segments, count + 1, FAKE_EXACT);
    assert(program->process.memory);
}

static inline void program_deinit(struct program *program)
{
    for (size_t i = 0; i < program->module_count; i++)
        free(program->modules[i].bytes);
    free(program->heap);
    hog_process_deinit(&program->process);
}

/*
 * CPython in it.
 */

static inline struct hog_layout layout_of(unsigned minor, bool trace_refs)
{
    struct hog_build build = {.version = {3, (uint8_t)minor, 2, 0xf, 0}, .trace_refs = trace_refs};
    struct hog_layout layout;
    struct hog_error error;

    if (hog_layout_select(&layout, &build, &error))
        abort();
    return layout;
}

/* sys.modules: an object whose type's type is `type`. */
static inline uint64_t make_modules(struct program *program, bool trace_refs)
{
    uint64_t type_at = trace_refs ? 24 : 8;
    uint64_t modules = program_reserve(program, 64);
    uint64_t dict_type = program_reserve(program, 512);
    uint64_t type = program_reserve(program, 512);

    program_poke(program, modules + type_at, dict_type);
    program_poke(program, dict_type + type_at, type);
    program_poke(program, type + type_at, type);
    return modules;
}

/* An interpreter with one thread, before `next` in the list. */
static inline uint64_t make_interpreter(struct program *program, const struct hog_layout *layout, uint64_t id,
                                        uint64_t next, bool trace_refs)
{
    uint64_t interpreter = program_reserve(program, 3 * PAGE);
    uint64_t tstate = program_reserve(program, PAGE);

    program_poke(program, interpreter + layout->offset[HOG_F_interp_threads_head], tstate);
    program_poke(program, interpreter + layout->offset[HOG_F_interp_next], next);
    if (hog_layout_has(layout, HOG_F_interp_id))
        program_poke(program, interpreter + layout->offset[HOG_F_interp_id], id);
    program_poke(program, interpreter + layout->offset[HOG_F_interp_modules],
                 make_modules(program, trace_refs));
    program_poke(program, tstate + layout->offset[HOG_F_tstate_interp], interpreter);
    program_poke(program, tstate + layout->offset[HOG_F_tstate_thread_id], 0x7f00);
    return interpreter;
}

/* The runtime at `runtime`, with its list; 3.13+ with the cookie and an empty table of offsets. */
static inline void make_runtime(struct program *program, const struct hog_layout *layout, uint64_t runtime,
                                uint64_t head, uint64_t main)
{
    if (layout->debug_offsets_size) {
        memcpy(program_at(program, runtime), "xdebugpy", 8);
        program_poke(program, runtime + 8, hog_version_hex(layout->build.version));
        program_poke(program, runtime + 16, layout->build.free_threaded);
    }
    program_poke(program, runtime + layout->offset[HOG_F_runtime_interpreters_head], head);
    program_poke(program, runtime + layout->offset[HOG_F_runtime_interpreters_main], main);
}

static inline void put_version(struct program *program, uint64_t address, const char *version)
{
    char text[128];
    int length = snprintf(text, sizeof text, "%s (main, Jan  1 2024, 00:00:00) [GCC 12.2.0]", version);

    memcpy(program_at(program, address), text, (size_t)length + 1);
}

/*
 * A whole CPython 3.x.2, and looking for it.
 */

enum { OLDEST = 6, FIRST_WITH_RUNTIME = 7, FIRST_WITH_PY_VERSION = 11, FIRST_WITH_TABLE = 13 };
enum { RUNTIME_AT = DATA_AT + 256, VERSION_AT = FILE_END + 128, LOOSE_AT = FILE_END + 1024, HEX_AT = 1800 };

static const struct hog_locate_options no_files = {.no_files = true};

static inline enum hog_status locate(struct program *program, const struct hog_locate_options *options,
                                     struct hog_location *location)
{
    return hog_locate(location, &program->process, program->process.memory, options);
}

/* A CPython 3.minor in modules[index]: one interpreter, with what leads to it but for symbols. */
static inline uint64_t add_python(struct program *program, size_t index, unsigned minor, bool trace_refs)
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

static inline void add_symbols(struct program *program, size_t index, unsigned minor)
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

#endif

/*
 * Where a module's symbols come from, in this order. See symbols.h.
 *
 *      the debugger's copy       ┐
 *      ROOT/path                 │ each only if build id (or headers) are those
 *      /proc/PID/map_files/a-b   │ of what is mapped: a file may have been
 *      /proc/PID/exe             ┘ replaced since, or be another container's
 *      PT_DYNAMIC in memory
 *
 * /proc/PID/map_files opens the mapped file itself, also when it is deleted;
 * it wants CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE.
 */
#include "locate/symbols.h"

#include "locate/elf_file.h"
#include "locate/modules.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char *const symbol_names[SYMBOL_COUNT] = {
    [SYMBOL_RUNTIME] = "_PyRuntime",
    [SYMBOL_VERSION] = "Py_Version",
    [SYMBOL_TSTATE_CURRENT] = "_PyThreadState_Current",
    [SYMBOL_REF_TOTAL] = "_Py_RefTotal",
    [SYMBOL_PYTHON_2] = "Py_InitModule4_64",
    [SYMBOL_PYPY] = "pypy_main_startup",
    [SYMBOL_INTERP_HEAD] = "interp_head",
    [SYMBOL_AUTO_INTERP] = "autoInterpreterState",
    [SYMBOL_GIL_LOCKED] = "gil_locked",
    [SYMBOL_GIL_LAST_HOLDER] = "gil_last_holder",
    [SYMBOL_GIL_COND] = "gil_cond",
};

static bool is_file_of(struct locator *locator, const struct module *module, const char *path,
                       struct elf_file *ret_file)
{
    if (elf_file_is_of(ret_file, &module->image))
        return true;
    elf_file_deinit(ret_file);
    locator_note(locator,
                 "%s is a different file from the one that is mapped "
                 "(replaced since, or of another place): not used",
                 path);
    return false;
}

/* A name of our own, or the debugger's. */
static bool try_file(struct locator *locator, const struct module *module, const char *path,
                     struct elf_file *ret_file)
{
    return path[0] && elf_file_init(ret_file, path) == HOG_OK && is_file_of(locator, module, path, ret_file);
}

/* Of whom the names of modules are. */
static const struct hog_files *files_of(struct locator *locator)
{
    const struct hog_process *process = locator->process;
    struct hog_files *files = &locator->files;

    if (!files->made) {
        if (process->kind == HOG_TARGET_LIVE)
            hog_files_of_process(files, process->pid);
        else
            hog_files_of_file(files, process->core_path, process->root);
        hog_files_allow_all(files);
    }
    return files;
}

/* A name that the process gave. What is found is used only if it is the mapped file: whoever may read it. */
static bool try_named(struct locator *locator, const struct module *module, const char *name,
                      const char *shown, struct elf_file *ret_file)
{
    return name[0] == '/' && elf_file_init_of(ret_file, files_of(locator), name) == HOG_OK &&
           is_file_of(locator, module, shown, ret_file);
}

static bool try_link(struct locator *locator, const struct module *module, const char *path,
                     struct elf_file *ret_file)
{
    return elf_file_init_link(ret_file, files_of(locator), path) == HOG_OK &&
           is_file_of(locator, module, path, ret_file);
}

/* Opens the file that is mapped; `ret_path` says by which name it was found. */
static bool open_file(struct locator *locator, const struct module *module, struct elf_file *ret_file,
                      char ret_path[PATH_MAX])
{
    const struct hog_process *process = locator->process;

    if (locator->options->no_files)
        return false;
    snprintf(ret_path, PATH_MAX, "%s", module->local_path);
    if (try_file(locator, module, ret_path, ret_file))
        return true;
    snprintf(ret_path, PATH_MAX, "%s%s", process->root, module->seen->path);
    if (!module->seen->deleted && try_named(locator, module, module->seen->path, ret_path, ret_file))
        return true;
    snprintf(ret_path, PATH_MAX, "%s", process->given_executable);
    if (module->seen->is_executable && try_file(locator, module, ret_path, ret_file))
        return true;
    if (process->kind != HOG_TARGET_LIVE)
        return false;
    snprintf(ret_path, PATH_MAX, "/proc/%" PRId64 "/map_files/%" PRIx64 "-%" PRIx64, process->pid,
             module->header, module->first_end);
    if (module->first_end && try_link(locator, module, ret_path, ret_file))
        return true;
    snprintf(ret_path, PATH_MAX, "/proc/%" PRId64 "/exe", process->pid);
    return module->seen->is_executable && try_link(locator, module, ret_path, ret_file);
}

static bool is_enough(const uint64_t *values)
{
    return values[SYMBOL_RUNTIME] || values[SYMBOL_PYTHON_2] || values[SYMBOL_PYPY] ||
           (values[SYMBOL_TSTATE_CURRENT] && values[SYMBOL_INTERP_HEAD] && values[SYMBOL_GIL_LOCKED]);
}

/* .dynsym, then .symtab, then the section that 3.10.13 and later put _PyRuntime in. False: nothing. */
static bool find_in_file(struct locator *locator, const struct module *module, const struct elf_file *file,
                         const char *path, struct python_symbols *symbols)
{
    uint64_t values[SYMBOL_COUNT] = {0};
    size_t found = elf_file_find_symbols(file, SHT_DYNSYM, symbol_names, SYMBOL_COUNT, values);
    const char *where = ".dynsym";

    if (!is_enough(values) && elf_file_find_symbols(file, SHT_SYMTAB, symbol_names, SYMBOL_COUNT, values)) {
        where = found ? ".dynsym and .symtab" : ".symtab";
        found++;
    }
    if (!is_enough(values) && (values[SYMBOL_RUNTIME] = elf_file_section(file, ".PyRuntime"))) {
        symbols->runtime_is_section = true;
        where = "the section headers";
        found++;
    }
    for (size_t i = 0; i < SYMBOL_COUNT; i++)
        symbols->address[i] = values[i] ? values[i] + module->image.bias : 0;
    if (found && strcmp(path, module->seen->path) != 0)
        symbols->where = locator_words(locator, "%s of %s (opened as %s)", where, module->seen->path, path);
    else if (found)
        symbols->where = locator_words(locator, "%s of %s", where, path);
    return found != 0;
}

static bool find_in_memory(struct locator *locator, const struct module *module,
                           struct python_symbols *symbols)
{
    struct image_dynamic dynamic;
    bool found = false;

    if (image_read_dynamic(&module->image, locator->memory, &dynamic) != HOG_OK)
        return false;
    for (size_t i = 0; i < SYMBOL_GLOBAL_COUNT; i++) {
        symbols->address[i] = image_find_symbol(&module->image, &dynamic, locator->memory, symbol_names[i]);
        found |= symbols->address[i] != 0;
    }
    symbols->where =
        found ? locator_words(locator, "the dynamic symbols of %s in memory", module->seen->path) : "";
    return found;
}

static void note_outcome(struct locator *locator, const struct module *module, const char *path,
                         const struct python_symbols *symbols)
{
    for (size_t i = 0; i < SYMBOL_COUNT; i++) {
        if (!symbols->address[i])
            continue;
        locator_note(locator, "looked for Python's symbols in %s: %s at " HOG_ADDRESS, symbols->where,
                     i == SYMBOL_RUNTIME && symbols->runtime_is_section ? ".PyRuntime" : symbol_names[i],
                     symbols->address[i]);
        return;
    }
    if (module->rank <= RANK_PYTHON)
        locator_note(locator, "looked for Python's symbols in %s%s: none", path ? path : module->seen->path,
                     path ? "" : " in memory");
}

bool symbols_find(struct locator *locator, struct module *module, struct python_symbols *ret_symbols)
{
    struct python_symbols symbols = {.where = ""};
    char path[PATH_MAX];
    struct elf_file file;
    bool found, on_disk;

    if (module_open(locator, module) != HOG_OK) {
        if (module->rank <= RANK_PYTHON)
            locator_note(locator, "%s: no ELF header at " HOG_ADDRESS " (%s)", module->seen->path,
                         module->header, hog_status_name(module->status));
        return false;
    }
    on_disk = open_file(locator, module, &file, path);
    if (on_disk) {
        found = find_in_file(locator, module, &file, path, &symbols);
        elf_file_deinit(&file);
    } else {
        found = find_in_memory(locator, module, &symbols);
    }
    note_outcome(locator, module, on_disk ? path : NULL, &symbols);
    *ret_symbols = symbols;
    return found;
}

/*
 * Every reason why no CPython can be shown, in one line each: what, where,
 * why, and what to do next. docs/troubleshooting.md lists them all.
 */
#include "base/cleanup.h"
#include "base/text.h"
#include "locate/choose.h"
#include "locate/modules.h"
#include "locate/version.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

enum { MODULES_NAMED = 6 };

static const char *process_words(struct locator *locator)
{
    const struct hog_process *process = locator->process;

    if (process->kind == HOG_TARGET_CORE)
        return locator_words(locator, "core file %s", process->core_path);
    return locator_words(locator, "process %" PRId64, process->pid);
}

static enum hog_status refuse_foreigner(struct locator *locator)
{
    const struct foreigner *foreigner = &locator->foreigner;
    const char *process = process_words(locator);
    struct hog_error *error = &locator->location->error;

    if (foreigner->kind == PYPY)
        return hog_fail(error, HOG_UNSUPPORTED,
                        "%s runs PyPy (%s), not CPython: hognose reads CPython 3.6 and later", process,
                        foreigner->path);
    return hog_fail(error, HOG_UNSUPPORTED, "%s runs Python %s (%s): hognose reads CPython 3.6 and later",
                    process, foreigner->version, foreigner->path);
}

/* "a, b, c and 12 more" */
static void list_modules(const struct locator *locator, struct hog_text *text)
{
    size_t named = locator->module_count < MODULES_NAMED ? locator->module_count : MODULES_NAMED;

    for (size_t i = 0; i < named; i++)
        hog_text_printf(text, "%s%s", i ? ", " : "", hog_path_last(locator->modules[i].seen->path));
    if (locator->module_count > named)
        hog_text_printf(text, " and %zu more", locator->module_count - named);
}

/* Something of that name is mapped, but nothing of CPython was found in it: it has only just been started. */
static const char *program_named_python(const struct locator *locator)
{
    for (size_t i = 0; i < locator->module_count; i++) {
        const char *path = locator->modules[i].seen->path;
        struct version_of_name found;

        if (locator->modules[i].rank <= RANK_PYTHON && version_parse_name(path, &found))
            return path;
    }
    return NULL;
}

/* Launchers (shells, PyInstaller's bootloader) have the Python in a child. */
static void list_children(const struct locator *locator, struct hog_text *text)
{
    const struct hog_process *process = locator->process;
    char path[96], line[128];

    if (process->kind != HOG_TARGET_LIVE)
        return;
    snprintf(path, sizeof path, "/proc/%" PRId64 "/task/%" PRId64 "/children", process->pid, process->pid);
    HOG_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, line, sizeof line - 1);

    while (length > 0 && line[length - 1] == ' ')
        length--;
    if (length <= 0)
        return;
    line[length] = '\0';
    hog_text_printf(text, " (it has child processes: %s)", line);
}

/* lldb's minidumps of style "stack" and breakpad's hold nothing else; for the rest lldb gives what the files hold. */
static enum hog_status refuse_dump(struct locator *locator, const char *path)
{
    return hog_fail(
        &locator->location->error, HOG_NOT_READY,
        "CPython is mapped (%s), but this dump lacks its data, as one that holds stacks alone does: "
        "write the next with all memory (process save-core --style full)",
        path);
}

static enum hog_status refuse_nothing(struct locator *locator)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text modules = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text children = {0};
    struct hog_error *error = &locator->location->error;
    const char *process = process_words(locator);
    const char *program = program_named_python(locator);

    if (locator->process->kind == HOG_TARGET_CORE && locator->process->truncated &&
        (!locator->module_count || locator->modules[0].is_bare_memory))
        return hog_fail(
            error, HOG_NO_PYTHON,
            "no Python was found in what is left of %s: its list of mapped files was cut off, and "
            "Python's state with it or the text that tells its version; the memory that is left holds "
            "no interpreter",
            process);
    if (!locator->module_count || locator->modules[0].is_bare_memory)
        return hog_fail(
            error, HOG_NO_PYTHON,
            "no modules of %s are known, so no Python can be found: give the debugger the executable, "
            "or a core file that has its notes",
            process);
    if (program && locator->process->kind == HOG_TARGET_CORE)
        return hog_fail(
            error, HOG_NOT_READY,
            "no CPython is initialised in %s, though %s is mapped: the core was written before Python "
            "was, or lacks the pages that would tell",
            process, program);
    if (program && locator->process->is_dump)
        return refuse_dump(locator, program);
    if (program)
        return hog_fail(
            error, HOG_NOT_READY,
            "no CPython is initialised in %s yet, though %s is mapped: let it run on and try again", process,
            program);
    list_modules(locator, &modules);
    list_children(locator, &children);
    return hog_fail(
        error, HOG_NO_PYTHON,
        "no Python in %s: neither a symbol nor a trace in memory in any of its %zu modules (%s); is it "
        "the right process%s? py-info lists the steps tried",
        process, locator->module_count, modules.bytes ? modules.bytes : "",
        children.bytes ? children.bytes : "");
}

static enum hog_status refuse_version(struct locator *locator, const struct candidate *best)
{
    char newest[HOG_VERSION_TEXT], oldest[HOG_VERSION_TEXT];
    const char *version = locator_version(locator, best->build.version);
    const char *path = best->module->seen->path;
    struct hog_error *error = &locator->location->error;

    hog_version_text(hog_layout_newest(), newest);
    hog_version_text(hog_layout_oldest(), oldest);
    if (version_is_before(best->build.version, hog_layout_oldest()))
        return hog_fail(
            error, HOG_UNSUPPORTED,
            "%s is Python %s, older than %s, the oldest that hognose reads; nothing helps but another Python",
            path, version, oldest);
    return hog_fail(error, HOG_UNSUPPORTED,
                    "%s is CPython %s, newer than %s, the newest that this hognose "
                    "knows: update hognose, or try --assume-version %s",
                    path, version, newest, newest);
}

/* The runtime, or the interpreter that it leads to, is not in the core, or not readable at all. */
static enum hog_status refuse_unreadable(struct locator *locator, const struct candidate *best)
{
    bool runtime = best->state == CANDIDATE_UNREADABLE;
    const char *hint = locator->process->dump_filter_hint;

    return hog_fail(
        &locator->location->error, HOG_UNREADABLE,
        "%s is CPython %s, but its %s at " HOG_ADDRESS " cannot be read%s%s", best->module->seen->path,
        locator_version(locator, best->build.version), runtime ? "runtime state" : "first interpreter",
        runtime ? best->runtime : best->head,
        hint[0] ? ": the core was written without the process's private memory; before the next one: " : "",
        hint);
}

static enum hog_status refuse_damaged(struct locator *locator, const struct candidate *best)
{
    if (locator->process->dump_filter_hint[0])
        return refuse_unreadable(locator, best);
    return hog_fail(&locator->location->error, HOG_BAD_DATA,
                    "%s is taken for CPython %s (by %s), but its runtime at " HOG_ADDRESS
                    " leads to no interpreter (" HOG_ADDRESS
                    " cannot be one): memory is damaged, or the version is another",
                    best->module->seen->path, locator_version(locator, best->build.version), best->version_by,
                    best->runtime, best->head);
}

enum hog_status refuse(struct locator *locator, const struct candidate *best)
{
    struct hog_error *error = &locator->location->error;

    if (best && best->state != CANDIDATE_UNSUPPORTED && locator->process->is_dump)
        return refuse_dump(locator, best->module->seen->path);
    if (!best)
        return locator->foreigner.kind != NOT_FOREIGN ? refuse_foreigner(locator) : refuse_nothing(locator);
    switch (best->state) {
    case CANDIDATE_UNREADABLE:
        return refuse_unreadable(locator, best);
    case CANDIDATE_DAMAGED:
        return refuse_damaged(locator, best);
    case CANDIDATE_UNSUPPORTED:
        return refuse_version(locator, best);
    case CANDIDATE_NO_VERSION:
        if (locator->process->kind == HOG_TARGET_CORE)
            return hog_fail(error, HOG_NOT_READY,
                            "CPython is loaded (%s), but the core does not tell which version it is: give "
                            "--assume-version X.Y",
                            best->module->seen->path);
        return hog_fail(
            error, HOG_NOT_READY,
            "CPython is loaded (%s), but not initialised yet, and nothing says which version it is: let "
            "the process run on, or give --assume-version X.Y",
            best->module->seen->path);
    case CANDIDATE_FINALISED:
        return hog_fail(error, HOG_NOT_READY,
                        "CPython %s is loaded (%s), but has finalised: no interpreter is left to look at",
                        locator_version(locator, best->build.version), best->module->seen->path);
    case CANDIDATE_UNINITIALISED:
        if (best->by == HOG_BY_SCAN)
            return hog_fail(error, HOG_NOT_READY,
                            "CPython %s is loaded (%s), but no interpreter was found in its data: it is not "
                            "initialised yet, or has finalised",
                            locator_version(locator, best->build.version), best->module->seen->path);
        /* fallthrough */
    default:
        if (locator->process->kind == HOG_TARGET_CORE)
            return hog_fail(
                error, HOG_NOT_READY,
                "CPython %s is loaded (%s), but was not initialised yet when the core was written",
                locator_version(locator, best->build.version), best->module->seen->path);
        return hog_fail(
            error, HOG_NOT_READY,
            "CPython %s is loaded (%s), but not initialised yet: let the process run on and try again",
            locator_version(locator, best->build.version), best->module->seen->path);
    }
}

enum hog_status refuse_machine(struct locator *locator)
{
    unsigned machine = locator->process->elf_machine;

    if (!machine || machine == EM_X86_64 || machine == EM_AARCH64)
        return HOG_OK;
    return hog_fail(&locator->location->error, HOG_UNSUPPORTED,
                    "%s is of another architecture (ELF machine %u): hognose reads 64-bit x86 and ARM",
                    process_words(locator), machine);
}

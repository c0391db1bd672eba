/*
 * Every reason why no CPython can be shown, in one line each: what, where,
 * why, and what to do next. docs/troubleshooting.md lists them all.
 */
#include "base/cleanup.h"
#include "base/text.h"
#include "locate/choose.h"
#include "locate/modules.h"
#include "locate/version.h"

#include <inttypes.h>

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
        hog_text_printf(text, "%s%s", i ? ", " : "", path_name(locator->modules[i].seen->path));
    if (locator->module_count > named)
        hog_text_printf(text, " and %zu more", locator->module_count - named);
}

static enum hog_status refuse_nothing(struct locator *locator)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text modules = {0};
    struct hog_error *error = &locator->location->error;
    const char *process = process_words(locator);

    if (!locator->module_count)
        return hog_fail(
            error, HOG_NO_PYTHON,
            "no modules of %s are known, so no Python can be found: give the debugger the executable, "
            "or a core file that has its notes",
            process);
    list_modules(locator, &modules);
    return hog_fail(
        error, HOG_NO_PYTHON,
        "no Python in %s: neither a symbol nor a trace in memory in any of its %zu modules (%s); is it "
        "the right process? py-info lists the steps tried",
        process, locator->module_count, modules.bytes ? modules.bytes : "");
}

static enum hog_status refuse_version(struct locator *locator, const struct candidate *best)
{
    char newest[HOG_VERSION_TEXT], oldest[HOG_VERSION_TEXT];
    const char *version = candidate_version_text(locator, best);
    const char *path = best->module->seen->path;
    struct hog_error *error = &locator->location->error;

    hog_version_text(hog_layout_newest(), newest);
    hog_version_text(hog_layout_oldest(), oldest);
    if (version_is_before(best->build.version, hog_layout_oldest()))
        return hog_fail(
            error, HOG_UNSUPPORTED,
            "%s is Python %s, older than %s, the oldest that hognose reads; nothing helps but another "
            "Python",
            path, version, oldest);
    return hog_fail(
        error, HOG_UNSUPPORTED,
        "%s is CPython %s, newer than %s, the newest that this hognose knows: update hognose, or try "
        "--assume-version %s",
        path, version, newest, newest);
}

static enum hog_status refuse_unreadable(struct locator *locator, const struct candidate *best)
{
    const char *hint = locator->process->dump_filter_hint;

    return hog_fail(
        &locator->location->error, HOG_UNREADABLE,
        "%s is CPython %s, but its runtime state at 0x%" PRIx64 " cannot be read%s%s",
        best->module->seen->path, candidate_version_text(locator, best), best->runtime,
        hint[0] ? ": the core was written without the process's private memory; before the next one: " : "",
        hint);
}

enum hog_status refuse(struct locator *locator, const struct candidate *best)
{
    struct hog_error *error = &locator->location->error;

    if (!best)
        return locator->foreigner.kind != NOT_FOREIGN ? refuse_foreigner(locator) : refuse_nothing(locator);
    switch (best->state) {
    case CANDIDATE_UNREADABLE:
        return refuse_unreadable(locator, best);
    case CANDIDATE_UNSUPPORTED:
        return refuse_version(locator, best);
    case CANDIDATE_NO_VERSION:
        return hog_fail(
            error, HOG_NOT_READY,
            "CPython is loaded (%s), but not initialised yet, and nothing says which version it is: let "
            "the process run on, or give --assume-version X.Y",
            best->module->seen->path);
    case CANDIDATE_FINALISED:
        return hog_fail(error, HOG_NOT_READY,
                        "CPython %s is loaded (%s), but has finalised: no interpreter is left to look at",
                        candidate_version_text(locator, best), best->module->seen->path);
    default:
        return hog_fail(
            error, HOG_NOT_READY,
            "CPython %s is loaded (%s), but not initialised yet: let the process run on and try again",
            candidate_version_text(locator, best), best->module->seen->path);
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

/*
 * Locating CPython in a process: which module holds it, where its runtime
 * state lies, which version and which flavour of build it is.
 *
 *     mappings (or link map) ──▶ modules ──▶ symbols, sections, cookie, scan ──▶ struct hog_python
 *
 * Every step that was tried, with its outcome, is kept in `trail`: py-info
 * prints it, and an error quotes it.
 */
#ifndef HOG_LOCATE_LOCATE_H
#define HOG_LOCATE_LOCATE_H

#include "layout/layout.h"
#include "memory/process.h"

enum { HOG_BUILD_ID_MAX = 64 };

/*
 * One ELF file in the process. Bias and build id are those of modules that
 * were looked into: the search ends when Python is found.
 */
struct hog_module {
    const char *path;    /* as the process sees it; "[vdso]"-like and unknown ones included */
    uint64_t bias;       /* load address minus link address */
    uint64_t start, end; /* lowest and highest mapped address; end 0: not known */
    bool is_executable;  /* the main program */
    bool deleted;
    unsigned char build_id[HOG_BUILD_ID_MAX];
    size_t build_id_size;
};

enum hog_located_by {
    HOG_BY_SYMBOL = 1, /* _PyRuntime in .dynsym or .symtab */
    HOG_BY_SECTION,    /* .PyRuntime */
    HOG_BY_COOKIE,     /* "xdebugpy" in writable data (3.13+) */
    HOG_BY_SCAN,       /* a pointer in writable data that closes the circle interp ⇄ tstate */
};

struct hog_python {
    uint64_t runtime;                               /* address of _PyRuntime; 0 in 3.6 */
    uint64_t interpreters_head;                     /* address of the first PyInterpreterState */
    uint64_t gil_locked, gil_last_holder, gil_cond; /* 3.6: addresses of the loose globals, 0 unknown */
    uint64_t tstate_current;                        /* 3.6: address of _PyThreadState_Current, 0 unknown */
    struct hog_build build;
    struct hog_layout layout; /* selected, debug offsets applied */
    const char *module;       /* path of the module that holds it */
    /* Its static variables: those that begin with a value, from `bss` on the others; 0 unknown. */
    uint64_t data, bss, data_end;
    enum hog_located_by by;
    const char *located_by; /* in words: "_PyRuntime in .dynsym of /usr/bin/python3.11" */
    const char *version_by; /* in words: how the version was found */
    bool offsets_doubted;   /* its table of offsets is odd, as a warning says: what is read may be wrong */
    unsigned candidates;    /* runtimes seen, initialised or not */
};

struct hog_locate_options {
    struct hog_version assume_version; /* major 0: find it */
    bool no_files;                     /* use nothing from disk: what a machine without the files would see */
    bool (*interrupted)(void *context); /* polled; true ends it with HOG_INTERRUPTED. May be NULL */
    void *context;
};

struct hog_location {
    struct hog_python python;
    const struct hog_module *modules;
    size_t module_count;
    const char *const *trail; /* one line a step tried */
    size_t trail_count;
    const char *const *warnings;
    size_t warning_count;
    struct hog_arena arena;
    struct hog_error error; /* on failure: one line with what, where, why, what to do */
};

/*
 * Finds CPython in `process`. `memory` (usually the page cache over
 * process->memory) is read, `process` gives mappings. On failure
 * location->error has the words: no Python (naming the modules searched),
 * not initialised, unsupported version, other implementation (PyPy, 2.7).
 * The location must be deinit'ed either way; it holds no reference to memory.
 */
enum hog_status hog_locate(struct hog_location *location, const struct hog_process *process,
                           struct hog_memory *memory, const struct hog_locate_options *options) HOG_CHECKED;
void hog_location_deinit(struct hog_location *location);

#endif

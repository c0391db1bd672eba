/*
 * The symbols by which CPython is told, looked up in one module: in its file
 * on disk when that is the very file that is mapped, else in its memory.
 */
#ifndef HOG_LOCATE_SYMBOLS_H
#define HOG_LOCATE_SYMBOLS_H

#include "locate/locator.h"

enum python_symbol {
    SYMBOL_RUNTIME,        /* _PyRuntime, 3.7+ */
    SYMBOL_VERSION,        /* Py_Version, 3.11+ */
    SYMBOL_TSTATE_CURRENT, /* _PyThreadState_Current, to 3.6 */
    SYMBOL_REF_TOTAL,      /* _Py_RefTotal: Py_REF_DEBUG, that is a debug build */
    SYMBOL_PYTHON_2,       /* Py_InitModule4_64 */
    SYMBOL_PYPY,           /* pypy_main_startup */
    SYMBOL_INTERP_HEAD,    /* local from here on: .symtab only. To 3.6 */
    SYMBOL_AUTO_INTERP,    /* autoInterpreterState */
    SYMBOL_GIL_LOCKED,
    SYMBOL_GIL_LAST_HOLDER,
    SYMBOL_GIL_COND,
    SYMBOL_COUNT,
    SYMBOL_GLOBAL_COUNT = SYMBOL_INTERP_HEAD,
};

struct python_symbols {
    uint64_t address[SYMBOL_COUNT]; /* in the debuggee; 0: not found */
    bool runtime_is_section;        /* SYMBOL_RUNTIME is the address of section .PyRuntime */
    const char *where;              /* in words: ".dynsym of /usr/bin/python3.11" */
};

/* True when anything of CPython, or of another Python, was found. */
bool symbols_find(struct locator *locator, struct module *module, struct python_symbols *ret_symbols);

#endif

/*
 * What a function of C is to a Python stack, by its name alone: the table of
 * CPython's call machinery, 3.6 to 3.15.
 *
 * Compilers put suffixes to names: _PyEval_EvalFrameDefault.cold,
 * _PyEval_Vector.part.0, call_function.lto_priv.0. They are no part of it here.
 */
#ifndef HOG_NATIVE_ROLES_H
#define HOG_NATIVE_ROLES_H

#include <stdbool.h>

enum native_role {
    ROLE_PLAIN,    /* says something: time_sleep, list_sort, and all of other libraries */
    ROLE_EVAL,     /* runs Python frames */
    ROLE_GLUE,     /* of the interpreter: stands between an eval function and what is called */
    ROLE_START,    /* of the interpreter: starts it, or a thread of its own */
    ROLE_BOTTOM,   /* of the C library: where the stack of a thread begins */
    ROLE_NAMELESS, /* there is no symbol */
};

enum native_role native_role_of(const char *function); /* NULL: nameless */
/* Of a part of a function that the compiler split off and that the function itself calls. */
bool native_is_part(const char *function);
/* Nothing can be further out: _start, clone; and main, where debuggers stop. */
bool native_is_outermost(const char *function);
/* main() of the interpreter's own program does nothing but call one of these. */
bool native_is_main_of_python(const char *function, const char *called);

#endif

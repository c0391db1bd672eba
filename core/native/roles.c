/* The table of roles; see roles.h. Names are those of Objects/, Python/ and Modules/ in CPython 3.6 to 3.15.
 */
#include "native/roles.h"
#include "native/native.h"

#include <stddef.h>
#include <string.h>

struct named_role {
    const char *name;
    enum native_role role;
};

/* Sorted by strcmp. */
static const struct named_role exact[] = {
    {"PyCFunction_Call", ROLE_GLUE},
    {"PyEval_CallFunction", ROLE_GLUE},
    {"PyEval_CallMethod", ROLE_GLUE},
    {"PyEval_CallObjectWithKeywords", ROLE_GLUE},
    {"PyEval_EvalCode", ROLE_GLUE},
    {"PyEval_EvalCodeEx", ROLE_GLUE},
    {"PyEval_EvalFrame", ROLE_GLUE},
    {"PyEval_EvalFrameEx", ROLE_GLUE},
    {"PyIter_Next", ROLE_GLUE},
    {"PyIter_Send", ROLE_GLUE},
    {"PyVectorcall_Call", ROLE_GLUE},
    {"Py_BytesMain", ROLE_START},
    {"Py_Main", ROLE_START},
    {"Py_RunMain", ROLE_START},
    {"_PyCFunction_FastCallDict", ROLE_GLUE},
    {"_PyCFunction_FastCallKeywords", ROLE_GLUE},
    {"_PyEval_EvalCode", ROLE_GLUE},
    {"_PyEval_EvalCodeWithName", ROLE_GLUE},
    {"_PyEval_EvalFrame", ROLE_GLUE},
    {"_PyEval_EvalFrameDefault", ROLE_EVAL},
    {"_PyEval_Vector", ROLE_GLUE},
    {"_PyForIter_VirtualIteratorNext", ROLE_GLUE},
    {"_PyGen_Send", ROLE_GLUE},
    {"_PyVectorcall_Call", ROLE_GLUE},
    {"__clone", ROLE_BOTTOM},
    {"__clone3", ROLE_BOTTOM},
    {"__libc_start_call_main", ROLE_BOTTOM},
    {"__libc_start_main", ROLE_BOTTOM},
    {"__libc_start_main_impl", ROLE_BOTTOM},
    {"_start", ROLE_BOTTOM},
    {"_start_c", ROLE_BOTTOM},
    {"call_function", ROLE_GLUE},
    {"call_method", ROLE_GLUE},
    {"call_unbound", ROLE_GLUE},
    {"call_unbound_noarg", ROLE_GLUE},
    {"callmethod", ROLE_GLUE},
    {"cfunction_call", ROLE_GLUE},
    {"cfunction_call_varargs", ROLE_GLUE},
    {"classmethoddescr_call", ROLE_GLUE},
    {"clone", ROLE_BOTTOM},
    {"clone3", ROLE_BOTTOM},
    {"do_call", ROLE_GLUE},
    {"do_call_core", ROLE_GLUE},
    {"ext_do_call", ROLE_GLUE},
    {"fast_function", ROLE_GLUE},
    {"function_call", ROLE_GLUE},
    {"function_code_fastcall", ROLE_GLUE},
    {"gen_close", ROLE_GLUE},
    {"gen_iternext", ROLE_GLUE},
    {"gen_send", ROLE_GLUE},
    {"gen_send_ex", ROLE_GLUE},
    {"gen_send_ex2", ROLE_GLUE},
    {"gen_throw", ROLE_GLUE},
    {"lookup_maybe_method", ROLE_GLUE},
    {"method_call", ROLE_GLUE},
    {"methoddescr_call", ROLE_GLUE},
    {"object_vacall", ROLE_GLUE},
    {"py_trampoline_evaluator", ROLE_GLUE},
    {"pyrun_file", ROLE_START},
    {"pyrun_simple_file", ROLE_START},
    {"pythread_wrapper", ROLE_START},
    {"run_eval_code_obj", ROLE_START},
    {"run_file", ROLE_START},
    {"run_mod", ROLE_START},
    {"start_thread", ROLE_BOTTOM},
    {"t_bootstrap", ROLE_START},
    {"thread_run", ROLE_START},
    {"type_call", ROLE_GLUE},
    {"type_vectorcall", ROLE_GLUE},
    {"vectorcall_maybe", ROLE_GLUE},
    {"vectorcall_method", ROLE_GLUE},
    {"vectorcall_unbound", ROLE_GLUE},
    {"wrapper_call", ROLE_GLUE},
    {"wrapperdescr_call", ROLE_GLUE},
    {"wrapperdescr_raw_call", ROLE_GLUE},
};

static const struct named_role prefixes[] = {
    {"PyObject_Call", ROLE_GLUE},
    {"PyObject_Vectorcall", ROLE_GLUE},
    {"PyRun_", ROLE_START},
    {"_PyFunction_", ROLE_GLUE},
    {"_PyMethodDef_RawFastCall", ROLE_GLUE},
    {"_PyMethodDescr_", ROLE_GLUE},
    {"_PyObject_Call", ROLE_GLUE},
    {"_PyObject_FastCall", ROLE_GLUE},
    {"_PyObject_MakeTpCall", ROLE_GLUE},
    {"_PyObject_Vectorcall", ROLE_GLUE},
    {"_PyRun_", ROLE_START},
    {"_TAIL_CALL_", ROLE_GLUE},
    {"cfunction_vectorcall_", ROLE_GLUE},
    {"method_vectorcall", ROLE_GLUE},
    {"pymain_", ROLE_START},
    {"slot_", ROLE_GLUE},
};

/* Without what a compiler put behind it. */
static size_t bare_length(const char *function)
{
    size_t length = strcspn(function, ".");

    return length ? length : strlen(function);
}

static int compare(const char *name, const char *function, size_t length)
{
    int order = strncmp(function, name, length);

    return order ? order : -(name[length] != '\0');
}

static enum native_role role_by_prefix(const char *function)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(function, prefixes[i].name, strlen(prefixes[i].name)) == 0)
            return prefixes[i].role;
    return ROLE_PLAIN;
}

enum native_role native_role_of(const char *function)
{
    size_t low = 0, high = sizeof exact / sizeof *exact;
    size_t length;

    if (!function || !*function)
        return ROLE_NAMELESS;
    length = bare_length(function);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(exact[middle].name, function, length);

        if (order == 0)
            return exact[middle].role;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return role_by_prefix(function);
}

bool native_is_part(const char *function)
{
    return function && strstr(function, ".part.");
}

/* What lies behind it has no symbols, and gdb takes the nearest before. */
const char *hog_native_function_name(const char *symbol)
{
    return symbol && strcmp(symbol, "_Py_trampoline_func_end") == 0 ? NULL : symbol;
}

static bool is_one_of(const char *function, const char *const *names)
{
    for (; function && *names; names++)
        if (strcmp(function, *names) == 0)
            return true;
    return false;
}

bool native_is_outermost(const char *function)
{
    static const char *const names[] = {"_start", "_start_c", "clone",    "clone3",
                                        "main",   "__clone",  "__clone3", NULL};

    return is_one_of(function, names);
}

bool native_is_main_of_python(const char *function, const char *called)
{
    static const char *const names[] = {"Py_BytesMain", "Py_Main", "Py_RunMain", NULL};

    return function && strcmp(function, "main") == 0 && is_one_of(called, names);
}

/*
 * _Py_DebugOffsets: the table at the start of _PyRuntime (3.13 and later) in
 * which CPython says itself where things lie.
 *
 *     cookie "xdebugpy" | version | free_threaded | structure: size, entry, entry … | structure: …
 *
 * Every entry is a u64, the offset of a member; `size` comes first in each
 * structure and is its sizeof. The table has no length and no version of its
 * own: its shape follows from CPython's. What is drawn here is the shape; the
 * TABLE rows of versions/3.13.def and later say which entry gives which field.
 *
 * Include/internal/pycore_runtime.h (3.13.0), pycore_debug_offsets.h (3.14.0, 3.15.0b4).
 */
#ifndef HOG_LAYOUT_DEBUG_OFFSETS_H
#define HOG_LAYOUT_DEBUG_OFFSETS_H

#include <stdint.h>

#define DEBUG_OFFSETS_COOKIE "xdebugpy"

/* One structure of the table: its size, then its entries. */
#define OF(...)                                                                                              \
    struct {                                                                                                 \
        uint64_t size, __VA_ARGS__;                                                                          \
    }

/* clang-format off */
struct debug_offsets_3_13 {
    char cookie[8];
    uint64_t version, free_threaded;
    OF(finalizing, interpreters_head) runtime_state;
    OF(id, next, threads_head, gc, imports_modules, sysdict, builtins, ceval_gil,
       gil_runtime_state, gil_runtime_state_enabled, gil_runtime_state_locked,
       gil_runtime_state_holder) interpreter_state;
    OF(prev, next, interp, current_frame, thread_id, native_thread_id, datastack_chunk, status) thread_state;
    OF(previous, executable, instr_ptr, localsplus, owner) interpreter_frame;
    OF(filename, name, qualname, linetable, firstlineno, argcount, localsplusnames, localspluskinds,
       co_code_adaptive) code_object;
    OF(ob_type) pyobject;
    OF(tp_name, tp_repr, tp_flags) type_object;
    OF(ob_item, ob_size) tuple_object;
    OF(ob_item, ob_size) list_object;
    OF(ma_keys, ma_values) dict_object;
    OF(ob_fval) float_object;
    OF(lv_tag, ob_digit) long_object;
    OF(ob_size, ob_sval) bytes_object;
    OF(state, length, asciiobject_size) unicode_object;
    OF(collecting) gc;
};

/* New in 3.14: threads_main, two generations, stackpointer, tlbc; sets, generators, llist_node, debugger_support. */
struct debug_offsets_3_14 {
    char cookie[8];
    uint64_t version, free_threaded;
    OF(finalizing, interpreters_head) runtime_state;
    OF(id, next, threads_head, threads_main, gc, imports_modules, sysdict, builtins, ceval_gil,
       gil_runtime_state, gil_runtime_state_enabled, gil_runtime_state_locked,
       gil_runtime_state_holder, code_object_generation, tlbc_generation) interpreter_state;
    OF(prev, next, interp, current_frame, thread_id, native_thread_id, datastack_chunk, status) thread_state;
    OF(previous, executable, instr_ptr, localsplus, owner, stackpointer, tlbc_index) interpreter_frame;
    OF(filename, name, qualname, linetable, firstlineno, argcount, localsplusnames, localspluskinds,
       co_code_adaptive, co_tlbc) code_object;
    OF(ob_type) pyobject;
    OF(tp_name, tp_repr, tp_flags) type_object;
    OF(ob_item, ob_size) tuple_object;
    OF(ob_item, ob_size) list_object;
    OF(used, table, mask) set_object;
    OF(ma_keys, ma_values) dict_object;
    OF(ob_fval) float_object;
    OF(lv_tag, ob_digit) long_object;
    OF(ob_size, ob_sval) bytes_object;
    OF(state, length, asciiobject_size) unicode_object;
    OF(collecting) gc;
    OF(gi_name, gi_iframe, gi_frame_state) gen_object;
    struct { uint64_t next, prev; } llist_node; /* the one without a size */
    struct {
        uint64_t eval_breaker, remote_debugger_support, remote_debugging_enabled, debugger_pending_call,
            debugger_script_path, debugger_script_path_size;
    } debugger_support;
};

/* New in 3.15: eight of the thread, err_stackitem, two of types, heap types, compact size, three of gc. */
struct debug_offsets_3_15 {
    char cookie[8];
    uint64_t version, free_threaded;
    OF(finalizing, interpreters_head) runtime_state;
    OF(id, next, threads_head, threads_main, gc, imports_modules, sysdict, builtins, ceval_gil,
       gil_runtime_state, gil_runtime_state_enabled, gil_runtime_state_locked,
       gil_runtime_state_holder, code_object_generation, tlbc_generation) interpreter_state;
    OF(prev, next, interp, current_frame, base_frame, last_profiled_frame, last_profiled_frame_seq,
       thread_id, native_thread_id, datastack_chunk, status, holds_gil, gil_requested,
       current_exception, exc_state) thread_state;
    struct { uint64_t exc_value; } err_stackitem;
    OF(previous, executable, instr_ptr, localsplus, owner, stackpointer, tlbc_index) interpreter_frame;
    OF(filename, name, qualname, linetable, firstlineno, argcount, localsplusnames, localspluskinds,
       co_code_adaptive, co_tlbc) code_object;
    OF(ob_type) pyobject;
    OF(tp_name, tp_repr, tp_flags, tp_basicsize, tp_dictoffset) type_object;
    OF(ht_cached_keys) heap_type_object;
    OF(ob_item, ob_size) tuple_object;
    OF(ob_item, ob_size) list_object;
    OF(used, table, mask) set_object;
    OF(ma_keys, ma_values) dict_object;
    OF(ob_fval) float_object;
    OF(lv_tag, ob_digit) long_object;
    OF(ob_size, ob_sval) bytes_object;
    OF(state, length, asciiobject_size, compactunicodeobject_size) unicode_object;
    OF(collecting, frame, generation_stats_size, generation_stats) gc;
    OF(gi_name, gi_iframe, gi_frame_state) gen_object;
    struct { uint64_t next, prev; } llist_node;
    struct {
        uint64_t eval_breaker, remote_debugger_support, remote_debugging_enabled, debugger_pending_call,
            debugger_script_path, debugger_script_path_size;
    } debugger_support;
};
/* clang-format on */
#undef OF

_Static_assert(sizeof(struct debug_offsets_3_13) == 584, "_Py_DebugOffsets of 3.13.0");
_Static_assert(sizeof(struct debug_offsets_3_14) == 760, "_Py_DebugOffsets of 3.14.0");
_Static_assert(sizeof(struct debug_offsets_3_15) == 888, "_Py_DebugOffsets of 3.15.0b4");

#endif

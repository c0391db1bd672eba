"""The C frames of a thread, out of gdb's own unwinder.

A frame is asked for as little as can be, since a process is unwound at every sample of
py-sample --native: what belongs to a place in the program (function, module, line) is looked up
once and remembered while the command runs. Inlined functions share their place with the function
that they are part of, so the kind of frame is a part of the key.
"""

import gdb

from . import strings, target

STACK_POINTERS = {"i386:x86-64": "rsp", "i386:x86-64:intel": "rsp", "aarch64": "sp"}


class Unwinder:
    """`with_lines`: also the source and the line of each frame. `with_modules`: also its library."""

    def __init__(self, with_lines, with_modules):
        self._with_lines = with_lines
        self._with_modules = with_modules
        self._places = {}
        self._threads = {target.lwp(thread): thread for thread in gdb.selected_inferior().threads()}

    def frames_of(self, lwp, most):
        thread = self._threads.get(lwp)
        if thread is None or not thread.is_valid():
            self._threads = {target.lwp(thread): thread for thread in gdb.selected_inferior().threads()}
            thread = self._threads.get(lwp)
        if thread is None:
            return []
        with target.selection_kept():
            thread.switch()
            return self._unwind(most)

    def _unwind(self, most):
        found = []
        try:
            frame = gdb.newest_frame()
            register = STACK_POINTERS.get(frame.architecture().name())
            inlined = 0
            while frame is not None and len(found) < most:
                inlined = inlined + 1 if frame.type() == gdb.INLINE_FRAME else 0
                pc = frame.pc()
                found.append((pc, pointer_of(frame, register)) + self._place(frame, pc, inlined))
                frame = frame.older()
        except RuntimeError:  # gdb.error, gdb.MemoryError: it comes no further
            pass
        return found

    def _place(self, frame, pc, inlined):
        """`inlined`: how many frames of this place there were before. Calls of one place may end in a tail call."""
        key = pc, inlined, frame.type()
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = self._place_of(frame, pc)
        return place

    def _place_of(self, frame, pc):
        name, source, line = strings.raw(frame.name), None, 0
        try:
            found = frame.find_sal() if self._with_lines else None
            if found is not None and found.symtab is not None:
                source, line = target.file_name(found.symtab), found.line
        except RuntimeError:
            pass
        return name, module_of(pc) if self._with_modules else None, source, max(line, 0)


def pointer_of(frame, register):
    if register is None:
        return 0
    try:
        return int(frame.read_register(register)) & 0xFFFFFFFFFFFFFFFF
    except (RuntimeError, ValueError):
        return 0


def module_of(pc):
    """The library that holds it, or the program where gdb is sure."""
    name = strings.raw(gdb.solib_name, pc)
    if name is None and hasattr(gdb.Progspace, "objfile_for_address"):
        file = gdb.current_progspace().objfile_for_address(pc)
        name = target.file_name(file) if file is not None else None
    return target.without_prefix(name)

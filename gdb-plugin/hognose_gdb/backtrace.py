"""Python's frames in gdb's own backtrace: a frame filter that stands in the place of CPython's C frames.

    #5  time_sleep () ...                     #5  time_sleep () ...
    #6  0x... in _PyEval_EvalFrameDefault     #6  leaf (values=[1, 2]) at app.py:6
                                        ──▶       deep (n=0) at app.py:12
    #7  ... PyObject_Vectorcall ...           #9  builtin_sorted () ...
    #8  ... _PyEval_Vector ...
    #9  builtin_sorted () ...

Which frame belongs where is the core's word (_hognose.backtrace_...). All is read at the first backtrace of a stop
and kept until the process runs or is written to. The filter counts as disabled where it has nothing to say, so that
backtraces without Python are printed by gdb itself.
"""

import sys

import _hognose
import gdb
import gdb.frames
from gdb.FrameDecorator import FrameDecorator

from . import asked, strings, target

NAME = "hognose"
MOST = 256  # C frames that are looked at first; more when a backtrace comes so far
OWN_POINTERS = 0x8F0C << 48  # no address of a program's has these bits


def interpreter():
    """What gdb's command line names as its interpreter, the last one of them; also of a second one, by new-ui."""
    found, words = "console", asked.own_words()
    for place, word in enumerate(words):
        name, value = asked.option_of(word)
        if name in ("i", "interpreter"):
            found = value if value is not None else "".join(words[place + 1 : place + 2])
    ui = [command.split()[1:2] for command in asked.commands_of(words) if command.strip().startswith("new-ui")]
    return next((name[0] for name in ui if name and name[0].startswith("mi")), found)


INTERPRETER = interpreter()
GDBS_OWN = (FrameDecorator, getattr(sys.modules[FrameDecorator.__module__], "DAPFrameDecorator", FrameDecorator))


def foreign_filter():
    """The frame filter of another script that shows Python's frames already; None."""
    for one in gdb.frames.return_list("all"):
        kind = type(one)
        module = str(getattr(kind, "__module__", ""))
        if kind is not Filter and any(
            "python" in str(word).lower() or "pyframe" in str(word).lower()
            for word in (getattr(one, "name", ""), kind.__name__, module if module != "__main__" else "")
        ):
            return str(getattr(one, "name", kind.__name__))
    return None


def complain(words):
    gdb.flush(gdb.STDOUT)
    strings.show("hognose: %s\n" % words, gdb.STDERR)


# ---- values ----


class Texts:
    """What is known as text becomes a pointer that gdb prints as this text: as a gdb.Value a str has quotes."""

    def __init__(self):
        self._texts = []
        self._type = None

    def clear(self):
        self._texts = []

    def value(self, text, type_name):
        if self._type is None:
            self._type = gdb.lookup_type("void").const().volatile().pointer()
        self._texts.append(text)
        value = gdb.Value(OWN_POINTERS | (len(self._texts) - 1)).cast(self._type)
        return TypedValue(value, type_name) if INTERPRETER == "dap" else value

    def printer(self, value):
        """One of gdb.pretty_printers."""
        try:
            if not isinstance(value, TypedValue) and value.type != self._type:
                return None
            number = int(value) ^ OWN_POINTERS
        except RuntimeError:
            return None
        return Printer(self._texts[number]) if 0 <= number < len(self._texts) else None


class Printer:
    def __init__(self, text):
        self._text = text

    def to_string(self):
        return self._text


class Type:
    """The type of a value for DAP, which asks no more of it."""

    def __init__(self, name):
        self._name = name
        self.code = gdb.TYPE_CODE_STRUCT

    def __str__(self):
        return self._name

    def strip_typedefs(self):
        return self


class TypedValue(gdb.Value):
    """DAP keeps the object that it is given, and asks for its type."""

    def __init__(self, value, type_name):
        super().__init__(value)
        self._type_name = type_name

    @property
    def type(self):
        return Type(self._type_name)


class Name(str):
    """A str for gdb's own backtrace, a symbol for DAP."""

    @property
    def print_name(self):
        return str(self)


class Variable:
    def __init__(self, name, value):
        self._name = Name(name)
        self._value = value

    def symbol(self):
        return self._name

    def value(self):
        return self._value


# ---- frames ----


def once(method):
    """What gdb says of a C frame holds as long as the process stands."""

    def ask(self):
        name = method.__name__
        if name not in self._known:
            self._known[name] = method(self)
        return self._known[name]

    return ask


class NativeFrame(FrameDecorator):
    """Of C, as gdb decorates it; without a symbol it leaves the place of the name empty."""

    def __init__(self, base):
        super().__init__(base)
        self._known = {}

    @once
    def inferior_frame(self):
        return super().inferior_frame()

    @once
    def function(self):
        if self.inferior_frame().name() is not None:
            return super().function()
        name = super().function()  # an address is for gdb to look up, which does no better
        return name if isinstance(name, str) and name not in ("", "???") else "??"

    @once
    def address(self):
        return super().address()

    @once
    def filename(self):
        return super().filename()

    @once
    def line(self):
        return super().line()

    @once
    def frame_args(self):
        return super().frame_args()


class PythonFrame(FrameDecorator):
    def __init__(self, base, stack, index, level, printed):
        super().__init__(base)
        self._stack = stack
        self._index = index
        self._level = level
        self._printed = printed
        self._frame = stack.frames[index]

    def elided(self):
        return None

    def function(self):
        """gdb prints the number of a C frame once: what follows stands below it."""
        name = strings.plain(self._frame[0])
        if INTERPRETER == "dap" or self._level not in self._printed:
            self._printed.add(self._level)
            return name
        return " " * len("#%-3d" % self._level) + name

    def address(self):
        """None prints none, as for an inlined function; DAP wants a number."""
        return self.inferior_frame().pc() if INTERPRETER == "dap" else None

    def filename(self):
        return strings.plain(self._frame[2])

    def line(self):
        return self._frame[3] or None

    def frame_args(self):
        return self._stack.variables(self._index, True) or None

    def frame_locals(self):
        return self._stack.variables(self._index, False) or None


class Stack:
    """Of one thread in one stop."""

    def __init__(self, stop, lwp, most):
        self._stop = stop
        self._lwp = lwp
        self._variables = {}
        self._natives = {}
        self.most = most
        self.frames, self.places, self.partial, self.words = _hognose.backtrace_stack(stop.backtrace, lwp, most)

    def native(self, level, frame):
        if type(frame) not in GDBS_OWN:
            return frame  # what another filter has made of it may be another thing each time
        if level not in self._natives:
            self._natives[level] = NativeFrame(frame)
        return self._natives[level]

    def variables(self, index, arguments):
        if index not in self._variables:
            known = _hognose.backtrace_variables(self._stop.backtrace, self._lwp, index)
            self._variables[index] = [
                (is_argument, Variable(strings.plain(name), self._stop.value(kind, text)))
                for name, kind, text, is_argument in known
            ]
        return [variable for is_argument, variable in self._variables[index] if is_argument == arguments]


class Stop:
    """All of a process as it stands; `backtrace` is None where there is no Python to be read."""

    def __init__(self, plugin, texts):
        self._texts = texts
        self._stacks = {}
        opened = _hognose.backtrace_open(plugin.session())
        self.backtrace = None if isinstance(opened, str) else opened

    def stack(self, lwp, most):
        if self.backtrace is None:
            return None
        known = self._stacks.get(lwp)
        if known is None or (known.partial and known.most < most):
            known = self._stacks[lwp] = Stack(self, lwp, most)
        return known

    def value(self, type_name, text):
        if type_name is None:
            return self._texts.value("<unset>", "unset")
        return self._texts.value(strings.plain(text if text is not None else "?"), type_name)


class Filter:
    name = NAME
    priority = 100

    def __init__(self, plugin):
        self._plugin = plugin
        self._wanted = True
        self._stop = None
        self._of = None
        self._doubled = None  # (how many filters there were, the name of the one that shows Python already)
        self.texts = Texts()

    @property
    def enabled(self):
        """gdb asks at each backtrace."""
        try:
            stack = self._stack(MOST) if self._wanted and not self._is_doubled() else None
        except RuntimeError:  # gdb.error: there is no thread; or another command of ours is at work
            return False
        return stack is not None and bool(stack.places or stack.words)

    @enabled.setter
    def enabled(self, wanted):
        self._wanted = wanted

    def _is_doubled(self):
        """Looked for once a stop, and where there is another filter than before."""
        count = len(gdb.frame_filters)
        if self._doubled is None or self._doubled[0] != count:
            self._doubled = count, foreign_filter()
        return self._doubled[1] is not None

    def forget(self, *_event):
        self._doubled = self._stop = None

    def forget_texts(self, *_event):
        """DAP keeps values until the process runs, whatever else happens."""
        self.forget()
        self.texts.clear()

    def _stack(self, most):
        thread = gdb.selected_thread()
        if thread is None:
            return None
        inferior = gdb.selected_inferior()
        of = inferior.num, inferior.pid, gdb.parameter("hognose max-string"), gdb.parameter("hognose redact")
        if self._stop is None or self._of != of:
            self.forget()
            self._stop, self._of = Stop(self._plugin, self.texts), of
        return self._stop.stack(target.lwp(thread), most)

    def frame_named(self, name):
        """The number of the innermost frame of that name; None."""
        stack = self._stack(0) if self.enabled else None
        for number, frame in enumerate(stack.frames if stack is not None else ()):
            if name in frame[:2]:
                return number
        return None

    def filter(self, frames):
        stack = self._stack(MOST)
        if stack is None:
            return frames
        if stack.words:
            complain(stack.words)
        return self._merged(stack, frames)

    def _merged(self, stack, frames):
        level_of, printed = levels(), set()
        for frame in frames:
            level = level_of(frame.inferior_frame())
            if stack.partial and level >= stack.most - 1:
                stack = self._stack(0)
            indices = stack.places.get(level)
            if indices is None:
                yield stack.native(level, frame)
            else:
                for index in indices:
                    yield PythonFrame(frame, stack, index, level, printed)


def levels():
    """A function that says the level of a frame; gdb has Frame.level from 11 on."""
    if hasattr(gdb.Frame, "level"):
        return gdb.Frame.level
    at = [gdb.newest_frame(), 0]

    def level_of(frame):
        while at[0] is not None and at[0] != frame:
            at[:] = at[0].older(), at[1] + 1
        return at[1]

    return level_of


def frame_function(plugin, python_frame):
    """`frame function NAME` also for Python's names; `python_frame` says which frame has that name, or None."""

    class FrameFunction(gdb.Command):
        __doc__ = """Select and print the frame of a function.

Usage: frame function NAME

The innermost frame of Python of that name, where hognose's backtrace is on; else that of C."""

        def __init__(self):
            super().__init__("frame function", gdb.COMMAND_STACK, gdb.COMPLETE_SYMBOL)

        def invoke(self, arguments, _from_tty):
            number = python_frame(arguments.strip())
            if number is not None:
                plugin.run("py-frame", str(number))
                return
            gdb.execute("select-frame function " + arguments)  # which is gdb's own still
            gdb.execute("frame")

    return FrameFunction


# ---- on and off ----

# All of these end what is known of a stop; older gdbs lack some.
ENDS = {
    "cont": "forget_texts",
    "exited": "forget_texts",
    "stop": "forget",
    "memory_changed": "forget",
    "register_changed": "forget",
    "new_objfile": "forget",
    "clear_objfiles": "forget",
}


class Switch:
    def __init__(self, plugin):
        self._plugin = plugin
        self._filter = None
        self._command = None

    def turn(self, on):
        if on and self._filter is None:
            self._turn_on()
        elif not on and self._filter is not None:
            self._turn_off()

    def _turn_on(self):
        from . import frames  # noqa: F401  so that the first backtrace need not load it

        if INTERPRETER.startswith("mi"):
            raise gdb.GdbError("hognose: backtrace stays off: front ends that speak GDB/MI lose fields to any filter")
        self._filter = Filter(self._plugin)
        other = foreign_filter()
        if other is not None:
            complain('the frame filter "%s" shows Python already, and goes on doing it' % other)
        if self._command is None:
            self._command = frame_function(self._plugin, self._frame_named)()
        gdb.frame_filters[NAME] = self._filter
        gdb.pretty_printers.insert(0, self._filter.texts.printer)
        for event, method in ENDS.items():
            if hasattr(gdb.events, event):
                getattr(gdb.events, event).connect(getattr(self._filter, method))

    def _frame_named(self, name):
        return self._filter.frame_named(name) if self._filter is not None else None

    def _turn_off(self):
        gone, self._filter = self._filter, None
        gdb.frame_filters.pop(NAME, None)
        gdb.pretty_printers.remove(gone.texts.printer)
        for event, method in ENDS.items():
            if hasattr(gdb.events, event):
                getattr(gdb.events, event).disconnect(getattr(gone, method))
        gone.forget_texts()

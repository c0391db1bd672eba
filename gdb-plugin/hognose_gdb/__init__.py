"""hognose's commands and settings in gdb, made from the core's own tables.

    the user ──▶ gdb.Command, gdb.Parameter (here) ──▶ _hognose (C) ──▶ the core
                                       gdb ◀── host.py ◀──┘

Nothing here knows an option, a format or CPython. Loading only declares; the
session and host.py come with the first command that runs.
"""

import sys

import _hognose
import gdb

from . import strings


class Plugin:
    """The one session of this gdb."""

    def __init__(self):
        self._session = None
        self._host = None
        self._backtrace = None
        self.notes = []  # said on stderr before the first command's output

    def session(self):
        if self._session is None:
            from . import host

            self._host = host.Host()
            self._session = _hognose.create(self._host)
        return self._session

    def run(self, name, arguments, from_python=False):
        try:
            self._say_notes()
            session = self.session()
            self._host.from_python = from_python
            error, failure = _hognose.run(session, name, _encoded(arguments))
        except Exception as problem:
            raise _error("hognose: %s: %s" % (name, _words(problem))) from problem
        if failure is not None:
            strings.show("hognose: gdb said: %s\n" % failure, gdb.STDERR)
        if error is not None:
            if "interrupted" in error:
                self._host.reset_terminal()
            raise _error(error)

    def complete(self, name, text, word):
        try:
            candidates = _hognose.complete(self.session(), name, _encoded(text))
        except Exception:
            return []
        # gdb breaks words at "-" as well; what it holds to be done already must not come again.
        token = "" if text[-1:].isspace() or not text else text.split()[-1]
        done = len(token) - len(word)
        return [candidate[done:] for candidate in candidates if candidate.startswith(token)]

    def set(self, name, value):
        try:
            error = _hognose.set(self.session(), name, value)
            if error is None and name == "backtrace":
                self._switch_backtrace(value == "on")
        except gdb.GdbError:
            raise
        except Exception as problem:
            error = "hognose: %s: %s" % (name, _words(problem))
        if error is not None:
            raise _error(error)

    def _switch_backtrace(self, on):
        if self._backtrace is None and on:
            from . import backtrace

            self._backtrace = backtrace.Switch(self)
        if self._backtrace is not None:
            try:
                self._backtrace.turn(on)
            except gdb.GdbError:
                _hognose.set(self.session(), "backtrace", "off")
                raise

    def get(self, name):
        return _hognose.get(self.session(), name)

    def _say_notes(self):
        notes, self.notes = self.notes, []
        for note in notes:
            strings.show("hognose: %s\n" % note, gdb.STDERR)


def _encoded(text):
    return text.encode("utf-8", "surrogateescape")


def _error(words):
    """What gdb prints as it is."""
    return gdb.GdbError(strings.plain(words))


def _words(error):
    return str(error) or type(error).__name__


def _command(plugin, name, summary, manual):
    class Command(gdb.Command):
        __doc__ = '%s.\n\n%s\n\nOne of the commands of hognose: "help hognose" lists them.' % (
            summary,
            manual.rstrip("\n"),
        )

        def __init__(self):
            super().__init__(name, gdb.COMMAND_STACK)

        def invoke(self, arguments, _from_tty):
            self.dont_repeat()
            # The one that calls is gdb, or a script.
            plugin.run(name, arguments, sys._getframe().f_back is not None)

        def complete(self, text, word):
            # None: gdb only asks what breaks a word.
            return [] if word is None else plugin.complete(name, text, word)

    return Command


def _setting(plugin, name, choices, initial, summary, manual):
    """`set hognose NAME`: one of several words, a count of which 0 is "unlimited", or any words (choices is None)."""

    class Setting(gdb.Parameter):
        __doc__ = manual
        set_doc = "Set %s." % summary
        show_doc = "Show %s." % summary

        def __init__(self):
            if choices:
                super().__init__("hognose " + name, gdb.COMMAND_DATA, gdb.PARAM_ENUM, choices)
            else:
                kind = gdb.PARAM_STRING_NOESCAPE if choices is None else gdb.PARAM_UINTEGER
                super().__init__("hognose " + name, gdb.COMMAND_DATA, kind)
            self._take(initial)

        def _take(self, text):
            self.value = text if choices != [] else int(text) if text.isdigit() else 0

        def get_set_string(self):
            try:
                plugin.set(name, str(self.value or 0) if choices == [] else self.value or "off")
            except gdb.GdbError:
                self._take(plugin.get(name))
                raise
            return ""

        def get_show_string(self, value):
            return "%s: %s" % (name, value)

    return Setting


def _prefix(verb, manual, invoke):
    class Prefix(gdb.Command):
        __doc__ = manual

        def __init__(self):
            super().__init__(verb + " hognose", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)

        def invoke(self, arguments, _from_tty):
            if arguments:
                raise _error('Undefined %s hognose command: "%s".  Try "help %s hognose".' % (verb, arguments, verb))
            invoke()

    return Prefix


def _show_all(settings):
    for name, _parameter, summary in settings:
        value = gdb.parameter("hognose " + name)
        strings.show("%-14s %-12s %s\n" % (name, "unlimited" if value is None else value, summary))


def _overview(commands, settings):
    """`help hognose`, and the command of that name, which shows the same."""
    words = ["Python stacks, threads, waits and profiles of the process or core: the commands of hognose.", ""]
    words += ["%-12s %s" % (name, summary) for name, summary, _ in commands]
    words += [
        "",
        "%s has its options. Settings, as in set hognose %s:" % (commands[0][0] + " --help", settings[0][0]),
        "",
    ]
    words += ["%-12s %s" % (name, summary) for name, _, _, summary, _ in settings]

    class Overview(gdb.Command):
        __doc__ = "\n".join(words)

        def __init__(self):
            super().__init__("hognose", gdb.COMMAND_STACK)

        def invoke(self, _arguments, _from_tty):
            strings.show("\n".join(words) + "\n")

    return Overview


def _foreign_commands():
    """Names of commands that other Python code has defined, as CPython's python-gdb.py does: PyBt for py-bt."""
    pending = list(gdb.Command.__subclasses__())
    names = set()
    while pending:
        found = pending.pop()
        pending.extend(found.__subclasses__())
        names.add(found.__name__)
    return names


def register():
    plugin = Plugin()
    foreign = _foreign_commands()
    for name, summary, manual in _hognose.commands():
        if "".join(part.capitalize() for part in name.split("-")) in foreign:
            plugin.notes.append("%s stays the command of the script that was loaded before hognose" % name)
        else:
            _command(plugin, name, summary, manual)()
    settings = _hognose.settings()
    _overview(_hognose.commands(), settings)()
    listed = [(name, None, summary) for name, _, _, summary, _ in settings]
    _prefix("set", "Set how hognose's commands (py-dump and others) print.", lambda: _show_all(listed))()
    _prefix("show", "Show how hognose's commands (py-dump and others) print.", lambda: _show_all(listed))()
    for setting in settings:
        _setting(plugin, *setting)()

"""Which process gdb was asked to attach to, and has not got: so that a command can say why there is none.

    gdb -p 4711 -ex 'attach 4712'       the words of its command line, as gdb takes them apart
    (gdb) attach 4713                   what was typed since, out of gdb's history

The last attach counts, unless the process was let go of, or another was started, since.
"""

import os
import re

# Options of gdb that take a value, by their whole names; getopt_long_only takes what they begin with, too.
VALUED = [
    "annotate", "b", "baud", "c", "cd", "command", "core", "d", "D", "data-directory", "directory", "e",
    "early-init-command", "early-init-eval-command", "eiex", "eix", "eval-command", "ex", "exec", "i", "iex",
    "init-command", "init-eval-command", "interpreter", "ix", "l", "p", "pid", "s", "se", "symbols", "tty", "ui", "x",
]  # fmt: skip
FLAGS = [
    "args", "async", "batch", "batch-silent", "configuration", "dbx", "epoch", "f", "fullname", "h", "help", "n",
    "nh", "noasync", "nowindows", "nw", "nx", "q", "quiet", "r", "readnever", "readnow", "return-child-result",
    "silent", "statistics", "tui", "v", "version", "w", "windows", "write",
]  # fmt: skip
COMMANDS = ("ex", "eval-command", "iex", "init-eval-command", "eix", "eiex")

ATTACH = re.compile(r"\s*att(?:ach?|a)?\s+(\d+)\s*$")
# Whoever typed one of these has had a process, or has another.
OTHERWISE = re.compile(r"\s*(det(ach)?|k(ill)?|r(un)?|start(i)?|target|tar|core(-file)?|disconnect)\b")


def own_words():
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return file.read().decode("utf-8", "surrogateescape").split("\0")[1:-1]
    except OSError:
        return []


def option_of(word):
    """(name, its value in the same word or None); (None, None): it is no option."""
    if not word.startswith("-") or word.strip("-") == "":
        return None, None
    name, equals, value = word.lstrip("-").partition("=")
    known = [one for one in VALUED + FLAGS if one == name] or [one for one in VALUED + FLAGS if one.startswith(name)]
    return (known[0] if known else name), (value if equals else None)


def commands_of(words):
    """The commands that the words of gdb's command line amount to, as far as they are of interest here."""
    words = list(words)
    plain, commands, first = [], [], []
    while words:
        word = words.pop(0)
        name, value = option_of(word)
        if name is None:
            plain.append(word)
            continue
        if name == "args":
            words, plain = [], []  # the rest is the program's own
        elif name in VALUED and value is None:
            value = words.pop(0) if words else ""
        if name in ("p", "pid"):
            first = ["attach " + value]
        elif name in COMMANDS:
            commands.append(value)
    # gdb PROGRAM PID
    if len(plain) > 1 and plain[1].isdigit() and not os.path.exists(plain[1]):
        first = ["attach " + plain[1]]
    return first + commands


def is_plain_batch():
    """Is this batch mode, with our commands among those of the command line, and none that is piped?"""
    words = own_words()
    names = [option_of(word)[0] for word in words]
    commands = [command.strip() for command in commands_of(words)]
    return (
        ("batch" in names or "batch-silent" in names)
        and any(command.startswith("py-") for command in commands)
        and not any(re.match(r"pipe\b|\|", command) for command in commands)
    )


def typed_commands(told):
    """The last ones of this session: what gdb has read from its history file does not count."""
    file = re.search(r'"(.*)"', told("show history filename"))
    size = re.search(r"(\d+)\.?$", told("show history size").strip())
    old = 0
    try:
        with open(file.group(1), "rb") as lines:
            old = sum(1 for _ in lines)
    except (OSError, AttributeError, ValueError):
        pass
    if size:
        old = min(old, int(size.group(1)))
    rows = re.findall(r"^\s*(\d+)  (.*)$", told("show commands"), re.MULTILINE)
    return [command for number, command in rows if int(number) > old]


def attach_request(told, known):
    """The process that was asked for last; 0 none. `known`: those that gdb did get, and need no explanation."""
    wanted = 0
    for command in commands_of(own_words()) + typed_commands(told):
        found = ATTACH.match(command)
        if found:
            wanted = int(found.group(1))
        elif OTHERWISE.match(command):
            wanted = 0
    return wanted if wanted not in known and wanted < 1 << 32 else 0

"""Functions, classes, files, modules and threads with every kind of name.

A name is a str object, and a str object has four storage sizes, an ASCII form, an older form
whose characters lie elsewhere (subclasses of str still have it), and may hold what no encoding
can write: lone surrogates, which is how Python spells undecodable bytes in file names. One
thread has a stack with one frame for each function name, another one for each file name; a
reader that drops a frame it cannot spell, or stops at it, is found out.
"""

import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import codes
import truth

gate = threading.Lock()


class LegacyText(str):
    """A subclass of str keeps its characters outside the object, as all did before 3.3."""


ODD_NAMES = [
    "plain",
    "_",
    "",
    " ",
    "caf\xe9",
    "\xff\xfe latin one",
    "\u043f\u0440\u0438\u0451\u043c",
    "\u05e9\u05dc\u05d5\u05dd rtl \u202e override",
    "\u53d6\u5f97\u3059\u308b",
    "e\u0301 combining",
    "\ufeffbom and \u200bzero width",
    "\uffff last of the BMP",
    "\U0001f40d snake",
    "\U0001f469\u200d\U0001f4bb joined",
    "\U00010428\U00010429 deseret",
    "\U0010ffff the very last",
    "\udc80",
    "head\ud800",
    "\udfff\udbff the wrong way round",
    "\ud83d\ude00 a pair that is not one character",
    "\U0001f40d with \udcff",
    "nul\0inside",
    "line\nbreak\r\ttab",
    "bell\x07 escape\x1b[31mred\x1b[0m delete\x7f c1\x9b31m",
    "quote\"apostrophe'backslash\\",
    "%s%n%d {0} {name} $(id) `id`",
    "</script><b>&amp;",
    "a;b c:d",
    "<lambda>",
    "x" * 300,
    "\xe9" * 300,
    "\u044f" * 300,
    "\U0001f40d" * 300,
    "." * 64,
]

ODD_FILES = ODD_NAMES + [
    "/an/absolute/path/module.py",
    "relative/path.py",
    "../up.py",
    "/with space/and\nnewline.py",
    "/ends/with/slash/",
    "C:\\windows\\path.py",
    "<string>",
    "<frozen importlib._bootstrap>",
    "<ipython-input-1-abcdef>",
    "file:///a%20url.py",
    "/" + "deep/" * 800 + "file.py",
]

# These are identifiers, so the compiler itself makes the name and the qualified name.
SOURCE_OF_IDENTIFIERS = """
class \u041a\u043b\u0430\u0441\u0441:
    def \u043c\u0435\u0442\u043e\u0434(self, call):
        return call()
    class \u5165\u308c\u5b50:
        @staticmethod
        def \u53d6\u5f97(call):
            return call()
def caf\xe9(call):
    return call()
def \U00010428(call):
    def inn\xe9r():
        return call()
    return inn\xe9r()
def start(last):
    return caf\xe9(lambda: \U00010428(lambda: \u041a\u043b\u0430\u0441\u0441().\u043c\u0435\u0442\u043e\u0434(
        lambda: \u041a\u043b\u0430\u0441\u0441.\u5165\u308c\u5b50.\u53d6\u5f97(last))))
"""


def call_next(rest):
    if rest:
        return rest[0](rest[1:])
    return gate.acquire()


def link(**parts):
    """A function of its own code object that calls the next of the list it is given."""
    namespace = {}
    exec("def link(rest):\n    return rest[0](rest[1:]) if rest else acquire()\n", {"acquire": gate.acquire}, namespace)
    return codes.dress(namespace["link"], **parts)


def by_function_name():
    call_next([link(name=name, qualname="Class." + name) for name in ODD_NAMES])


def by_file_name():
    call_next([link(filename=name) for name in ODD_FILES])


def by_legacy_text():
    call_next([link(name="f", filename=LegacyText(name), qualname="f") for name in ODD_NAMES])


def by_compiled_file_name():
    """The file names that compile() lets through (it refuses NUL)."""
    names = [name for name in ODD_FILES if "\0" not in name]
    source = "def link(rest):\n    return rest[0](rest[1:]) if rest else acquire()\n"
    call_next([codes.run_source(source, name, acquire=gate.acquire)["link"] for name in names])


def by_identifier():
    codes.run_source(SOURCE_OF_IDENTIFIERS, "\u043c\u043e\u0434\u0443\u043b\u044c.py")["start"](gate.acquire)


def by_module_name():
    source = "def link(rest):\n    return rest[0](rest[1:]) if rest else acquire()\n"
    links = []
    for name in ODD_NAMES + [None, 42, LegacyText("legacy \xe9")]:
        links.append(codes.run_source(source, "module.py", acquire=gate.acquire)["link"])
        links[-1].__globals__["__name__"] = name
    del links[-1].__globals__["__name__"]
    call_next(links)


WAYS = (by_function_name, by_file_name, by_legacy_text, by_compiled_file_name, by_identifier, by_module_name)


def main():
    report = truth.Report(sys.argv[1])
    gate.acquire()
    for way in WAYS:
        threading.Thread(target=way, name=way.__name__, daemon=True).start()
    for name in ODD_NAMES:
        thread = threading.Thread(target=gate.acquire, daemon=True)
        # A name that the kernel's thread name cannot hold must not keep the thread from starting.
        thread.start()
        thread.name = name
    report.when_still(threads=1 + len(WAYS) + len(ODD_NAMES))
    gate.acquire()


main()

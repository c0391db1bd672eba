"""The one place through which strings of gdb's Python go.

gdb turns bytes into str by its host charset, a thread's name by UTF-8, and fails where they are none:

    LC_ALL=C, a program in /srv/ë    gdb.current_progspace().filename    UnicodeDecodeError
    UTF-8, a name in Latin-1         thread.name                         UnicodeDecodeError

The bytes are not lost: the exception holds them. So what may hold any byte is asked for through `raw`, which
gives bytes, or `text`, where each byte that is no UTF-8 is a lone surrogate. Neither fails for what is in a
string. What is shown goes the other way, through `show`.
"""

import codecs

import gdb


def charset():
    """What gdb took the bytes for."""
    try:
        if hasattr(gdb, "host_charset"):
            return codecs.lookup(gdb.host_charset()).name
        words = gdb.execute("show host-charset", False, True)
        return codecs.lookup(words.rpartition("currently ")[2].strip('\n."')).name
    except (RuntimeError, LookupError, ValueError):
        return "utf-8"


def raw(ask, *arguments):
    """The bytes of the string that `ask` returns, whatever they are; None where it returns none."""
    try:
        found = ask(*arguments)
    except UnicodeDecodeError as error:
        return bytes(error.object)
    return encoded(found) if found is not None else None


def text(ask, *arguments):
    found = raw(ask, *arguments)
    return found.decode("utf-8", "surrogateescape") if found is not None else None


def encoded(words):
    """What gdb had before it made a str of it."""
    for name in (charset(), "utf-8"):
        try:
            return words.encode(name, "surrogateescape")
        except UnicodeEncodeError:
            pass
    return words.encode("utf-8", "backslashreplace")


def plain(words):
    """As much of it as gdb can print."""
    try:
        if words.encode("ascii").find(0) < 0:
            return words
    except UnicodeEncodeError:
        pass
    name = charset()
    return words.replace("\0", "\\x00").encode(name, "backslashreplace").decode(name)


def show(words, stream=gdb.STDOUT):
    try:
        gdb.write(words, stream)
    except ValueError:  # not to be had in gdb's host charset (UnicodeEncodeError), or a NUL
        gdb.write(plain(words), stream)

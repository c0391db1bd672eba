# hognose: Python stacks, threads and profiles in gdb. This is the file to source:
#
#     (gdb) source .../hognose-gdb.py          or the same line in ~/.gdbinit
#
# It finds the rest beside itself: the folder hognose_gdb and the extension
# _hognose.abi3.so. It prints nothing, looks at no process, and leaves no name
# behind in gdb's Python; sourcing it twice does nothing the second time.
import sys


def _hognose_load(source, outer):
    import importlib
    import os

    import gdb

    # __file__ is that of the outermost script where one script sources another, or is not there at all.
    paths = [os.path.realpath(os.path.expanduser(name)) for name in (source, outer) if name]
    script = next(
        (path for path in paths if os.path.isdir(os.path.join(os.path.dirname(path), "hognose_gdb"))), paths[0]
    )

    def complain(words):
        gdb.write("hognose: %s\n" % words, gdb.STDERR)

    if sys.version_info < (3, 6):
        complain("gdb %s has Python %d.%d in it; hognose needs 3.6 or newer" % ((gdb.VERSION,) + sys.version_info[:2]))
        return
    folder = os.path.dirname(script)
    loaded = sys.modules.get("hognose_gdb")
    if loaded is not None:
        if os.path.dirname(os.path.dirname(os.path.realpath(loaded.__file__))) != folder:
            complain("already loaded from %s; start a new gdb to load %s" % (os.path.dirname(loaded.__file__), script))
        return
    sys.path.insert(0, folder)
    try:
        importlib.import_module("hognose_gdb").register()
    except Exception as error:
        sys.modules.pop("hognose_gdb", None)
        complain("cannot be loaded from %s: %s (was it built? cmake --build build)" % (folder, error))
    finally:
        sys.path.remove(folder)


_hognose_load(_hognose_load.__code__.co_filename, globals().get("__file__"))
del _hognose_load

# hognose: Python stacks, threads and profiles in gdb. This is the file to source:
#
#     (gdb) source .../hognose-gdb.py          or the same line in ~/.gdbinit
#
# It finds the rest beside itself: the folder hognose_gdb and the extension
# _hognose.abi3.so. It prints nothing, looks at no process, and leaves no name
# behind in gdb's Python; sourcing it twice does nothing the second time.
import sys


def _hognose_load(script):
    import importlib
    import os

    import gdb

    def complain(words):
        gdb.write("hognose: %s\n" % words, gdb.STDERR)

    if sys.version_info < (3, 6):
        complain("gdb %s has Python %d.%d in it; hognose needs 3.6 or newer" % ((gdb.VERSION,) + sys.version_info[:2]))
        return
    folder = os.path.dirname(os.path.realpath(script))
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


_hognose_load(__file__)
del _hognose_load

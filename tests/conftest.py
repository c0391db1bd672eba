"""What scripts/test --quick leaves out."""

import itertools
import os
import zlib


def pytest_collection_modifyitems(config, items):
    """--quick: of each test one variant, always the same, and of a test marked `each` all of them.

    HOGNOSE_QUICK=3: three of each.
    Which one is a matter of its name, so that of many tests some run in gdb and some in lldb, on old interpreters and
    on new ones.
    """
    if not os.environ.get("HOGNOSE_QUICK"):
        return
    kept = [item for item in items if not item.get_closest_marker("slow") and not is_said_twice(item)]
    kept.sort(key=function_of)
    chosen = set()
    wanted = int(os.environ["HOGNOSE_QUICK"]) if os.environ["HOGNOSE_QUICK"].isdigit() else 1
    for function, group in itertools.groupby(kept, key=function_of):
        variants = list(group)
        each = variants[0].get_closest_marker("each")
        most = len(variants) if each else min(wanted, len(variants))
        first = zlib.crc32(function.encode())
        chosen.update(variants[(first + number * len(variants) // most) % len(variants)] for number in range(most))
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = [item for item in items if item in chosen]


def is_said_twice(item):
    """Without a debugger there is nothing that lldb has and gdb has not."""
    callspec = getattr(item, "callspec", None)
    return bool(callspec and os.environ.get("HOGNOSE_NO_DEBUGGER") and callspec.params.get("debugger") == "lldb")


def function_of(item):
    return item.nodeid.partition("[")[0]

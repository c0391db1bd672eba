"""What scripts/test --quick leaves out."""

import itertools
import os
import zlib


def pytest_collection_modifyitems(config, items):
    """--quick: of each test one variant, always the same, and of a test marked `each` all of them.

    Which one is a matter of its name, so that of many tests some run in gdb and some in lldb, on old interpreters and
    on new ones.
    """
    if not os.environ.get("HOGNOSE_QUICK"):
        return
    kept = sorted((item for item in items if not item.get_closest_marker("slow")), key=function_of)
    chosen = set()
    for function, group in itertools.groupby(kept, key=function_of):
        variants = list(group)
        each = variants[0].get_closest_marker("each")
        chosen.update(variants if each else [variants[zlib.crc32(function.encode()) % len(variants)]])
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = [item for item in items if item in chosen]


def function_of(item):
    return item.nodeid.partition("[")[0]

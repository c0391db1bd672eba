"""What scripts/test --quick leaves out."""

import itertools
import os
import zlib


def pytest_collection_modifyitems(config, items):
    """--quick: of each test one variant, always the same, and of a test marked `each` all of them.

    HOGNOSE_QUICK=3: three of each, and of those that differ in more than interpreter and debugger one of each kind.
    Which one is a matter of its name, so that of many tests some run in gdb and some in lldb, on old interpreters and
    on new ones.
    """
    if not os.environ.get("HOGNOSE_QUICK"):
        return
    kept = [item for item in items if not item.get_closest_marker("slow") and not is_said_twice(item)]
    kept.sort(key=function_of)
    wanted = int(os.environ["HOGNOSE_QUICK"]) if os.environ["HOGNOSE_QUICK"].isdigit() else 1
    chosen = set()
    for function, group in itertools.groupby(kept, key=function_of):
        chosen.update(chosen_of(function, list(group), wanted))
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = [item for item in items if item in chosen]


def chosen_of(function, variants, wanted):
    if variants[0].get_closest_marker("each"):
        return variants
    first = zlib.crc32(function.encode())
    most = min(wanted, len(variants))
    chosen = {variants[(first + number * len(variants) // most) % len(variants)] for number in range(most)}
    if wanted > 1:
        situations = {situation_of(item) for item in variants} - {situation_of(item) for item in chosen}
        for situation in sorted(situations):
            alike = [item for item in variants if situation_of(item) == situation]
            chosen.add(alike[first % len(alike)])
    return chosen


def situation_of(item):
    """What a variant is besides an interpreter and a debugger, which have versions."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    others = {key: value for key, value in params.items() if key != "debugger" and not hasattr(value, "version")}
    return repr(sorted(others.items(), key=str))


def is_said_twice(item):
    """Without a debugger there is nothing that lldb has and gdb has not."""
    callspec = getattr(item, "callspec", None)
    return bool(callspec and os.environ.get("HOGNOSE_NO_DEBUGGER") and callspec.params.get("debugger") == "lldb")


def function_of(item):
    return item.nodeid.partition("[")[0]

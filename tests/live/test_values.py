"""Values against repr(): every kind, every interpreter, both debuggers, live and core.

tests/programs/values.py writes what repr() says of its locals. What hognose shows must be the
same, or be marked as not the repr where a program's own code decides.
"""

import pytest
from value_truth import differences

import debugger as debuggers
import discover
from debuggee import Debuggee

PYTHONS = discover.pythons_and_gaps()


def whole_dump(debugger, target):
    return debuggers.dump(debugger, target, "-ll")


@pytest.mark.parametrize("python", PYTHONS)
def test_every_kind(python, gdb, lldb):
    """Live in gdb and lldb, and of a core in both."""
    with Debuggee(python, "values") as process:
        looks = {
            "gdb, live": lambda: whole_dump(gdb, debuggers.live(process.pid)),
            "lldb, live": lambda: whole_dump(lldb, debuggers.live(process.pid)),
        }
        found = {label: differences(look(), process.truth) for label, look in looks.items()}
        core = debuggers.core(process.gcore(), process.executable())
        for one in (gdb, lldb):
            found[one.name + ", core"] = differences(whole_dump(one, core), process.truth)
    assert not any(found.values()), "\n".join("%s: %s" % (label, line) for label in found for line in found[label])

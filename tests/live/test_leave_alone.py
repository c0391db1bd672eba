"""The process is left alone by py-sample, whatever happens meanwhile: a few runs of each scenario.

scripts/leave-alone makes hundreds of each, of the same runs, and a table.
"""

import pytest

import leave_alone

#: Each way of it: with and without --stop, with a program that handles SIGURG and one that does not.
VARIANTS = {"exit": (0, 3), "crash": (1, 2), "breakpoint": (0, 3), "killed": (0, 2)}
SCENARIOS = [name for name in leave_alone.SCENARIOS if name not in leave_alone.MAY_STAY_STOPPED]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.slow
def test_left_alone(debugger, any_python, scenario):
    for variant in VARIANTS.get(scenario, (1, 2)):
        run = leave_alone.Run(debugger, any_python, scenario, variant)
        assert not run.complaints, "%s\nrun %d: %s" % (run.said, variant, "\n".join(run.complaints))

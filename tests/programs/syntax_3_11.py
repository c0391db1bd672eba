"""Stacks that need the grammar of 3.11: exception groups.

# requires: 3.11
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage
from stage import act, park


@act
def except_star():
    try:
        raise ExceptionGroup("several", [ValueError(1), KeyError(2), ExceptionGroup("in", [OSError()])])
    except* ValueError:
        pass
    except* (KeyError,
             OSError) as rest:
        park(rest)


@act
def group_split_by_method():
    class Group(ExceptionGroup):
        def derive(self, exceptions):
            park()
    try:
        raise Group("ours", [ValueError(1), KeyError(2)])
    except* ValueError:
        pass


@act
def starred_subscript():
    class Table:
        def __getitem__(self, key):
            return park(key)
    return Table()[*[1, 2], 3]


stage.perform(park)

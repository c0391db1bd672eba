"""Stacks that need the grammar of 3.10: match statements, parenthesised context managers.

# requires: 3.10
"""
import contextlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage
from stage import act, park


class Subject:
    __match_args__ = ("value",)

    @property
    def value(self):
        return park()

    def __eq__(self, other):
        return park()


@act
def match_class():
    match Subject():
        case int():
            pass
        case Subject(
            1,
        ):
            pass


@act
def match_value():
    class Names:
        one = 1
    match [Subject()]:
        case [Names.one, *_]:
            pass


@act
def match_guard():
    match {"key": [1, 2, 3]}:
        case {"key": [1, *rest]} if not rest:
            pass
        case {"key": [first, *_], **others} if (
                park(first,
                     others)):
            pass


@act
def with_in_parentheses():
    with (
        contextlib.nullcontext(1) as one,
        contextlib.nullcontext(
            park(one)) as two,
    ):
        return two


stage.perform(park)

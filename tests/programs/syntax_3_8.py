"""Stacks that need the grammar of 3.8: assignment expressions, positional-only parameters.

# requires: 3.8
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage
from stage import act, park


@act
def assignment_expression_in_comprehension():
    return [(last := park(n)) for n in range(2) if (m := n) is not None]


@act
def assignment_expression_in_while():
    while (got := park()) is None:
        pass
    return got


@act
def positional_only():
    def function(first, second=2, /, third=3, *rest, named, **others):
        return park(first, second, third, rest, named, others)
    function(1, 2, 3, 4, named=5, more=6)


@act
def formatted_text_of_many_lines():
    return f"{1!r}" f"""
        {park()=}
    """


@act
def return_and_yield_unpacked():
    def generator():
        yield 1, *[park()]
    return 1, *generator()


stage.perform(park)

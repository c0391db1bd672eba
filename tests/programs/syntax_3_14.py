"""Stacks that need 3.14: annotations computed on demand, template strings.

# requires: 3.14
"""
import annotationlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage
from stage import act, park


@act
def annotations_of_function():
    def function(first: int, second: park()) -> None:
        pass
    return function.__annotations__


@act
def annotations_of_class():
    class Annotated:
        field: int
        other: [park() for _ in range(1)]
    return annotationlib.get_annotations(Annotated, format=annotationlib.Format.VALUE)


@act
def annotations_as_strings():
    class Weird:
        def __getattr__(self, name):
            return park()
    weird = Weird()

    def function(argument: weird.attribute):
        pass
    return annotationlib.call_annotate_function(function.__annotate__, annotationlib.Format.VALUE)


@act
def template_string():
    return t"""{1} and {
        park()!r:>{10}}"""


@act
def except_without_parentheses():
    try:
        raise KeyError(1)
    except ValueError, KeyError:
        park()


stage.perform(park)

"""Stacks that need the grammar of 3.12: type parameters and their hidden functions, f-strings.

# requires: 3.12

A generic function, class or alias is compiled into functions of its own with names such as
"<generic parameters of f>", and values that are computed only when somebody asks for them.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage
from stage import act, park


@act
def generic_function():
    def function[T: int](argument: park() = 1) -> T:
        pass
    return function.__annotations__  # 3.14 computes annotations only now


@act
def generic_function_default():
    def function[T](argument: int = park()):
        pass


@act
def generic_class_base():
    class Base[T](list[park()]):
        pass


@act
def generic_class_body():
    class Outer[T]:
        class Inner[U]:
            value = park()


@act
def type_alias_value():
    type Alias[T] = dict[T, park()]
    return Alias.__value__


@act
def bound_of_type_variable():
    def function[T: (int, park())]():
        pass
    return function.__type_params__[0].__constraints__


@act
def formatted_text_nested():
    return f"{f"{f"{
        park("in quotes")  # and with a comment
    }"}"}"


stage.perform(park)

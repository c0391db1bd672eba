"""C and Python that call each other without rest, for samples of both.

The truth is what is possible: which Python function calls which, and which function of C stands
between the two, by a part of its name; None: Python calls it itself.
"""

import functools
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

numbers = list(range(40))


def leaf(number):
    for _ in range(20):
        number = (number * 7 + 1) % 1009
    return number


def sort_key(number):
    return leaf(number)


def by_sort():
    return sorted(numbers, key=sort_key)


def add(one, other):
    return leaf(one + other)


def by_reduce():
    return functools.reduce(add, numbers)


def map_each(number):
    return by_sort() if number % 2 else by_reduce()


def by_map():
    return list(map(map_each, numbers))


def work():
    by_map()
    by_sort()


CALLS = [
    ["<module>", "work", None],
    ["work", "by_map", None],
    ["work", "by_sort", None],
    ["by_map", "map_each", "map_next"],
    ["map_each", "by_sort", None],
    ["map_each", "by_reduce", None],
    ["by_sort", "sort_key", "sort"],
    ["sort_key", "leaf", None],
    ["by_reduce", "add", "reduce"],
    ["add", "leaf", None],
]

truth.Report(sys.argv[1]).at_once({"pid": os.getpid(), "version": list(sys.version_info), "calls": CALLS})
while True:
    work()

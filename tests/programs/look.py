# requires: 3.6
"""A stack to move in, with values to print: tests/live/test_look_around.py."""

import sys
import threading

import truth


class Job:
    kind = "a job"

    def __init__(self, number):
        self.name = "job-%d" % number
        self.args = (number, {"k": [1, 2, 3]})
        self.token = "s3cr3t"

    @property
    def total(self):
        return 1

    def __getattr__(self, name):
        raise AttributeError(name)


class Own:
    __slots__ = ("x", "y")

    def __init__(self):
        self.x = 1

    def __repr__(self):
        return "own"


class Boxed(list):
    def __getitem__(self, index):
        return "boxed"


def deliver(job, password="hunter2"):
    big = dict.fromkeys(range(1000000))
    text = "hello world" * 1000
    own, boxed, größe_À = Own(), Boxed([1]), 7
    jobs = [Job(number) for number in range(5)]
    table = {"hosts": ["a", "b", "c"], 1: "one", "with space": 2, "token": "t0p"}

    def inner():
        found = jobs
        threading.Event().wait()
        return found

    inner()
    return big, text, own, boxed, größe_À, table


report = truth.Report(sys.argv[1])
report.when_still(threads=1)
deliver(Job(7))

"""Every shape that a stack can have: what the language's constructs make of frames.

Generators on and off the stack, comprehensions (frames of their own up to 3.11, inlined from
3.12 on), class bodies, exec'd text, with and finally blocks, recursion, callbacks through C,
imports, trace functions, signal handlers. From 3.11 on most of this runs without C frames
between the Python ones, with entry markers where C comes in between; which is where readers go
wrong. One thread for each act; see stage.py.
"""

import contextlib
import functools
import importlib.abc
import importlib.machinery
import os
import re
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage
from stage import act, park

# ---- generators ----


def numbers():
    yield 1
    park()
    yield 2


def delegating(levels):
    if levels:
        yield from delegating(levels - 1)
    else:
        yield from numbers()


@act
def generator_in_for():
    for _ in numbers():
        pass


@act
def generators_nested():
    for _ in delegating(5):
        pass


@act
def generator_driven_by_c():
    sum(numbers())


@act
def generator_expression():
    list(park(n) for n in range(3))


@act
def generator_sent_to():
    def receiver():
        while True:
            park((yield))

    generator = receiver()
    next(generator)
    generator.send("something")


@act
def generator_thrown_into():
    def catcher():
        try:
            yield
        except ValueError:
            park()

    generator = catcher()
    next(generator)
    generator.throw(ValueError("thrown"))


@act
def generator_closed():
    def cleaner():
        try:
            yield
        finally:
            park()

    generator = cleaner()
    next(generator)
    generator.close()


@act
def generator_suspended_beside():
    """A suspended generator is in nobody's stack, although this frame holds it."""
    suspended = delegating(3)
    next(suspended)
    park()
    return suspended


# ---- comprehensions and lambdas ----


@act
def list_comprehension():
    return [park(n) for n in range(3)]


@act
def set_comprehension_nested():
    return {tuple(park(a, b) for a in range(2)) for b in range(2)}


@act
def dict_comprehension_in_comprehension():
    return [{a: [park(a, b, c) for c in range(2)] for a in range(2)} for b in range(2)]


@act
def comprehension_with_cells():
    functions = [lambda: park(n) for n in range(3)]
    return [function() for function in functions]


@act
def lambda_in_default():
    def callee(call=lambda: (lambda *args: park(*args))(1)):
        return call()

    return callee()


# ---- classes ----


@act
def class_body():
    class Outer:
        class Inner:
            value = 1
            park()


@act
def class_body_comprehension():
    class Holder:
        values = [park(n) for n in range(2)]


@act
def metaclass():
    class Meta(type):
        def __new__(mcs, name, bases, namespace):
            park()
            return super().__new__(mcs, name, bases, namespace)

    class Made(metaclass=Meta):
        pass


@act
def super_chain():
    class Base:
        def __init__(self):
            park()

    class Middle(Base):
        def __init__(self):
            super().__init__()

    class Top(Middle):
        def __init__(self, *args, **kwargs):
            super(Top, self).__init__()

    Top(1, 2, three=3)


@act
def recursive_method():
    class Tree:
        def __init__(self, depth):
            self.child = Tree(depth - 1) if depth else None

        def visit(self, depth=0):
            return self.child.visit(depth=depth + 1) if self.child else park()

    Tree(40).visit()


# ---- blocks ----


@act
def in_finally_in_except():
    try:
        try:
            raise ValueError("first")
        except ValueError:
            raise KeyError("second")
        finally:
            try:
                park()
            finally:
                pass
    except KeyError:
        pass


@act
def in_except_of_loop():
    for number in range(3):
        try:
            number // 0
        except ZeroDivisionError as problem:
            while number < 10:
                park(problem)


class Guard:
    def __init__(self, on_enter, on_exit):
        self.on_enter, self.on_exit = on_enter, on_exit

    def __enter__(self):
        return self.on_enter()

    def __exit__(self, *details):
        return self.on_exit()


@act
def with_enter():
    with Guard(int, int), Guard(park, int):
        pass


@act
def with_exit_after_error():
    with Guard(int, park):
        raise ValueError("in the block")


@act
def with_exit_after_return():
    with Guard(int, int):
        with Guard(int, park):
            return 1


@act
def context_manager_from_generator():
    @contextlib.contextmanager
    def manager():
        yield 1
        park()

    with manager(), contextlib.ExitStack() as stack:
        stack.callback(int)


# ---- executed text ----


@act
def executed_text():
    exec("def f():\n    eval('park()')\n\nf()\n", {"park": park})


@act
def executed_code_of_odd_files():
    for name in reversed(["", "two\nlines.py", "quo\"t'ed", "back\\slash", "<string>", "nul is refused"]):
        call = park if name.startswith("nul") else function
        namespace = {"call": call}
        exec(compile("function = lambda: (\n   call())\n", name, "exec"), namespace)
        function = namespace["function"]
    function()


# ---- C in between ----


@act
def partial():
    functools.partial(functools.partial(lambda *args, **kwargs: park(), 1), two=2)(3)


@act
def sort_key_in_map_in_filter():
    list(filter(lambda n: list(map(lambda m: sorted([m, 1], key=park), [n])), [1, 2]))


@act
def reduce_and_regular_expression():
    functools.reduce(lambda a, b: re.sub("x", lambda match: park(match), b), ["x", "xx"])


@act
def cached_and_wrapped():
    @functools.lru_cache(maxsize=None)
    def cached(n):
        return cached(n - 1) if n else park()

    @functools.wraps(cached)
    def wrapper(*args):
        return cached(*args)

    wrapper(20)


# ---- import ----


class OddLoader(importlib.abc.Loader):
    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile("import sys\npark()\n", "<import time>", "exec"), dict(vars(module), park=park))


class OddFinder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.startswith("hognose_odd"):
            return importlib.machinery.ModuleSpec(fullname, OddLoader())
        return None


sys.meta_path.insert(0, OddFinder())


@act
def import_statement():
    import hognose_odd


@act
def import_function():
    importlib.import_module("hognose_odd_by_name")


# ---- the interpreter calls back ----


@act
def trace_function():
    def trace(_frame, event, _argument):
        if event == "line":
            park()
        return trace

    def traced():
        value = 1
        return value

    sys.settrace(trace)
    traced()


@act
def profile_function():
    sys.setprofile(lambda _frame, event, _argument: park() if event == "call" else None)
    next(numbers())


def main():
    signal.signal(signal.SIGUSR1, lambda _number, _frame: park())
    os.kill(os.getpid(), signal.SIGUSR1)
    for _ in range(1000):
        pass


stage.perform(main)

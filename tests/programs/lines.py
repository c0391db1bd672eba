"""Where in the source a frame is: everything that makes a line table hard to read.

Python has had four encodings of "which line is this instruction" since 3.6, all of them deltas
of few bits with escapes for what does not fit: gaps of more than 127 lines or 255 bytes, lines
that go backwards, instructions of no line, columns beyond 127 or 65535. Each act here stops at
a place behind such an escape. Most are made of generated text, since nobody writes such code
by hand (templating engines and parser generators do).
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import codes
import stage
from stage import act, park


def nothing(*_anything):
    return 0


def run(source, file="generated.py"):
    """Execute text that defines f, and call f."""
    codes.run_source(source, file, park=park, nothing=nothing)["f"]()


# ---- gaps ----

def gap_act(lines):
    def jump():
        run("def f():\n    nothing()\n%s    park()\n" % ("\n" * lines))
    jump.__name__ = "gap_of_%d_lines" % lines
    act(jump)


for gap in (126, 127, 128, 129, 254, 255, 256, 257, 1000, 40000, 70000):
    gap_act(gap)


def wide_act(terms):
    def widen():
        # One line of many bytes of code, then a call on the next one.
        run("def f():\n    a = 1\n    b = [%s]\n    park()\n    return b\n" % ", ".join(["a"] * terms))
    widen.__name__ = "line_of_%d_terms" % terms
    act(widen)


for number in (20, 40, 60, 80, 120, 130, 260, 3000):
    wide_act(number)


@act
def gap_in_lines_and_bytes():
    run("def f():\n    a = 1\n    b = %s\n%s    park()\n" % (" + ".join(["a"] * 80), "\n" * 300))


def backwards_act(lines):
    def turn_back():
        # The call's line is its first or its last one, as the version has it.
        run("def f():\n    park(\n%s        nothing(\n%s),\n%s    nothing())\n"
            % ("\n" * lines, "\n" * lines, "\n" * lines))
    turn_back.__name__ = "backwards_by_%d_lines" % (3 * lines)
    act(turn_back)


for gap in (0, 1, 42, 43, 127, 128, 400, 30000):
    backwards_act(gap)


# ---- far away ----

@act
def function_on_line_70001():
    run("\n" * 70000 + "def f():\n    nothing()\n    park()\n")


@act
def function_on_line_a_million():
    run("\n" * 1000000 + "def f():\n    nothing()\n    park(\n)\n")


def shifted_act(name, first_line):
    def run_shifted():
        source = "def f():\n    nothing()\n    park()\n"
        function = codes.run_source(source, "shifted.py", park=park, nothing=nothing)["f"]
        codes.dress(function, first_line=first_line)()
    run_shifted.__name__ = name
    act(run_shifted)


shifted_act("first_line_near_the_largest", 2 ** 31 - 10)
shifted_act("first_line_zero", 0)


@act
def no_line_table():
    function = codes.run_source("def f():\n    nothing()\n    park()\n", "bare.py",
                                park=park, nothing=nothing)["f"]
    codes.dress(function, line_table=b"")()


# ---- columns ----

def column_act(column):
    def indent():
        run("def f():\n    x = 1;%spark()\n" % (" " * column))
    indent.__name__ = "column_%d" % column
    act(indent)


for number in (60, 79, 80, 81, 100, 118, 127, 128, 200, 255, 256, 500, 5000, 70000):
    column_act(number)


@act
def columns_count_bytes():
    run("def f():\n    return '\u044f\u0437\u044b\u043a \U0001f40d' * 0 + str(park('\xe9\xe9', \n '\u6f22'))\n")


@act
def end_column_before_column():
    run("def f():\n    return nothing(nothing(), nothing(), 1), park(\n1,\n)\n")


@act
def long_call_on_one_line():
    run("def f():\n    return park(%s)\n" % ", ".join(["'argument'"] * 200))


# ---- statements of many lines ----


@act
def call_of_many_lines():
    nothing(
        nothing(
            1),
        park(
            2,
        ),
        nothing(
            3))


@act
def operators_of_many_lines():
    return (nothing()
            + nothing(
                1) *
            nothing(2)
            - park(
            )
            + nothing())


@act
def chained_calls():
    return (str(1)
            .replace("1", "2")
            .replace(
                "2",
                str(park())
            )
            .strip())


@act
def literal_of_many_lines():
    return {
        "a": nothing(),
        "b": [
            nothing(),
            park(),
        ],
        **dict(
            c=nothing(),
        ),
    }


@act
def condition_of_many_lines():
    if (nothing() or
            not nothing() and
            park()
            or nothing()):
        return 1
    elif nothing():
        return 2


@act
def decorators_of_many_lines():
    def decorate(*_options):
        return lambda function: function

    @decorate(
        1,
        nothing())
    @decorate(
        park(
            2))
    def decorated(
            default=nothing(),
            *, other=nothing()):
        pass
    return decorated


@act
def decorator_applied():
    @nothing
    @park
    @nothing
    def decorated():
        pass


@act
def default_of_many_lines():
    def function(
            first=nothing(),
            second=park(),
            third=nothing()) -> nothing():
        pass
    return function


@act
def loop_back():
    count = 0
    while count < 3 or \
            park():
        count += 1
        if count == 2:
            continue
        nothing()


@act
def for_with_iterable_of_many_lines():
    for _ in (nothing(),
              nothing()):
        for __ in [
                park(),
        ]:
            pass


@act
def assert_and_message():
    assert not (
        nothing()), park(
            "unreached")
    assert nothing(), park(
        "reached")


@act
def statements_on_one_line():
    a = 1; b = nothing(a); c = park(b); return c  # noqa


@act
def after_dead_code():
    if False:
        nothing()
        nothing()
    while 0:
        nothing()
    try:
        pass
    finally:
        park()


@act
def return_through_finally():
    for _ in range(2):
        try:
            return nothing(
            )
        finally:
            nothing()
            park(
            )


@act
def lambda_of_many_lines():
    return (lambda a,
            b=nothing():
            nothing(a) or
            park(
                b))(1)


stage.perform(park)

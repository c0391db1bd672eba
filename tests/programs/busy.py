"""Threads that never rest, for dumps of a process that runs while it is stopped.

Where each one is cannot be known beforehand, so the truth is what is possible: which functions
there are, on which lines, and who may call whom. argv: TRUTH [THREADS, 4 unless told].
"""

import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import truth

numbers = list(range(50))


def spin():
    while True:
        add_up(numbers)
        turn_round("abc")


def add_up(items):
    return sum(square(item) for item in items)


def square(item):
    return item * item


def turn_round(text):
    return turn_round(text[:-1]) + text[-1] if text else text


def lines_of(function):
    code = function.__code__
    if hasattr(code, "co_lines"):
        lines = [line for _start, _end, line in code.co_lines() if line]
    else:
        lines = range(code.co_firstlineno, code.co_firstlineno + 4)
    return [min(lines), max(lines)]


def legal():
    functions = {f.__name__: lines_of(f) for f in (spin, add_up, square, turn_round)}
    functions["<genexpr>"] = functions["add_up"]
    return {
        "file": spin.__code__.co_filename,
        "root": "spin",
        "functions": functions,
        "calls": [
            ["spin", "add_up"],
            ["spin", "turn_round"],
            ["add_up", "<genexpr>"],
            ["<genexpr>", "square"],
            ["turn_round", "turn_round"],
        ],
    }


def main():
    report = truth.Report(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    threads = [threading.Thread(target=spin, name="spinner-%d" % i, daemon=True) for i in range(count)]
    for thread in threads:
        thread.start()
    report.at_once(
        {
            "pid": os.getpid(),
            "version": list(sys.version_info),
            "hexversion": sys.hexversion,
            "executable": sys.executable,
            "legal": legal(),
            "threads": [
                {"thread_id": t.ident, "native_id": getattr(t, "native_id", None), "name": t.name, "frames": None}
                for t in threads
            ],
        }
    )
    threads[0].join()


main()

"""Changes its stack as fast as it can, and every stack that it may have is known.

    step_0_a ─▶ step_1_c ─▶ step_2_b ─▶ … ─▶ step_7_d ─▶ step_0_a ─▶ …

64 functions in 8 classes of 8. One of class c calls only two certain ones of class c+1, so a
stack put together from two moments shows a pair that cannot be. A round goes down DEPTH calls
along one of 16 patterns, up and down the last few again and again, and back to the start; so all
of the stack changes, its end most.

argv: PAIRS-FILE [--depth N] [--threads N] [--rounds FILE] [--kind plain|mixed|split|half|churn|duty]

  plain   functions only
  mixed   calls go through generators and through C (max(key=...)) as well
  split   four leaves that work 10, 20, 30 and 40 % of the time (for bias, and against cProfile)
  half    half of the time in recursion DEPTH deep, half in a shallow loop
  churn   functions are made and thrown away all the time: code objects change hands
  duty    works 5 ms, sleeps 5 ms

PAIRS-FILE gets a line "ready", then "caller callee" a line; "-" is the outermost. Runs on 3.6 - 3.15.
"""

import argparse
import mmap
import os
import sys
import threading
import time

CLASSES, VARIANTS, PATTERNS, TIP = 8, 8, 16, 8


def source_of(level, variant):
    """One function: goes on with one of its two successors until n is used up."""
    letters = "abcdefgh"
    name = "step_%d_%s" % (level, letters[variant])
    successors = ["step_%d_%s" % ((level + 1) % CLASSES, letters[(2 * variant + i) % VARIANTS]) for i in (0, 1)]
    text = """def {name}(n, pattern):
    if n <= 0:
        return pattern
    if n == {tip}:
        for i in range(8):
            if pattern + i >> {bit} & 1:
                {one}(n - 1, pattern + i)
            else:
                {other}(n - 1, pattern + i)
        return pattern
    if pattern >> {bit} & 1:
        return {one}(n - 1, pattern)
    return {other}(n - 1, pattern)
""".format(name=name, tip=TIP, bit=(level + variant) % 4, one=successors[0], other=successors[1])
    return name, successors, text


def mixed_source_of(level, variant):
    """The same, but some pass a generator or C code on the way."""
    name, successors, plain = source_of(level, variant)
    if variant == 3:
        generator = "gen_%d_%s" % (level, "abcdefgh"[variant])
        text = (
            "def {g}(n, pattern):\n    yield {s}(n - 1, pattern)\n"
            "def {f}(n, pattern):\n    if n <= 0:\n        return pattern\n"
            "    for value in {g}(n, pattern):\n        pass\n    return pattern\n"
        )
        return name, [generator], text.format(g=generator, f=name, s=successors[0]), {generator: [successors[0]]}
    if variant == 5:
        text = (
            "def {f}(n, pattern):\n    if n <= 0:\n        return pattern\n"
            "    max((n - 1,), key={s}_by_key)\n    return pattern\n"
            "def {s}_by_key(n):\n    return {s}(n, 0)\n"
        )
        by_key = successors[0] + "_by_key"
        return name, [by_key], text.format(f=name, s=successors[0]), {by_key: [successors[0]]}
    return name, successors, plain, {}


class Rounds:
    """Where a thread puts the number of its rounds: the first word of a file, if somebody wants it."""

    def __init__(self, path):
        with open(path, "wb") as file:
            file.write(bytes(8))
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 8)

    def words(self):
        return memoryview(self.map).cast("Q")


done = [0]


def build(kind):
    """All the functions in this module, and the legal pairs."""
    pairs = set()
    for level in range(CLASSES):
        for variant in range(VARIANTS):
            if kind == "mixed":
                name, successors, text, more = mixed_source_of(level, variant)
            else:
                (name, successors, text), more = source_of(level, variant), {}
            exec(compile(text, "<pairs %s>" % name, "exec"), globals())
            pairs.update((name, successor) for successor in successors)
            pairs.update((caller, callee) for caller, callees in more.items() for callee in callees)
    pairs.add(("walk", "step_0_a"))
    return pairs


def walk(depth):
    first = globals()["step_0_a"]
    pattern = rounds = 0
    while True:
        first(depth, pattern)
        pattern = (pattern + 7) % PATTERNS
        rounds += 1
        done[0] = rounds


def busy(n):
    x = 0
    for i in range(n):
        x += i * i
    return x


def leaf_10():
    return busy(1000)


def leaf_20():
    return busy(2000)


def leaf_30():
    return busy(3000)


def leaf_40():
    return busy(4000)


def split(_depth):
    while True:
        leaf_10()
        leaf_20()
        leaf_30()
        leaf_40()


def deep(n, until):
    """Down n calls, and work there."""
    if n:
        return deep(n - 1, until)
    while time.perf_counter() < until:
        pass


def shallow(until):
    while time.perf_counter() < until:
        pass


def half(depth):
    while True:
        deep(depth, time.perf_counter() + 0.003)
        shallow(time.perf_counter() + 0.003)


def duty(_depth):
    while True:
        shallow(time.perf_counter() + 0.005)
        time.sleep(0.005)


def churn(_depth):
    """Each made function calls the next name along; the one before is gone by then."""
    number = 0
    while True:
        number = (number + 1) % 26
        scope = {"busy": busy}
        text = "def inner_%c():\n    return busy(20)\ndef outer_%c():\n    return inner_%c()\n"
        letter = "abcdefghijklmnopqrstuvwxyz"[number]
        exec(compile(text.replace("%c", letter), "<made %s>" % letter, "exec"), scope)
        scope["outer_" + letter]()


def pairs_of(kind):
    if kind in ("plain", "mixed"):
        return build(kind)
    pairs = {("split", "leaf_%d" % n) for n in (10, 20, 30, 40)} | {("leaf_%d" % n, "busy") for n in (10, 20, 30, 40)}
    pairs |= {("half", "deep"), ("half", "shallow"), ("deep", "deep"), ("duty", "shallow")}
    for letter in "abcdefghijklmnopqrstuvwxyz":
        pairs |= {
            ("churn", "outer_" + letter),
            ("outer_" + letter, "inner_" + letter),
            ("inner_" + letter, "busy"),
            ("churn", "<module>"),
        }
    return pairs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pairs")
    parser.add_argument("--depth", type=int, default=50)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--kind", default="plain")
    parser.add_argument("--rounds", help="file whose first word is the number of rounds of `walk`")
    options = parser.parse_args()
    if options.rounds:
        globals()["done"] = Rounds(options.rounds).words()
    sys.setrecursionlimit(options.depth * 3 + 1000)
    threading.stack_size(256 << 20 if options.depth > 500 else 64 << 20)
    work = {"plain": walk, "mixed": walk}.get(options.kind) or globals()[options.kind]
    pairs = pairs_of(options.kind)
    pairs |= {
        ("-", "_bootstrap"),
        ("_bootstrap", "_bootstrap_inner"),
        ("_bootstrap_inner", "run"),
        ("-", "<module>"),
        ("run", work.__name__),
        ("<module>", "main"),
        ("main", "join"),
        ("join", "current_thread"),
        ("join", "is_set"),
        ("join", "_wait_for_tstate_lock"),
        ("_bootstrap_inner", "_context_run"),
        ("main", work.__name__),
        ("main", "publish"),
    }
    if options.threads == 1 and options.depth <= 500:
        publish(options.pairs, pairs)
        work(options.depth)
    begun = []

    def begin():
        begun.append(1)
        work(options.depth)

    pairs |= {("run", "begin"), ("begin", work.__name__)}
    threads = [threading.Thread(target=begin, name="walker-%d" % i, daemon=True) for i in range(options.threads)]
    for thread in threads:
        thread.start()
    while len(begun) < options.threads:
        time.sleep(0.01)
    publish(options.pairs, pairs)
    for thread in threads:
        thread.join()


def publish(path, pairs):
    """Ready: from here on every stack is one of those."""
    with open(path + ".tmp", "w") as file:
        file.write("ready\n")
        file.writelines("%s %s\n" % pair for pair in sorted(pairs))
    os.rename(path + ".tmp", path)


if __name__ == "__main__":
    main()

"""Programs drawn at random, whose own clocks say where their time goes; of a seed, always the same one.

Threads do rounds of parts: work, locks, naps, system calls, threads that live for a moment, other interpreters,
forks. Each part is a function of its own and adds up its CPU time by time.thread_time() in a file that is mapped
into the program: who looks has the sums at once, also while the program stands still.

    slot of (thread, part) = thread x parts + part;   behind these the same again for the part's helpers

What a part lets another thread do stands in a function of the part's name and "__": its time and its samples are the
part's.
"""

import contextlib
import random
import struct

HEAD = """import ctypes, mmap, os, socket, sys, threading, time, zlib
if not hasattr(time, "thread_time"):
    time.thread_time = lambda: time.clock_gettime(3)
PARTS, THREADS = {parts}, {threads}
READY = sys.argv[1]
with open(READY + ".clocks", "w+b") as file:
    file.truncate(16 * PARTS * THREADS)
    CLOCKS = memoryview(mmap.mmap(file.fileno(), 16 * PARTS * THREADS)).cast("d")
LOCKS = [threading.Lock() for _ in range(3)]
READ, WRITE = os.pipe()
FIRST, SECOND = socket.socketpair()
DATA, BIG = b"x" * 60000, b"x" * 2000000
GIL = ctypes.PyDLL(None)  # its functions keep the GIL
try:
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
except ImportError:
    interpreters = None
TURN = '''
def turn(rounds):
    total = 0
    for i in range(rounds):
        total += i
    return total
'''
exec(compile(TURN, "turn.py", "exec"))
def clocked(part):
    def decorate(function):
        def clock(thread):
            begun = time.thread_time()
            beside = function(thread)
            CLOCKS[thread * PARTS + part] += time.thread_time() - begun + (beside or 0)
        return clock
    return decorate
PR_SET_TIMERSLACK, WAKING = 29, 25e-6  # seconds from the end of a sleep until it runs: 5 to 50 us
def sleep_with_gil(microseconds):
    GIL.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)  # else it lasts 0 to 50 us longer, as other timers of its CPU will have it
    GIL.usleep(microseconds)  # a look at a clock after it may come after others had the GIL
    return microseconds / 1e6 + WAKING
def work_without_gil():
    begun = time.thread_time()
    zlib.crc32(BIG)
    return begun - time.thread_time()
def other_interpreter():
    if interpreters is None or not INSIDE:
        return None
    number = interpreters.create()
    interpreters.run_string(number, TURN + INSIDE)
    return number
INSIDE, STARTED, TOLD, OTHER = "", [0] * THREADS, [], {{}}
"""

KINDS = {
    "work": "    turn({n})\n",
    "locked": "    with LOCKS[{k}]:\n        turn({n})\n",
    "held": "    beside = sleep_with_gil({u})\n    turn({n})\n    return beside\n",
    "released": "    beside = work_without_gil()\n    turn({n})\n    return beside\n",
    "nap": "    time.sleep({s})\n    turn({n})\n",
    "bytes": "    os.urandom({n})\n",
    "pipe": "    for _ in range({m}):\n        os.write(WRITE, b'x' * 4000)\n        os.read(READ, 4000)\n",
    "socket": "    FIRST.sendall(DATA)\n    left = len(DATA)\n    while left:\n        left -= len(SECOND.recv(65536))\n",
    "moment": "    def {name}__thread():\n        begun = time.thread_time()\n        turn({n})\n"
    "        CLOCKS[(THREADS + thread) * PARTS + {i}] += time.thread_time() - begun\n"
    "    other = threading.Thread(target={name}__thread)\n    other.start()\n    other.join()\n    turn({n})\n",
    "inner": "    if OTHER[thread] is None:\n        turn({n})\n        return\n"
    "    interpreters.run_string(OTHER[thread], '{name}__inside()')\nINSIDE += 'def {name}__inside(): turn(6 * {n})\\n'\n",
    "fork": "    turn({n})\n    child = os.fork()\n    if not child:\n        turn(3 * {n})\n        os._exit(0)\n"
    "    os.waitpid(child, 0)\n",
}
#: A child of a fork in a program of many threads may hang in CPython itself: only programs of one thread fork.
#: And two threads would take each other's bytes.
OF_ONE_THREAD = ("fork", "pipe", "socket")
#: A thread that lives for a moment is met only by who is told of it.
LASTING = tuple(kind for kind in KINDS if kind not in ("moment", "held", "released"))
#: Their clocks say how long they have the GIL, and not how long they run: asleep with it, at work without.
OF_THE_GIL = ("held", "released")
ON_A_CPU = tuple(kind for kind in KINDS if kind not in OF_THE_GIL)
#: Of these the GIL is held just as long as their clocks say: who starts a thread, or forks, may sleep with it.
WITH_GIL = ("work", "locked", "nap", "inner", *OF_THE_GIL)


class Program:
    """`kinds`: of which its parts may be. `gils`: other interpreters have their own (from 3.12 on): else who runs in
    one does not see that threads of another want the GIL, and they never get it."""

    def __init__(self, seed, kinds=None, gils=True):
        draw = random.Random(seed)
        self.seed = seed
        self.threads = draw.choice((1, 1, 2, 4, 12))
        lone = OF_ONE_THREAD if gils else (*OF_ONE_THREAD, "inner")
        kinds = [kind for kind in KINDS if kind in (kinds or ON_A_CPU) and (self.threads == 1 or kind not in lone)]
        self.parts = ["part_%d_%s" % (i, draw.choice(kinds)) for i in range(draw.randint(2, 5))]
        self.source = HEAD.format(parts=len(self.parts), threads=self.threads)
        self.source += "".join(self._part(draw, i, name) for i, name in enumerate(self.parts)) + self._main(draw)
        self.others = draw.choice((0, 0, 1, 2))  # busy programs that want its CPU
        self.held = self.others and draw.random() < 0.7  # to one CPU, with them; else they are on all, and so is it
        self.quota = draw.choice((0, 0, 0, 30))  # per cent of a CPU
        self.rate = draw.choice((100, 300, 700))

    def _part(self, draw, i, name):
        values = {
            "i": i,
            "name": name,
            # Short where there are many: what a clock has not counted yet is a call for each of them.
            "n": draw.randint(3000, 40000 if self.threads < 4 else 8000),
            "k": draw.randrange(3),
            "s": draw.choice((0.0004, 0.001, 0.004)),
            "u": (2000, 4000, 8000)[i % 3],
            "m": draw.randint(10, 100),
        }
        return "@clocked(%d)\ndef %s(thread):\n%s" % (i, name, KINDS[name.split("_")[2]].format(**values))

    def _main(self, draw):
        plan = [draw.choice(self.parts) for _ in range(8)] + self.parts
        draw.shuffle(plan)
        return (
            "def round(thread):\n"
            + "".join("    %s(thread)\n" % name for name in plan)
            + "def main(thread):\n    while True:\n        round(thread)\n"
            + "        STARTED[thread] = 1\n        if not TOLD and all(STARTED):\n            TOLD.append(open(READY, 'w').close())\n"
            + "for i in range(THREADS):\n    OTHER[i] = other_interpreter()\n"
            + "for i in range(1, THREADS):\n    threading.Thread(target=main, args=(i,), daemon=True).start()\nmain(0)\n"
        )

    def spent(self, ready):
        """Seconds of CPU that each part has had so far, by the program's own clocks; `ready` is the file it made."""
        with open(ready + ".clocks", "rb") as file:
            clocks = struct.unpack("%dd" % (2 * self.threads * len(self.parts)), file.read())
        return {name: sum(clocks[i :: len(self.parts)]) for i, name in enumerate(self.parts)}

    def samples(self, stacks):
        """Of (names of the functions of a stack, samples): how many each part has."""
        found = dict.fromkeys(self.parts, 0)
        for names, count in stacks:
            for part in {name.rpartition(".")[2].partition("__")[0] for name in names} & set(found):
                found[part] += count
        return found

    def __str__(self):
        around = "beside %d%s" % (self.others, " on its CPU" if self.held else " a CPU") if self.others else ""
        return ", ".join(
            filter(
                None,
                [
                    "seed %d: %d thread%s" % (self.seed, self.threads, "s" * (self.threads > 1)),
                    " ".join(name.split("_")[2] for name in self.parts),
                    around,
                    "quota %d %%" % self.quota if self.quota else "",
                ],
            )
        )


class Verdict:
    """Samples of a program beside its own clocks. `slack`: of a share, for what the clocks themselves cost."""

    def __init__(self, sampled, timed, slack=0.01):
        self.samples, seconds = sum(sampled.values()), sum(timed.values())
        self.wrong = []
        self.seconds_off = 0
        self.errors = 0  # the largest difference of a share, in standard errors of independent samples
        for name, count in sampled.items() if self.samples and seconds > 0 else ():
            share, seen = timed[name] / seconds, count / self.samples
            error = max((share * (1 - share) / self.samples) ** 0.5, 1e-9)
            beyond = max(abs(seen - share) - slack, 0)
            if name.endswith("_nap") and seen < share:  # two or three switches are charged to runs of 0.1 ms, which
                beyond = max(beyond - 0.3 * share, 0)  # no sample meets: docs/performance.md, "Its limits"
            self.errors = max(self.errors, beyond / error)
            if beyond > 3 * error:
                self.wrong.append(
                    "%s: %.1f %% of %d samples, %.1f ± %.1f %% by its clock"
                    % (name, 100 * seen, self.samples, 100 * share, 300 * error + 100 * slack)
                )

    def check_seconds(self, counted, real, tolerance, less=0):
        """`less`: so much of it may be missing besides."""
        with contextlib.suppress(ZeroDivisionError):
            self.seconds_off = counted / real - 1
            if not -tolerance - less <= self.seconds_off <= tolerance:
                self.wrong.append("%.2f s of samples, %.2f s by the clocks" % (counted, real))

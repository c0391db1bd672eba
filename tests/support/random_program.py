"""Programs drawn at random, whose own clocks say where their time goes; of a seed, always the same one.

Threads do rounds of parts: work, locks, naps, system calls, threads that live for a moment, forks. Each part is a
function of its own that adds up its CPU time by time.thread_time(); a teller writes the sums down.
"""

import random

HEAD = """import json, os, socket, sys, threading, time
if not hasattr(time, "thread_time"):
    time.thread_time = lambda: time.clock_gettime(3)
SPENT = {}
LOCKS = [threading.Lock() for _ in range(3)]
READ, WRITE = os.pipe()
def clocked(function):
    def clock():
        begun = time.thread_time()
        function()
        key = (threading.get_ident(), function.__name__)
        SPENT[key] = SPENT.get(key, 0) + time.thread_time() - begun
    return clock
def turn(rounds):
    total = 0
    for i in range(rounds):
        total += i
    return total
def tell(ready):
    while True:
        sums = {}
        for (_, name), seconds in list(SPENT.items()):
            sums[name] = sums.get(name, 0) + seconds
        with open(ready + ".next", "w") as file:
            json.dump(sums, file)
        os.rename(ready + ".next", ready + ".clocks")
        if sums and not os.path.exists(ready):
            open(ready, "w").close()
        time.sleep(0.05)
"""

KINDS = {
    "work": "    turn({n})\n",
    "locked": "    with LOCKS[{k}]:\n        turn({n})\n",
    "nap": "    time.sleep({s})\n    turn({n})\n",
    "bytes": "    os.urandom({n})\n",
    "pipe": "    for _ in range({m}):\n        os.write(WRITE, b'x' * 4000)\n        os.read(READ, 4000)\n",
    "moment": "    thread = threading.Thread(target=turn, args=({n},))\n    thread.start()\n    thread.join()\n    turn({n})\n",
    "fork": "    turn({n})\n    child = os.fork()\n    if not child:\n        turn(3 * {n})\n        os._exit(0)\n"
    "    os.waitpid(child, 0)\n",
}
#: A child of a fork in a program of many threads may hang in CPython itself: only programs of one thread fork.
OF_ONE_THREAD = ("fork",)
#: Two threads would take each other's bytes.
ONCE = ("pipe",)


class Program:
    def __init__(self, seed):
        draw = random.Random(seed)
        self.seed = seed
        self.threads = draw.choice((1, 1, 2, 4, 12))
        kinds = [kind for kind in KINDS if self.threads == 1 or kind not in OF_ONE_THREAD + ONCE]
        self.parts = ["part_%d_%s" % (i, draw.choice(kinds)) for i in range(draw.randint(2, 5))]
        self.source = HEAD + "".join(self._part(draw, name) for name in self.parts) + self._main(draw)
        self.others = draw.choice((0, 0, 1, 2))  # busy programs that want its CPU
        self.quota = draw.choice((0, 0, 0, 30))  # per cent of a CPU
        self.rate = draw.choice((100, 300, 700))

    def _part(self, draw, name):
        kind = name.split("_")[2]
        values = {
            "n": draw.randint(3000, 40000),
            "k": draw.randrange(3),
            "s": draw.choice((0.001, 0.004)),
            "m": draw.randint(10, 100),
        }
        return "@clocked\ndef %s():\n%s" % (name, KINDS[kind].format(**values))

    def _main(self, draw):
        plan = [draw.choice(self.parts) for _ in range(8)] + self.parts
        draw.shuffle(plan)
        return (
            "def main():\n    while True:\n"
            + "".join("        %s()\n" % name for name in plan)
            + "threading.Thread(target=tell, args=(sys.argv[1],), daemon=True).start()\n"
            + "for _ in range(%d):\n    threading.Thread(target=main, daemon=True).start()\nmain()\n"
            % (self.threads - 1)
        )

    def __str__(self):
        return "seed %d: %d threads, %s%s%s" % (
            self.seed,
            self.threads,
            " ".join(name.split("_")[2] for name in self.parts),
            ", beside %d" % self.others if self.others else "",
            ", quota %d %%" % self.quota if self.quota else "",
        )


def faults(program, found, clocks, slack=0.03):
    """What is not so: shares within three standard errors of independent samples, seconds within 5 %."""
    # What a part starts a thread for is that thread's time, and stands below `turn` without the part.
    seen = {name: found["functions"].get(name, [0, 0, 0])[1] for name in program.parts}
    sampled, timed = sum(seen.values()), sum(clocks.get(name, 0) for name in program.parts)
    wrong = []
    if found["kept"] < 30 or not sampled or timed <= 0:
        return wrong
    for name in program.parts:
        share = clocks.get(name, 0) / timed
        error = 3 * (share * (1 - share) / (found["kept"] * min(sampled, 1))) ** 0.5 + slack
        if abs(seen[name] / sampled - share) > error:
            wrong.append(
                "%s: %.1f %% of the samples, %.1f ± %.1f %% by its clock"
                % (name, 100 * seen[name] / sampled, 100 * share, 100 * error)
            )
    counted = (found["kept"] + found["drops"] + found["no_python"]) * found["interval"]
    if found["ran"] and abs(counted - found["ran_seconds"]) > 0.05 * found["ran_seconds"] + 0.01:
        wrong.append("%.2f s of samples, %.2f s by the kernel" % (counted, found["ran_seconds"]))
    return wrong

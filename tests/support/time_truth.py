"""A random program, sampled in one way: are shares and seconds those of its own clocks and of the kernel?"""

import contextlib

import random_program
import sampled

import discover

#: What each mode adds to the command, and the most samples a second that it can take.
MODES = {"cpu": ([], 1000), "stop": (["--stop"], 100), "native": (["--native"], 100), "gil": (["--gil"], 1000)}
#: sample_process has its own words; `schedstat` is what is left where the kernel refuses perf events.
DIRECT = {"cpu": [], "stop": ["--stop"], "gil": ["-m", "gil"], "schedstat": ["--no-records"]}
WAYS = ("direct", "gdb", "lldb", "hognose")


SECONDS_OFF = 0.05
#: What many threads run to get the GIL, without it: their clocks count that, and no sample does.
FOR_THE_GIL = 0.15
#: What short threads run before they have a state of Python's, which no file tells of.
OF_NO_PYTHON = 0.07
#: A stop lasts: what the threads do until the last of them stands still is the clocks', and no sample's.
STOPPED_SLACK = 0.04
SLACK = 0.01


def kinds_of(way, mode):
    """What its programs are of: a mode that cannot tell of all says so in docs/performance.md."""
    if mode == "gil":
        return random_program.WITH_GIL
    if mode == "schedstat" or (way, mode) == ("direct", "stop"):  # sample_process stops those that it began with
        return random_program.LASTING
    return random_program.ON_A_CPU


def has_gils(python):
    """Whether each interpreter has its own."""
    return discover.version_key(python.version) >= (3, 12)


def modes_of(way):
    return tuple(DIRECT) if way == "direct" else tuple(MODES)


def cannot(python, mode):
    """Why there is nothing to sample, in words; None where there is."""
    if mode == "gil" and "free-threaded" in python.flavour:
        return "it has no GIL"
    return None


def sample(way, pid, seconds, rate, mode, debugger=None):
    if way == "direct":
        return sampled.sample_directly(pid, seconds, rate, *DIRECT[mode])
    options, most = MODES[mode]
    if way == "hognose":
        return sampled.sample_by_hognose(pid, seconds, min(rate, most), *options)
    return sampled.sample_in(debugger, pid, seconds, min(rate, most), *options)


def run(python, seed, way="direct", mode="cpu", seconds=4.0, debugger=None):
    """The program of the seed, what was found of it, and the verdict."""
    program = random_program.Program(seed, kinds_of(way, mode), has_gils(python))
    with contextlib.ExitStack() as stack:
        quota = program.quota and sampled.quotas_are_here()
        procs = stack.enter_context(sampled.quota(program.quota)) if quota else None
        cpus = {0} if program.held else sampled.all_cpus()
        stack.enter_context(sampled.others(cpus, program.others))
        process, ready = stack.enter_context(sampled.walker(python, program=program.source))
        if program.held:
            sampled.hold(process.pid, cpus)
        if procs:
            sampled.write(procs, str(process.pid))

        def ask():
            return dict(program.spent(ready), kernel=sampled.process_seconds(process.pid))

        with sampled.Witness(ask) as witness:
            found = sample(way, process.pid, seconds, program.rate, mode, debugger)
            clocks = witness.between(found.start, found.start + found.seconds)
    verdict = random_program.Verdict(
        program.samples(found.stacks),
        {name: clocks[name] for name in program.parts},
        STOPPED_SLACK if mode in ("stop", "native") else SLACK,
    )
    counted = found.kept + found.dropped + (found.of_no_python if mode != "gil" else 0)
    # Where not all that it runs is to be sampled, how many samples hit it is a matter of chance.
    chance = 3 / max(counted, 1) ** 0.5 if mode in ("gil", "schedstat") else 0
    if any("moment" in name for name in program.parts) and way != "direct":
        chance += OF_NO_PYTHON
    if counted or mode not in ("stop", "native"):  # on a loaded machine there are but a few dozen stops
        real = sum(clocks[name] for name in program.parts) if mode == "gil" else clocks["kernel"]
        less = FOR_THE_GIL if mode == "gil" and program.threads > 1 else 0
        verdict.check_seconds(counted * found.interval, real, SECONDS_OFF + chance, less)
    return program, found, verdict

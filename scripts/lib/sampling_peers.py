"""Other samplers of Python, for scripts/bench-sampler: how each is told to sample a process, and which stacks it saw.

Each writes collapsed stacks, one a line with a number behind it; what a frame looks like there differs. A stack is wrong
if one of its pairs of caller and callee cannot be (tests/programs/pairs.py).
"""
import os
import subprocess
import tempfile

#: The Python frame's name in a frame as it is written.
def name_before_file(frame):
    return frame.split(" (", 1)[0]


def name_between_file_and_line(frame):
    return frame.rsplit(":", 2)[-2]


class Peer:
    """`arguments(rate, seconds, pid, file)` is the command; lines of `file` are stacks once `skip` frames are taken off."""

    def __init__(self, name, arguments, name_of, skip=0, counted=True):
        self.name, self.arguments, self.name_of, self.skip, self.counted = name, arguments, name_of, skip, counted

    def stacks(self, path):
        """Names from the outermost on, and how many samples."""
        with open(path, errors="replace") as file:
            for line in file:
                frames, _, number = line.rstrip("\n").rpartition(" ")
                if frames and not line.startswith("#"):
                    names = [self.name_of(frame) for frame in frames.split(";")[self.skip:] if frame]
                    yield names, int(number) if self.counted else 1


def peers(folder, python):
    """Those that are here for this interpreter. `folder` is the environment that scripts/bench installs peers into."""
    spy, austin = os.path.join(folder, "bin", "py-spy"), os.path.join(folder, "bin", "austin")

    def spy_with(*options):
        return lambda rate, seconds, pid, file: [spy, "record", "-f", "raw", "-r", str(rate), "-d", str(seconds), "-p",
                                                 str(pid), "-o", file] + list(options)

    found = []
    if os.path.exists(spy):
        found += [Peer("py-spy", spy_with(), name_before_file),
                  Peer("py-spy --nonblocking", spy_with("--nonblocking"), name_before_file)]
    if os.path.exists(austin):
        found.append(Peer("austin", lambda rate, seconds, pid, file: [
            austin, "-i", "%dus" % (1e6 / rate), "-x", str(seconds), "-o", file, "-p", str(pid)],
            name_between_file_and_line, skip=2, counted=False))
    if python.version.startswith("3.15"):
        found.append(Peer("Tachyon", lambda rate, seconds, pid, file: python.command + [
            "-m", "profiling.sampling", "attach", "-a", "--collapsed", "--no-gc", "-r", str(rate), "-d", str(seconds),
            "-o", file, str(pid)], name_between_file_and_line, skip=1))
    return found


def legal_pairs(path):
    with open(path) as file:
        return {tuple(line.split()) for line in file}


def sample(peer, pid, pairs, rate, seconds):
    """Samples and wrong ones among them; None where it wrote nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stacks")
        subprocess.run(peer.arguments(rate, seconds, pid, path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not os.path.exists(path):
            return None
        samples = wrong = 0
        for names, number in peer.stacks(path):
            samples += number
            if any(pair not in pairs for pair in zip(["-"] + names, names)):
                wrong += number
        return samples, wrong

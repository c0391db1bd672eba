"""Other samplers of Python, for scripts/bench-sampler: how each is told to sample a process, and what it saw.

Each writes collapsed stacks, one a line with a number behind it; what a frame looks like there differs. A stack is
wrong if one of its pairs of caller and callee cannot be (tests/programs/pairs.py).
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
    """`words` are the command, with {rate}, {interval}, {seconds}, {pid} and {file} to be filled in.

    Each line of the file is a stack, whose first `skip` frames do not count.
    """

    def __init__(self, name, words, name_of, skip=0, counted=True):
        self.name, self.words, self.name_of, self.skip, self.counted = name, words, name_of, skip, counted

    def command(self, rate, seconds, pid, file):
        values = {"rate": rate, "interval": "%d" % (1e6 / rate), "seconds": seconds, "pid": pid, "file": file}
        return [word.format(**values) for word in self.words]

    def stacks(self, path):
        """Names from the outermost on, and how many samples."""
        with open(path, errors="replace") as file:
            for line in file:
                frames, _, number = line.rstrip("\n").rpartition(" ")
                if frames and not line.startswith("#"):
                    names = [self.name_of(frame) for frame in frames.split(";")[self.skip :] if frame]
                    yield names, int(number) if self.counted else 1


def peers(folder, python):
    """Those that are in the environment `folder`, and Tachyon for 3.15, which brings it along."""
    spy, austin = (os.path.join(folder, "bin", name) for name in ("py-spy", "austin"))
    found = []
    if os.path.exists(spy):
        words = [spy, "record", "-f", "raw", "-r", "{rate}", "-d", "{seconds}", "-p", "{pid}", "-o", "{file}"]
        found.append(Peer("py-spy", words, name_before_file))
        found.append(Peer("py-spy --nonblocking", [*words, "--nonblocking"], name_before_file))
    if os.path.exists(austin):
        words = [austin, "-i", "{interval}us", "-x", "{seconds}", "-o", "{file}", "-p", "{pid}"]
        found.append(Peer("austin", words, name_between_file_and_line, skip=2, counted=False))
    if python.version.startswith("3.15"):
        words = [*python.command, "-m", "profiling.sampling", "attach", "-a", "--collapsed", "--no-gc"]
        words += ["-r", "{rate}", "-d", "{seconds}", "-o", "{file}", "{pid}"]
        found.append(Peer("Tachyon", words, name_between_file_and_line, skip=1))
    return found


def legal_pairs(path):
    with open(path) as file:
        return {tuple(line.split()) for line in file}


def sample(peer, pid, pairs, rate, seconds):
    """Samples and wrong ones among them; None where it wrote nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stacks")
        subprocess.run(peer.command(rate, seconds, pid, path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not os.path.exists(path):
            return None
        samples = wrong = 0
        for names, number in peer.stacks(path):
            samples += number
            if any(pair not in pairs for pair in zip(["-"] + names, names)):
                wrong += number
        return samples, wrong

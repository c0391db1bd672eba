"""What must come out of the files: counted one stack at a time from the loss-free .json.

It is meant to be slow and plain, and shares nothing with the C that wrote the files.
"""

import collections
import json


class Written:
    """The files that write_sample_profile wrote of one profile."""

    def __init__(self, folder, kind, said):
        self.folder, self.kind = folder, kind
        self.said = {line.split()[0]: line.split()[1:] for line in said.splitlines()}
        with open(self.path(".json"), encoding="utf-8") as file:
            self.json = json.load(file)
        self.interval = self.json["sampling"]["interval"]
        self.kept = self.json["sampling"]["counts"]["kept"]
        self.functions = [Function(f) for f in self.json["functions"]]
        self.stacks = list(self._stacks())

    def path(self, ending):
        return str(self.folder / (self.kind + ending))

    def _stacks(self):
        """(thread, ((function, line), … outermost first), samples) of each stack."""
        for number, thread in enumerate(self.json["threads"]):
            nodes = thread["nodes"]
            paths = []
            for i, parent in enumerate(nodes["parent"]):
                frame = (nodes["function"][i], nodes["line"][i])
                paths.append((paths[parent] if parent >= 0 else ()) + (frame,))
                if nodes["self"][i]:
                    yield number, paths[i], nodes["self"][i]

    def self_by(self, name):
        """Own samples by what name(function) says."""
        counts = collections.Counter()
        for _, stack, samples in self.stacks:
            counts[name(self.functions[stack[-1][0]])] += samples
        return counts

    def total_by(self, name):
        """Samples with the function anywhere on the stack, once each."""
        counts = collections.Counter()
        for _, stack, samples in self.stacks:
            for one in {name(self.functions[f]) for f, _ in stack}:
                counts[one] += samples
        return counts

    def edges_by(self, name):
        """{(caller, callee): (own samples of the callee, samples with the pair)}"""
        edges = collections.defaultdict(lambda: [0, 0])
        for _, stack, samples in self.stacks:
            names = [None] + [name(self.functions[f]) for f, _ in stack]
            edges[names[-2], names[-1]][0] += samples
            for pair in set(zip(names, names[1:])):
                edges[pair][1] += samples
        return {pair: tuple(counts) for pair, counts in edges.items()}


class Function:
    def __init__(self, from_json):
        self.name = from_json["name"]
        self.qualname = from_json["qualname"]
        self.filename = from_json["filename"]
        self.first_line = from_json["first_line"]

    def shown(self):
        """As files for people call it."""
        return printable((self.qualname if self.qualname is not None else self.name) or "<unnamed>")

    def key(self):
        """As cProfile calls it."""
        return (self.filename if self.filename is not None else "~", self.first_line, self.name)


def printable(text):
    """Control characters, and marks that turn text, as Python's repr shows them."""
    out = []
    for character in text:
        point = ord(character)
        if character in "\n\r\t":
            out.append(repr(character)[1:-1])
        elif point < 32 or 0x7F <= point < 0xA0:
            out.append("\\x%02x" % point)
        elif point in (0x200E, 0x200F) or 0x2028 <= point <= 0x202E or 0x2066 <= point <= 0x2069:
            out.append("\\u%04x" % point)
        else:
            out.append(character)
    return "".join(out)

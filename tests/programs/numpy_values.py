# requires: 3.6
"""Arrays and numbers of numpy, and what numpy itself says is in them: tests/live/test_arrays.py."""

import sys
import threading

import numpy
import truth

KINDS = "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64 complex64 complex128".split()


def plain(value):
    """As Python's own numbers: those are shown the same."""
    return repr(value.item())


def hold(report):
    arrays = {kind: numpy.array([0, 1, 100], dtype=kind) for kind in KINDS}
    arrays["objects"] = numpy.array([1, "x", None], dtype=object)
    grid = numpy.arange(12, dtype="int32").reshape(3, 4)
    arrays["backwards"] = grid[:, ::-1]
    arrays["columns"] = grid.T
    arrays["empty"] = numpy.empty((0, 3))
    arrays["text"] = numpy.array(["a", "bcd"])
    scalars = {kind: arrays[kind][2] for kind in KINDS}
    told = {
        "arrays": {
            name: {"shape": list(one.shape), "items": [repr(item) for item in one.ravel().tolist()]}
            for name, one in arrays.items()
        },
        "scalars": {name: plain(one) for name, one in scalars.items()},
    }
    report.when_still(threads=1, **told)
    threading.Event().wait()
    return arrays, scalars


hold(truth.Report(sys.argv[1]))

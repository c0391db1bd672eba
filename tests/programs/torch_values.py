# requires: 3.8
"""Tensors of torch, and what torch itself says of them: tests/live/test_arrays.py."""

import sys
import threading

import torch
import truth


class Marked(torch.Tensor):
    pass


def hold(report):
    grid = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    tensors = {
        "grid": grid,
        "turned": grid.t(),
        "cut": grid[1:, 2:],
        "number": torch.tensor(3.5, dtype=torch.float64),
        "nothing": torch.empty(0),
        "deep": torch.zeros(2, 3, 1, 5, 6, 7),
        "parameter": torch.nn.Parameter(torch.ones(2, 2)),
        "subclass": torch.ones(3).as_subclass(Marked),
        "nowhere": torch.empty(2, 3, device="meta"),
    }
    for dtype in ("int64", "uint8", "bool", "bfloat16", "float16", "complex64", "int16"):
        tensors[dtype] = torch.zeros(5, dtype=getattr(torch, dtype))
    told = {name: [list(one.shape), str(one.dtype), str(one.device)] for name, one in tensors.items()}
    report.when_still(threads=1, tensors=told)
    threading.Event().wait()
    return tensors


hold(truth.Report(sys.argv[1]))

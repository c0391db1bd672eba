# requires: 3.8
"""Tables of pandas, and what pandas itself says of them: tests/live/test_arrays.py."""

import sys
import threading

import numpy
import pandas
import truth


def hold(report):
    frames = {
        "mixed": pandas.DataFrame({"a": [1, 2, 3], "b": [1.5, 2.0, 3.0], "name": ["x", "y", "z"]}),
        "numbered": pandas.DataFrame(numpy.zeros((1000, 20))),
        "cut": pandas.DataFrame(numpy.zeros((10, 3)), columns=["p", "q", "r"])[2:9:3][["p", "r"]],
        "levels": pandas.DataFrame({"v": range(4)}, index=pandas.MultiIndex.from_product([[1, 2], ["a", "b"]])),
        "empty": pandas.DataFrame(),
    }
    columns = {
        "ints": pandas.Series([1, 2, 3], name="ints"),
        "floats": pandas.Series([1.5, 2.5], index=["p", "q"]),
        "objects": pandas.Series([1, "x", None], dtype=object, name=("a", 1)),
        "flags": pandas.Series([True, False]),
    }
    others = {
        "times": pandas.Series(pandas.date_range("2026-01-01", periods=3)),
        "categories": pandas.Series(["a", "b", "a"], dtype="category"),
    }
    indexes = {
        "plain": pandas.Index([3, 1, 2], name="key"),
        "range": pandas.RangeIndex(10, 0, -3),
        "times": pandas.date_range("2026-01-01", periods=3),
        "levels": frames["levels"].index,
        "none": pandas.RangeIndex(5, 5),
    }
    special = {"nat": pandas.NaT, "na": pandas.NA}
    unfinished = pandas.DataFrame.__new__(pandas.DataFrame)
    told = {
        "frames": {name: [list(one.shape), [repr(each) for each in one.columns]] for name, one in frames.items()},
        "columns": {
            name: [repr(one.name), str(one.dtype), [repr(each) for each in one.tolist()]]
            for name, one in columns.items()
        },
        "others": {name: [len(one), type(one.dtype).__name__, str(one.dtype)] for name, one in others.items()},
        "indexes": {name: len(one) for name, one in indexes.items()},
        "special": {name: repr(one) for name, one in special.items()},
    }
    report.when_still(threads=1, **told)
    threading.Event().wait()
    return frames, columns, others, indexes, special, unfinished


hold(truth.Report(sys.argv[1]))

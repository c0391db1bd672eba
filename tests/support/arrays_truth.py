"""Arrays of numpy, tables of pandas and tensors of torch, against what these say of themselves.

Each function is given the truth of tests/programs/numpy_values.py and its like, and printed(paths): what py-print shows
of each path from the frame that holds them.
"""

import re


def check_arrays(truth, printed):
    """Type, shape, dtype and the items, whatever the strides are."""
    arrays = truth["arrays"]
    for name, text in zip(arrays, printed("arrays[%s]" % name for name in arrays)):
        shape, dtype, items = re.match(r"<numpy.ndarray shape=(\(.*?\)) dtype=(\w+)(?: \[(.*)\])?>$", text).groups()
        assert eval(shape) == tuple(arrays[name]["shape"]), text
        if name == "text":
            assert dtype == "str" and items is None
            continue
        assert dtype == {"objects": "object", "empty": "float64"}.get(
            name, name if name in truth["scalars"] else "int32"
        )
        assert items == ", ".join(arrays[name]["items"]), name


def check_numbers(truth, printed):
    scalars = truth["scalars"]
    for name, text in zip(scalars, printed("scalars[%s]" % name for name in scalars)):
        assert re.sub(r"^<numpy\.\w+ (.*)>$", r"\1", text) == scalars[name], (name, text)


def check_tables(truth, printed):
    frames = truth["frames"]
    for name, text in zip(frames, printed("frames[%s]" % name for name in frames)):
        shape, columns = frames[name]
        assert " shape=(%s, %s)" % tuple(shape) in text, text
        shown = re.search(r" columns=(.*)>$", text)[1]
        assert list(map(repr, eval(shown))) == columns, text


def check_columns(truth, printed):
    columns = truth["columns"]
    for name, text in zip(columns, printed("columns[%s]" % name for name in columns)):
        label, dtype, items = columns[name]
        named = "" if label == "None" else " name=" + label
        assert text.endswith(" shape=(%d,)%s dtype=%s [%s]>" % (len(items), named, dtype, ", ".join(items))), text


def check_what_is_no_plain_array(truth, printed):
    """Its dtype, and no items: the array within has codes of categories, and times as numbers."""
    others = truth["others"]
    for name, text in zip(others, printed("others[%s]" % name for name in others)):
        length, kind, dtype = others[name]
        shown = re.search(r" shape=\((\d+),\) dtype=(\w+)>$", text)
        assert int(shown[1]) == length, text
        assert shown[2] in (kind, dtype.partition("[")[0]), text


def check_indexes_and_nothing(truth, printed):
    indexes = truth["indexes"]
    for name, text in zip(indexes, printed("indexes[%s]" % name for name in indexes)):
        assert " shape=(%d,)" % indexes[name] in text, text
    special = truth["special"]
    assert printed("special[%s]" % name for name in special) == list(special.values())
    (unfinished,) = printed(["unfinished"])
    assert re.fullmatch(r"<pandas\S*\.DataFrame object at 0x[0-9a-f]+>", unfinished)


def check_tensors(truth, printed):
    tensors = truth["tensors"]
    for name, text in zip(tensors, printed("tensors[%s]" % name for name in tensors)):
        shape, dtype, device = tensors[name]
        shown = re.search(r" shape=(\(.*?\)) dtype=(\w+) device=(\w+)>$", text)
        assert shown, text
        assert (list(eval(shown[1])), "torch." + shown[2], shown[3]) == (shape, dtype, device), text


#: What is true of which program; of tests/images too.
OF_NUMPY = (check_arrays, check_numbers)
OF_PANDAS = (check_tables, check_columns, check_what_is_no_plain_array, check_indexes_and_nothing)


def values_printed(text):
    """Of what py-print says the line of each value."""
    return re.findall(r"^\$\d+ = (.*)$", text, re.MULTILINE)

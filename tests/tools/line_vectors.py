"""Makes the line-table vectors of tests/unit/vectors: what CPython itself says.

Run under each interpreter: `pythonX.Y tests/tools/line_vectors.py > tests/unit/vectors/lines-X.Y.txt`.
It compiles code with awkward line tables and asks the interpreter's own C
functions (PyCode_Addr2Line, PyCode_Addr2Location) about every instruction.

    kind lnotab|ranges|locations
    code FIRST_LINE HEX_OF_TABLE
    at OFFSET LINE END_LINE COLUMN END_COLUMN        (1-based, 0 unknown; end column exclusive)
"""

import ctypes
import sys

ODD_SOURCES = [
    "x = 1\n",
    "def f(a,\n      b=2):\n    return (a +\n            b)\nf(1)\n",
    "@property\n@staticmethod\ndef g(): pass\n",
    "f(\n" + "".join("    g(%d,\n      h(%d)),\n" % (i, i) for i in range(60)) + ")\n",
    "\n" * 300 + "a = b\n" + "\n" * 5000 + "c = d\n",
    "x = [\n" + "".join("  %d +\n a%d,\n" % (i, i) for i in range(300)) + "]\n",
    "def k():\n" + "".join("    v%d = a.b.c[%d]\n" % (i, i) for i in range(400)) + "    return v1\n",
    "y = " + "(" * 30 + "a" + " + b)" * 30 + "\n",
    "z = " + "q" * 300 + "." + "r" * 200 + "(" + "s" * 100 + ")\n",
    "try:\n    a()\nexcept (\n  B,\n  C) as e:\n    d(\n)\nfinally:\n    e2()\n",
    "with a() as b, \\\n     c() as d:\n    e()\n",
    "class K:\n    x = 1\n    def m(self):\n        return [i\n                for i in self\n                if i]\n    y = lambda: (\n        1)\n",
    "def gen():\n    x = yield (\n        1)\n    yield from x\n    for i in (\n        a,\n        b):\n        pass\n    while (x and\n           y):\n        break\n",
    "async def co():\n    async with a:\n        await b(\n            c)\n    async for i in d:\n        pass\n",
    "d = {\n" + "".join("  'é%d': (\n%d),\n" % (i, i) for i in range(40)) + "}\n",
]


def all_codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from all_codes(constant)


def location(code, offset):
    line = ctypes.c_int()
    end_line, column, end_column = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    ctypes.pythonapi.PyCode_Addr2Location(
        ctypes.py_object(code),
        offset,
        ctypes.byref(line),
        ctypes.byref(column),
        ctypes.byref(end_line),
        ctypes.byref(end_column),
    )
    return tuple(max(0, v) for v in (line.value, end_line.value)) + tuple(
        max(0, v + 1) for v in (column.value, end_column.value)
    )


def line_only(code, offset):
    return (max(0, ctypes.pythonapi.PyCode_Addr2Line(ctypes.py_object(code), offset)), 0, 0, 0)


def main():
    kind = "locations" if sys.version_info >= (3, 11) else "ranges" if sys.version_info >= (3, 10) else "lnotab"
    say = location if kind == "locations" else line_only
    print("# made by %s with tests/tools/line_vectors.py" % sys.version.split()[0])
    print("kind", kind)
    for source in ODD_SOURCES:
        for code in all_codes(compile(source, "vectors.py", "exec")):
            table = code.co_lnotab if kind == "lnotab" else code.co_linetable
            print("code", code.co_firstlineno, table.hex() or "-")
            before = None
            for offset in range(0, len(code.co_code), 2):
                at = say(code, offset)
                if at != before or offset + 2 >= len(code.co_code):
                    print("at", offset, *at)
                before = at


main()

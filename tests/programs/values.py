# requires: 3.6
"""Values of every kind, in the locals of acts, with what repr() says of each.

The truth has "values": {act: {name: repr}}, and "marked": {act: [name]}: those whose repr() is
made by a class of the program, or asks the kernel, so that it cannot be known from memory.
"""

import array
import asyncio
import collections
import contextlib
import datetime
import decimal
import enum
import fractions
import functools
import io
import os
import pathlib
import queue
import re
import socket
import sys
import threading
import time
import types
import uuid
import weakref

import stage

values, marked, unset = {}, {}, {}


def tell(marked_names="", unset_names=""):
    """Writes down what repr() says of the caller's locals."""
    frame = sys._getframe(1)
    act = frame.f_code.co_name
    values[act] = {name: repr(value) for name, value in frame.f_locals.items()}
    marked[act] = marked_names.split()
    unset[act] = unset_names.split()


class Color(enum.Enum):
    RED = 1
    GREEN = "g"


class Num(enum.IntEnum):
    ONE = 1


class Perm(enum.Flag):
    R = 4
    W = 2


Point = collections.namedtuple("Point", "x y")
Empty = collections.namedtuple("Empty", "")


class SubPoint(Point):
    __slots__ = ()


class Plain:
    def __init__(self):
        self.a = 1
        self.b = "two"

    def method(self):
        pass

    @classmethod
    def of_class(cls):
        pass

    @staticmethod
    def static():
        pass

    @property
    def computed(self):
        return 1


class Outer:
    class Inner:
        pass


class MyInt(int):
    pass


class MyStr(str):
    pass


class MyList(list):
    pass


class MyDict(dict):
    pass


class MyTuple(tuple):
    pass


class MySet(set):
    pass


class MyBytes(bytes):
    pass


class MyFloat(float):
    pass


class MyDeque(collections.deque):
    pass


class MyException(Exception):
    pass


class OwnRepr:
    def __repr__(self):
        return "mine"


class OwnReprList(list):
    def __repr__(self):
        return "mine too"


class Slots:
    __slots__ = ("p", "q")

    def __init__(self):
        self.p = 1


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


@stage.act
def numbers():
    none = None
    true, false = True, False
    ellipsis, not_implemented = ..., NotImplemented
    zero, one, minus = 0, 1, -1
    small, negative = 255, -6
    word, big_word = 2**30, 2**60 - 1
    just64, over64, minus64 = 2**63 - 1, 2**64, -(2**63)
    big, huge, minus_big = 3**100, 7**300, -(10**50)
    half, third, tiny, giant = 0.5, 1 / 3, 5e-324, 1.7976931348623157e308
    whole, sixteen, below, point = 1.0, 1e16, 123456789012345.6, 1e-05
    four = 0.0001
    minus_zero, infinity, minus_infinity, nan = -0.0, float("inf"), float("-inf"), float("nan")
    imaginary, full, odd = 2j, 1.5 - 2j, complex(-0.0, float("nan"))
    my_int, my_float = MyInt(5), MyFloat(2.5)
    tell()
    stage.park()


@stage.act
def texts():
    empty, ascii_text, quote, both = "", "hello", "it's", 'it\'s "both"'
    double = 'say "hi"'
    escapes = "tab\there\nnew\rline\\back\x00\x1f\x7f"
    latin, greek, cyrillic = "caf\xe9 \xa0\xad", "\u03b1\u03b2\u03b3", "\u043f\u0440\u0438\u0432\u0435\u0442"
    emoji, mixed = "\U0001f40d snake", "a\u2028b\u200bc\ufeffd\u202ee"
    surrogate = "\udc80\ud800"
    unassigned = "\U000e0001\U0010ffff"
    my_str = MyStr("sub\xe9")
    no_bytes, some_bytes, high_bytes = b"", b"abc", bytes(range(256))[120:140]
    quote_bytes, my_bytes = b"it's", MyBytes(b"x")
    array_bytes, array_quote = bytearray(b"a\x00'\xff"), bytearray()
    view = memoryview(b"abc")
    tell()
    stage.park()


@stage.act
def containers():
    no_tuple, one_tuple, two_tuple, nested = (), (1,), (1, "b"), ((), ((1,),), [2])
    no_list, some_list, my_list = [], [1, [2, [3]], {}], MyList([1])
    no_dict, str_dict, mixed_dict = {}, {"a": 1, "b": 2}, {1: "a", None: 2, "k": (1, 2)}
    holes = {"a": 1, "b": 2, "c": 3}
    del holes["b"]
    holes["a2"] = 4
    many = {"k%d" % i: i for i in range(20)}
    my_dict = MyDict(z=1)
    no_set, some_set, my_set, frozen, no_frozen = set(), {1, 2, 3}, MySet([5]), frozenset([7]), frozenset()
    str_set = {"only"}
    swept = set(range(20))
    for i in range(2, 20):
        swept.discard(i)
    deque_, bounded, my_deque = collections.deque([1, 2]), collections.deque("ab", maxlen=3), MyDeque([1])
    long_deque = collections.deque(range(200))
    for i in range(150):
        long_deque.popleft()
    ordered, no_ordered = collections.OrderedDict([("b", 1), ("a", 2)]), collections.OrderedDict()
    moved = collections.OrderedDict([("x", 1), ("y", 2), ("z", 3)])
    moved.move_to_end("x")
    default, no_default = collections.defaultdict(list, {"k": [1]}), collections.defaultdict(None)
    counter, no_counter = collections.Counter("abracadabra"), collections.Counter()
    chain = collections.ChainMap({"a": 1}, {"b": 2})
    proxy = types.MappingProxyType({"m": 1})
    keys, dict_values, items = str_dict.keys(), str_dict.values(), str_dict.items()
    some_range, step_range, some_slice = range(5), range(10, 0, -2), slice(1, None, "x")
    point, empty_point, sub_point = Point(1, "two"), Empty(), SubPoint(3, 4)
    struct, stat = time.gmtime(0), os.stat_result(range(10))
    namespace = types.SimpleNamespace(a=1, b="x")
    ints, doubles, letters, no_array = (
        array.array("i", [1, -2]),
        array.array("d", [1.5]),
        array.array("u", "hi\n"),
        array.array("Q"),
    )
    bytes_array = array.array("B", [255, 0])
    my_tuple = MyTuple((1, 2))
    del i
    tell()
    stage.park()


@stage.act
def circles():
    itself = [1]
    itself.append(itself)
    dict_self = {}
    dict_self["me"] = dict_self
    two = [[]]
    two[0].append(two)
    in_tuple = ([],)
    in_tuple[0].append(in_tuple)
    deque_self = collections.deque([1])
    deque_self.append(deque_self)
    shared = [1]
    twice = [shared, shared]
    tell()
    stage.park()


@stage.act
def callables():
    function, builtin, method_of_builtin = tell, len, [].append
    bound, of_class, static = Plain().method, Plain.of_class, Plain.static
    unbound, class_dict_static = Plain.method, Plain.__dict__["static"]
    class_dict_class = Plain.__dict__["of_class"]
    a_property = Plain.__dict__["computed"]
    slot_wrapper, method_descriptor, getset = int.__add__, list.append, type(tell).__code__
    member = Slots.p
    wrapper = (1).__add__
    partial = functools.partial(print, 1, sep="-")
    a_lambda = lambda: None
    nested_function = (lambda: lambda: 0)()
    user_class, inner_class, builtin_class, meta_class = Plain, Outer.Inner, int, WithMeta
    deque_class = collections.deque
    module, builtin_module, file_module = sys, time, os
    code = compile("1", "file name.py", "eval")
    exception_class = MyException
    enum_class, flag_class = Color, Perm
    tell()
    stage.park()


@stage.act
def objects():
    plain, inner, slots, with_meta = Plain(), Outer.Inner(), Slots(), WithMeta()
    bare = object()
    color, green, num, perm = Color.RED, Color.GREEN, Num.ONE, Perm.R
    both = Perm.R | Perm.W
    regex_flag = re.IGNORECASE
    error, no_args, two_args = ValueError("x"), KeyError(), MyException(1, "b")
    os_error = FileNotFoundError(2, "gone")
    stop = StopIteration(None)
    reference, dead = weakref.ref(plain), weakref.ref(Plain())
    to_function, to_class = weakref.ref(tell), weakref.ref(Plain)
    own, own_list = OwnRepr(), OwnReprList([1, 2])
    generator = (i for i in ())
    cell = (lambda: plain).__closure__[0]
    string_io = io.StringIO("x")
    a_queue = queue.Queue()
    old_flags = " both" * (sys.version_info < (3, 11)) + " regex_flag" * ((3, 8) <= sys.version_info < (3, 11))
    tell("own own_list" + old_flags)
    stage.park()


@stage.act
def library():
    date, clock = datetime.date(2026, 11, 28), datetime.time(1, 2)
    clock_full = datetime.time(1, 2, 3, 4)
    moment, zoned = (
        datetime.datetime(2026, 11, 28, 15, 50),
        datetime.datetime(1, 2, 3, 4, 5, 6, 7, datetime.timezone.utc),
    )
    folded = datetime.datetime(2026, 1, 2, 3, 4, 5, fold=1)
    offset = datetime.timezone(datetime.timedelta(hours=5, minutes=30), "IST")
    west = datetime.timezone(datetime.timedelta(hours=-5))
    east = datetime.timezone(datetime.timedelta(hours=3))
    delta, no_delta = datetime.timedelta(1, 2, 3), datetime.timedelta(0)
    seconds, micro = datetime.timedelta(seconds=7), datetime.timedelta(microseconds=9)
    price, minus, tiny, big = (
        decimal.Decimal(x) for x in ("19.99", "-0.5", "1E-20", "12345678901234567890123456789.5")
    )
    zero, cents, exp = decimal.Decimal(0), decimal.Decimal("0.00"), decimal.Decimal("1E+30")
    small = decimal.Decimal("0.000001")
    nan, snan, infinity = decimal.Decimal("NaN"), decimal.Decimal("sNaN5"), decimal.Decimal("-Infinity")
    fraction = fractions.Fraction(-3, 7)
    ident = uuid.UUID("12345678-9abc-def0-0123-456789abcdef")
    path, relative, dots = pathlib.Path("/tmp/it's/x.py"), pathlib.PurePosixPath("a//b/./c/"), pathlib.PurePath()
    joined = pathlib.PurePosixPath("/a") / "b" / "c"
    asked = pathlib.PurePosixPath("/x", "y")
    str(asked)
    tell()
    # the same once more: of these nobody has asked, and a path keeps what it was asked for
    path, relative, dots = pathlib.Path("/tmp/it's/x.py"), pathlib.PurePosixPath("a//b/./c/"), pathlib.PurePath()
    joined = pathlib.PurePosixPath("/a") / "b" / "c"
    stage.park()


@stage.act
def waiting():
    lock, taken = threading.Lock(), threading.Lock()
    taken.acquire()
    rlock, held = threading.RLock(), threading.RLock()
    held.acquire()
    held.acquire()
    event, set_event = threading.Event(), threading.Event()
    set_event.set()
    condition, semaphore = threading.Condition(), threading.Semaphore(3)
    null_text, null_bytes = open(os.devnull), open(os.devnull, "rb")
    null_raw = open(os.devnull, "wb", buffering=0)
    closed = io.FileIO(os.devnull)
    closed.close()
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    thread = threading.current_thread()
    tell("sock thread" if sys.version_info >= (3, 13) else "sock")
    stage.park()


@stage.act
def variables(argument=1, *rest, keyword="k", **others):
    deleted = 1
    del deleted
    if not argument:
        never = 1
    captured = [1]

    def inner():
        free = captured
        squares = [number * number for number in captured]
        return free, squares

    tell("", "deleted never")
    stage.park()
    return inner, never


@stage.act
def closure():
    outer, argument_cell = ["outer"], 5

    def closure_inner(passed, unused=None):
        def deeper():
            return outer, passed

        tell()
        stage.park()
        return deeper

    closure_inner("handed over")
    return argument_cell


@stage.act
def attributes():
    class Late:
        pass

    late = Late()
    late.one = 1
    late.two = [2]
    late_first = Late()
    late_first.two = 1
    late_first.one = 2
    late_dict, first_dict = late.__dict__, late_first.__dict__
    grown = Plain()
    for i in range(40):
        setattr(grown, "x%d" % i, i)
    grown_dict = grown.__dict__
    gone = Plain()
    del gone.a
    gone.a = 3
    gone_dict = gone.__dict__
    del i
    tell()
    stage.park()


if sys.version_info >= (3, 7):
    import dataclasses

    @dataclasses.dataclass
    class Data:
        a: int
        b: str = "x"
        hidden: int = dataclasses.field(default=0, repr=False)
        items: list = dataclasses.field(default_factory=list)

    @stage.act
    def newer():
        data = Data(1, items=[2])
        coroutine = asyncio.sleep(0)
        dataclass_list = [Data(2)]
        with contextlib.ExitStack():
            tell()
            stage.park()


if sys.version_info >= (3, 11):

    @stage.act
    def groups():
        group = ExceptionGroup("many", [ValueError(1), TypeError("t")])
        tell()
        stage.park()


def waits():
    stage.park()


stage.perform(waits, values=values, marked=marked, unset=unset)

"""Python code that nobody called: special methods, descriptors, hooks.

Each act is an operator, an attribute access or a statement behind which a method in Python
hides. Some of these calls go through C in every version, others are inlined by the specialising
interpreter (3.11+) once they are hot, so each act that matters is run warm first: the same code
has then other instructions, while the stack must look the same.
"""
import os
import sys
import weakref

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage
from stage import act, park

WARM_UP = 100


class Fuse:
    """Lets park() pass until it has been called often enough for the caller to be hot."""

    def __init__(self):
        self.left = WARM_UP

    def burn(self, result=None):
        self.left -= 1
        if self.left < 0:
            park()
        return result


def special(method, result=None, arguments=1):
    """An instance of a new class with that one special method, which parks when hot."""
    fuse = Fuse()
    if arguments == 1:
        def body(_self):
            return fuse.burn(result)
    else:
        def body(_self, _other):
            return fuse.burn(result)
    body.__name__ = method
    return type("With" + method, (), {method: body})()


def repeatedly(function, *arguments):
    while True:
        function(*arguments)


def operator_act(name, method, operation, result=None, arguments=1):
    """Registers an act that applies `operation` to an object with `method` until it parks."""
    def run():
        repeatedly(operation, special(method, result, arguments))
    run.__name__ = name
    act(run)


operator_act("length", "__len__", lambda o: len(o), 1)
operator_act("truth_by_bool", "__bool__", lambda o: 1 if o else 0, True)
operator_act("truth_by_len", "__len__", lambda o: not o, 1)
operator_act("add", "__add__", lambda o: o + 1, 1, 2)
operator_act("add_reflected", "__radd__", lambda o: 1 + o, 1, 2)
operator_act("add_in_place", "__iadd__", lambda o: exec("o += 1", {"o": o}), 1, 2)
operator_act("equal", "__eq__", lambda o: [1, 2] == [1, o], False, 2)
operator_act("less", "__lt__", lambda o: sorted([o, o]), True, 2)
operator_act("contains", "__contains__", lambda o: 1 in o, True, 2)
operator_act("subscript", "__getitem__", lambda o: o[1], 1, 2)
operator_act("call", "__call__", lambda o: o())
operator_act("index", "__index__", lambda o: [1, 2][o], 0)
operator_act("hash_of_key", "__hash__", lambda o: {o: 1}, 1)
operator_act("representation", "__repr__", lambda o: "%r" % ([o],), "text")
operator_act("formatted", "__format__", lambda o: "{:>10}".format(o), "text", 2)
operator_act("iterated", "__iter__", lambda o: [x for x in o], iter(()))
operator_act("next_item", "__next__", lambda o: next(o), 1)
operator_act("unpacked", "__iter__", lambda o: (lambda *_a: None)(*o), iter(()))
operator_act("mapping_keys", "keys", lambda o: dict(**o), ())
operator_act("attribute_missing", "__getattr__", lambda o: o.no_such_thing, 1, 2)
operator_act("attribute_any", "__getattribute__", lambda o: o.anything, 1, 2)
operator_act("attribute_deleted", "__delattr__", lambda o: delattr(o, "x"), None, 2)


@act
def property_getter():
    fuse = Fuse()

    class Owner:
        @property
        def value(self):
            return fuse.burn(1)
    owner = Owner()
    while True:
        owner.value


@act
def descriptor_set():
    class Descriptor:
        def __set_name__(self, owner, name):
            self.name = name

        def __set__(self, instance, value):
            park(self.name)

    class Owner:
        field = Descriptor()
    Owner().field = 1


@act
def descriptor_named():
    class Descriptor:
        def __set_name__(self, owner, name):
            park()

    class Owner:
        field = Descriptor()


@act
def subclass_made():
    class Base:
        def __init_subclass__(cls, **options):
            park()

    class Derived(Base, option=1):
        pass


@act
def instance_made():
    class Made:
        def __new__(cls, *arguments):
            park()
            return super().__new__(cls)
    Made(1)


@act
def constructor_hot():
    fuse = Fuse()

    class Made:
        def __init__(self, number):
            self.number = fuse.burn(number)
    while True:
        Made(1)


@act
def instance_checked():
    class Meta(type):
        def __instancecheck__(cls, instance):
            park()
            return True

    class Checked(metaclass=Meta):
        pass
    isinstance(1, Checked)


@act
def missing_key():
    class Table(dict):
        def __missing__(self, key):
            park()
    Table()[1]


@act
def deleted_by_del():
    class Doomed:
        def __del__(self):
            park()
    doomed = Doomed()
    del doomed


@act
def deleted_by_return():
    class Doomed:
        def __del__(self):
            park()

    def owner():
        doomed = Doomed()
        return id(doomed)
    owner()


@act
def deleted_with_container():
    class Doomed:
        def __del__(self):
            park()
    [{"deep": [Doomed()]}].clear()


@act
def weak_reference_called():
    class Target:
        pass
    target = Target()
    reference = weakref.ref(target, park)
    target = None
    return reference


@act
def printed_to_a_file_of_ours():
    class File:
        def write(self, text):
            park()
    print("text", file=File())


@act
def decorated_class_and_function():
    def decorator(*options):
        def decorate(target):
            if options == (2,):
                park()
            return target
        return decorate

    @decorator(1)
    @decorator(
        2)
    @decorator(3)
    class Decorated:
        pass


stage.perform(park)

"""Code objects that no compiler would make.

Names, file names and line tables that come from templating engines, notebooks, obfuscators and
pickled functions are whatever somebody put there. replace() puts them there on every Python:
code.replace() exists from 3.8 on, before that the whole constructor has to be called.
"""

import types


def replace(code, name=None, filename=None, qualname=None, first_line=None, line_table=None):
    """A copy of `code` with these parts exchanged; what this Python has no place for is ignored."""
    if hasattr(code, "replace"):
        return code.replace(**changes(code, name, filename, qualname, first_line, line_table))
    return types.CodeType(
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_nlocals,
        code.co_stacksize,
        code.co_flags,
        code.co_code,
        code.co_consts,
        code.co_names,
        code.co_varnames,
        code.co_filename if filename is None else filename,
        code.co_name if name is None else name,
        code.co_firstlineno if first_line is None else first_line,
        code.co_lnotab if line_table is None else line_table,
        code.co_freevars,
        code.co_cellvars,
    )


def changes(code, name, filename, qualname, first_line, line_table):
    wanted = {"co_name": name, "co_filename": filename, "co_firstlineno": first_line}
    if hasattr(code, "co_qualname"):
        wanted["co_qualname"] = name if qualname is None else qualname
    wanted["co_linetable" if hasattr(code, "co_linetable") else "co_lnotab"] = line_table
    return {key: value for key, value in wanted.items() if value is not None}


def dress(function, **parts):
    """Exchange parts of a function's code in place; returns the function."""
    function.__code__ = replace(function.__code__, **parts)
    return function


def run_source(source, filename, **names):
    """Execute source text under a file name; returns its global names."""
    namespace = dict(names, __name__="made by codes")
    exec(compile(source, filename, "exec"), namespace)
    return namespace

"""Writes decorators as the calls that they stand for: mutmut leaves decorated functions alone."""

import ast

_LEFT = {"classmethod", "staticmethod"}
"""Decorators that mutmut knows."""


def without_decorators(source: str) -> str:
    """The same module with `name = decorator(name)` after each function of a module or class, instead of decorators."""
    lines = source.splitlines()
    for function in sorted(_decorated(ast.parse(source)), key=lambda function: function.lineno, reverse=True):
        first, call = function.decorator_list[0].lineno - 1, function.name
        for decorator in reversed(function.decorator_list):
            call = f"{ast.unparse(decorator)}({call})"
        indent = " " * function.col_offset
        lines[function.end_lineno : function.end_lineno] = [f"{indent}{function.name} = {call}"]
        del lines[first : function.lineno - 1]
    return "\n".join(lines) + "\n"


def _decorated(module: ast.Module) -> list[ast.FunctionDef]:
    bodies = [module.body, *(node.body for node in module.body if isinstance(node, ast.ClassDef))]
    functions = [node for body in bodies for node in body if isinstance(node, ast.FunctionDef)]
    return [function for function in functions if {ast.unparse(d) for d in function.decorator_list} - _LEFT]

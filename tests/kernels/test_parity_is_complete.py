"""No kernel without a comparison with its readable twin."""

import importlib
import pkgutil
import re
from pathlib import Path

from numba.core.dispatcher import Dispatcher

from etrms_core import kernels

COMPARISON = re.compile(r"\bagree\(\s*(?:\w+\.)*(\w+)")


def test_every_kernel_is_compared_with_its_py_func() -> None:
    modules = [
        importlib.import_module(f"{kernels.__name__}.{found.name}")
        for found in pkgutil.iter_modules(kernels.__path__)
    ]
    compiled = {
        value.py_func.__name__
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Dispatcher)
    }
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    compared = {name for text in texts for name in COMPARISON.findall(text)}
    assert compiled - compared == set()

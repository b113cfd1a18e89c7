"""How many small mistakes in gate and breakers the tests notice: `make mutants`.

mutmut changes one thing at a time in a copy of the sources and runs the tests that reach it; what
it changes and which tests it runs stand under `[tool.mutmut]` in pyproject.toml. It leaves
decorated functions alone, so the copy of the kernels loses `@njit`, which compiles nothing here.

The score counts every mutant that was made, those that no test reaches too. Mutants that change
nothing which can be observed stay among the survivors: the score is a lower bound.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("etrms_core", "tests", "pyproject.toml")
KERNEL = Path("etrms_core/kernels/breaker_state.py")
REQUIRED = 0.90
KILLED = frozenset({"killed", "timeout"})
_RESULT = re.compile(r"^\s*(\S+__mutmut_\d+): (.+)$", flags=re.MULTILINE)


def copy_sources(folder: Path) -> None:
    """Copy what is needed and take the compiler away from the kernel."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    text = (folder / KERNEL).read_text(encoding="utf-8")
    (folder / KERNEL).write_text(text.replace("@njit(cache=True)\n", ""), encoding="utf-8")


def mutmut(folder: Path, *arguments: str) -> str:
    """Run mutmut in the copy and return what it printed."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "CI": "1"}
    program = Path(sys.executable).with_name("mutmut")
    finished = subprocess.run(  # noqa: S603  our own tool, no input of a user
        [program, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        sys.exit(
            f"mutmut {' '.join(arguments)} failed:\n{(finished.stdout + finished.stderr)[-3000:]}"
        )
    return finished.stdout


def measure() -> dict[str, str]:
    """Make every mutant and return what became of each."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        copy_sources(folder)
        mutmut(folder, "run", "--max-children", str(os.cpu_count() or 1))
        return dict(_RESULT.findall(mutmut(folder, "results", "--all", "true")))


def main() -> int:
    """Print the survivors and the score by module; 1 when it is below what is required."""
    outcomes = measure()
    if not outcomes:
        sys.exit("mutmut made no mutants")
    for mutant in sorted(name for name, outcome in outcomes.items() if outcome not in KILLED):
        print(f"{outcomes[mutant]}: {mutant}")
    made = Counter(_module(name) for name in outcomes)
    killed = Counter(_module(name) for name, outcome in outcomes.items() if outcome in KILLED)
    for module in sorted(made):
        print(
            f"{killed[module] / made[module]:7.1%}  {killed[module]:4d}/{made[module]:4d}  {module}"
        )
    score = killed.total() / made.total()
    print(f"{score:7.1%}  {killed.total():4d}/{made.total():4d}  all; required {REQUIRED:.0%}")
    return 0 if score >= REQUIRED else 1


def _module(mutant: str) -> str:
    return mutant.rpartition(".")[0]


if __name__ == "__main__":
    sys.exit(main())

"""The tree keeps the shape that docs/architecture.md promises."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_LINES = 300
# Split, so that a search for unfinished work does not find this line.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")


def sources(*packages: str) -> list[Path]:
    """List the modules of top-level packages; a package that does not exist has none."""
    return sorted(path for name in packages for path in (ROOT / name).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def referenced_names(test: Path) -> Iterator[str]:
    """Yield the modules a test imports, and its strings, since scripts are run by their path."""
    for node in ast.walk(ast.parse(test.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def needs_a_test(module: Path) -> bool:
    """Exempt packages' `__init__`, `__main__`, and database migrations, which run as a chain."""
    return not module.stem.startswith("__") and "migrations" not in module.parts


def test_every_module_fits_on_a_few_screens() -> None:
    lengths = {
        relative(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources("app", "etrms_core", "pages")
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_module_is_named_by_a_test() -> None:
    tests = [path for path in sources("tests") if path.name.startswith("test_")]
    file_names = {path.name for path in tests}
    used = {name for path in tests for name in referenced_names(path)}
    untested = [
        relative(path)
        for path in sources("app", "etrms_core")
        if needs_a_test(path)
        and f"test_{path.name}" not in file_names
        and used.isdisjoint({dotted(path), relative(path)})
    ]
    assert not untested, "\n".join(untested)


def test_no_source_speaks_of_unfinished_work() -> None:
    marked = [
        f"{relative(path)}:{number}"
        for path in sources("app", "benchmarks", "etrms_core", "pages", "tests")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert not marked, "\n".join(marked)


def test_the_navigation_lists_exactly_the_page_files() -> None:
    if not (ROOT / "app" / "navigation.py").exists():
        pytest.skip("there is no navigation yet")
    from app.navigation import PAGES  # noqa: PLC0415 (the module may not exist)

    files = {path.relative_to(ROOT / "pages").as_posix() for path in sources("pages")}
    scripts = {name for name in files if not Path(name).name.startswith("_")}
    assert {Path(entry.file_name).as_posix() for entry in PAGES} == scripts


def test_streamlit_cannot_discover_pages_past_the_login() -> None:
    assert not (ROOT / "app" / "pages").exists()


def test_nothing_in_app_shadows_a_library() -> None:
    # `streamlit run app/main.py` makes app/ the first entry of sys.path.
    own = {"app", "pages", "etrms_core", "tests", "benchmarks"}
    libraries = set(sys.stdlib_module_names) | importlib.metadata.packages_distributions().keys()
    names = {path.stem for path in (ROOT / "app").glob("*") if path.stem.isidentifier()}
    assert names & (libraries - own) == set()


def test_git_keeps_the_sample_data() -> None:
    patterns = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    wholesale = {"data", "data/*", "data/**", "**/data", "data/samples"}
    assert [line for line in patterns if line.strip().strip("/") in wholesale] == []


def test_the_lock_holds_every_direct_dependency_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    wanted = {re.split(r"[^A-Za-z0-9_.-]", name)[0].lower() for name in declared}
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    hashed = re.findall(r"^([a-z0-9_.-]+)==[^\n]*\\\n    --hash=sha256:", lock, flags=re.MULTILINE)
    pinned = re.findall(r"^([a-z0-9_.-]+)==", lock, flags=re.MULTILINE)
    assert sorted(hashed) == sorted(pinned)
    assert wanted - set(pinned) == set()

"""Reading strategies of the user's own in a process that may die of them."""

import json
import os
from pathlib import Path
from time import monotonic, sleep

import pytest

from etrms_core.adapters.compute.strategy_descriptions import StrategyReader, write_answer
from etrms_core.errors import StorageError

MODULE = "etrms_core.bootstrap.strategy_process"
GOOD = '''"""Buy dips."""
import json, os
from pathlib import Path
PARAMETERS = {"depth": Parameter(0.05, 0.0, 1.0)}
told = {"env": dict(os.environ), "niceness": os.nice(0), "process": os.getpid()}
with (Path(__file__).parent / "told.jsonl").open("a") as file:
    file.write(json.dumps(told) + "\\n")
def signals(bars, depth): ...
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "strategies"
    place.mkdir()
    return place


@pytest.fixture
def reader() -> StrategyReader:
    return StrategyReader(MODULE)


def write(folder: Path, name: str, source: str) -> Path:
    path = folder / f"{name}.py"
    path.write_text(source, encoding="utf-8")
    return path


def told_by(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "told.jsonl").read_text().splitlines()]


def test_a_file_is_read_once_by_a_modest_process_without_secrets(
    folder: Path, reader: StrategyReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETRMS_VAULT_PASSPHRASE", "open sesame")
    write(folder, "mine", GOOD)
    first, again = reader.describe(folder), reader.describe(folder)
    assert first == again
    assert [(each.name, each.title, each.error) for each in first] == [("mine", "Buy dips", "")]
    assert first[0].is_own
    assert list(first[0].parameters) == ["depth"]
    (told,) = told_by(folder)
    assert told["process"] != os.getpid()
    assert told["niceness"] == os.nice(0) + 10
    assert "open sesame" not in json.dumps(told["env"])


def test_a_file_that_changed_is_read_again(folder: Path, reader: StrategyReader) -> None:
    path = write(folder, "mine", GOOD)
    reader.describe(folder)
    path.write_text(GOOD.replace("Buy dips", "Sell tips") + "\n", encoding="utf-8")
    (found,) = reader.describe(folder)
    assert found.title == "Sell tips"
    assert len(told_by(folder)) == 2


def test_files_that_cannot_be_used_say_why_and_leave_others_alone(
    folder: Path, reader: StrategyReader, tmp_path: Path
) -> None:
    write(folder, "good", "def signals(bars): ...")
    write(folder, "macd", "def signals(bars): ...")
    write(folder, "raises", "x = 1\nraise ValueError('no')")
    write(folder, "gone", "import os\nos._exit(0)")
    write(folder, "Upper", "def signals(bars): ...")
    outside = write(tmp_path, "outside", "def signals(bars): ...")
    (folder / "linked.py").symlink_to(outside)
    errors = {each.name: each.error for each in reader.describe(folder)}
    assert errors.pop("good") == ""
    assert errors.pop("raises") == "raises.py, line 2: ValueError: no"
    assert errors.pop("macd") == "macd.py has the name of a built-in strategy; rename it"
    assert errors.pop("gone") == "gone.py ended the process that read it"
    assert errors.pop("Upper").startswith("is a small letter, then")
    assert "a link out of it" in errors.pop("linked")
    assert not errors


def test_a_file_that_hangs_is_ended_with_all_that_it_started(folder: Path) -> None:
    child = folder / "child"
    write(
        folder,
        "hangs",
        "import subprocess, time\nfrom pathlib import Path\n"
        f"child = subprocess.Popen(['sleep', '60'])\n"
        f"Path({str(child)!r}).write_text(str(child.pid))\n"
        "time.sleep(60)\n",
    )
    began = monotonic()
    (found,) = StrategyReader(MODULE, seconds=6.0).describe(folder)
    assert monotonic() - began < 20.0
    assert found.error.startswith("hangs.py was not read after 6 seconds")
    assert not is_alive(int(child.read_text()))


def is_alive(process: int) -> bool:
    """Say whether a process still runs; what nobody has collected yet does not."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
        except OSError:
            return False
        if state.rpartition(")")[2].split()[0] == "Z":
            return False
        sleep(0.02)
    return True


def test_a_folder_that_is_not_there_holds_nothing(reader: StrategyReader, tmp_path: Path) -> None:
    assert reader.describe(tmp_path / "nowhere") == ()


def test_an_answer_without_a_place_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write_answer(tmp_path / "nowhere" / "answer.json", {})

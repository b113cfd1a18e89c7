"""One running desk for one home folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from etrms_core.bootstrap import start_desk
from etrms_core.bootstrap.home_lock import FILE_NAME, HomeLock
from etrms_core.errors import ConfigurationError

HOLD = "import sys, time; from pathlib import Path\n" + (
    "from etrms_core.bootstrap.home_lock import HomeLock\n"
    "lock = HomeLock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
)


def test_a_second_desk_on_one_home_is_refused_until_the_first_is_closed(tmp_path: Path) -> None:
    first = start_desk(tmp_path)
    with pytest.raises(ConfigurationError, match="another desk is running"):
        start_desk(tmp_path)
    first.close()
    start_desk(tmp_path).close()


def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        HomeLock(tmp_path)
    holder.kill()
    holder.wait(10)
    holder.stdout.close()
    HomeLock(tmp_path).release()
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0

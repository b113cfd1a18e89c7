"""A PostgreSQL server for this run of tests, where one is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
SERVER_USER = "nobody"


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Start a throwaway server that listens on a socket in a temporary folder only."""
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    if not BINARIES:
        pytest.skip("PostgreSQL is not installed")
    # pytest's own folders are closed to the user that the server must run as.
    folder = Path(tempfile.mkdtemp(prefix="etrms-pg-"))
    data = folder / "data"
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVER_USER)
        options = ["--username=etrms", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        _run("initdb", f"--pgdata={data}", *options)
        server = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        control = ("pg_ctl", f"--pgdata={data}", "--wait", "--silent")
        _run(*control, f"--log={folder / 'log'}", f"--options={server}", "start")
        try:
            yield f"postgresql+psycopg://etrms@/postgres?host={folder}"
        finally:
            _run(*control, "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def empty_postgresql_url(postgresql_url: str) -> str:
    """Empty the server's database."""
    engine = create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgresql_url


def _run(program: str, *arguments: str) -> None:
    command = [str(BINARIES[-1] / program), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", SERVER_USER, "--", *command]
    subprocess.run(  # noqa: S603 (fixed programs, our own arguments)
        command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/"
    )

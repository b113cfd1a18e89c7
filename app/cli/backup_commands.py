"""`etrms backup`, `restore` and `database copy`."""

import sys
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import AsJson, counted, print_json, print_line
from etrms_core.errors import ConfigurationError
from etrms_core.settings import home_directory

database = typer.Typer(no_args_is_help=True, help="Move the desk's database to a server.")
YES = ("y", "yes")
LONGEST_ANSWER = 100
ON_A_SERVER = (
    "The desk's database lies on a server (ETRMS_DATABASE_URL) and is not in this file; take it "
    "with pg_dump."
)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Zip file to write.")],
    overwrite: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pack databases, settings and strategies into one file, also while the desk runs."""
    from etrms_core.bootstrap.backup import back_up  # noqa: PLC0415  opens databases

    manifest = back_up(home_directory(), file, overwrite=overwrite)
    if as_json:
        print_json(
            {
                "file": str(file),
                "created_at": manifest.created_at.isoformat(),
                "bytes": manifest.size,
                "members": [member.name for member in manifest.members],
                "has_desk_database": manifest.has_desk_database,
                "left_out": manifest.left_out,
            }
        )
        return
    print_line(f"{file} holds {_names(member.name for member in manifest.members)}.")
    if manifest.left_out:
        print_line(f"Left out: {_names(manifest.left_out)} (bars, exports and caches never go in).")
    if not manifest.has_desk_database:
        print_line(ON_A_SERVER)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Restore without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the desk's files, which are kept in a folder beside it.

    The answer is read from standard input, also without a terminal.
    """
    from etrms_core.bootstrap.backup import describe_backup, restore_backup  # noqa: PLC0415

    home = home_directory()
    taken_at = f"{describe_backup(file).created_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if not (yes or _agreed(f"Replace the desk in {home} by its state of {taken_at}?")):
        raise ConfigurationError(
            "nothing was restored, and nothing is changed; answer y, or add --yes"
        )
    done = restore_backup(home, file)
    if as_json:
        print_json(
            {
                "file": str(file),
                "created_at": done.manifest.created_at.isoformat(),
                "members": [member.name for member in done.manifest.members],
                "kept_in": str(done.kept_in),
                "abandoned_intents": done.given_up,
            }
        )
        return
    print_line(f"Restored {_names(each.name for each in done.manifest.members)} of {taken_at}.")
    print_line(f"What was there before lies in {done.kept_in}.")
    if done.given_up:
        print_line(f"{counted(done.given_up, 'action')} that it had begun will not be continued.")


@database.command("copy")
def copy(
    url: Annotated[str, typer.Argument(metavar="URL", help="postgresql+psycopg://user@host/name")],
    as_json: AsJson = False,
) -> None:
    """Copy the desk's database to an empty one of PostgreSQL and compare every row."""
    from etrms_core.bootstrap.database_copy import copy_database_to  # noqa: PLC0415

    copied = copy_database_to(home_directory(), url)
    if as_json:
        print_json([{"table": t.name, "rows": t.rows, "sha256": t.sha256} for t in copied])
        return
    rows = counted(sum(table.rows for table in copied), "row")
    print_line(f"Copied {rows} of {counted(len(copied), 'table')}; every row is equal.")
    print_line("To run the desk on it: export ETRMS_DATABASE_URL=URL, with the URL given here.")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(backup)
    cli.command()(restore)
    cli.add_typer(database, name="database")


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def _agreed(question: str) -> bool:
    # On standard error: standard output may be one JSON document.
    typer.echo(f"{question} [y/N]", err=True)
    return _answer().strip().lower() in YES


def _answer() -> str:
    try:
        return "" if sys.stdin is None else sys.stdin.readline(LONGEST_ANSWER)
    except UnicodeDecodeError:
        return ""

"""The command line: `etrms`."""

import sys

import typer

from app.cli.breaker_commands import breakers
from app.cli.data_commands import data
from app.cli.desk_commands import register_desk_commands
from app.cli.replay_command import replay
from app.cli.run_commands import register_run_commands
from etrms_core.errors import EtrmsError


def build_cli() -> typer.Typer:
    """Put all command groups together."""
    cli = typer.Typer(
        name="etrms",
        help="ETRMS: the risk desk of one crypto-futures trader.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    register_run_commands(cli)
    register_desk_commands(cli)
    cli.command()(replay)
    cli.add_typer(breakers, name="breakers")
    cli.add_typer(data, name="data")
    return cli


def main() -> None:
    """Run the command line; what goes wrong is one line on standard error and exit code 1."""
    try:
        build_cli()()
    except EtrmsError as error:
        print(f"etrms: {' '.join(str(error).split())}", file=sys.stderr)  # noqa: T201
        sys.exit(1)

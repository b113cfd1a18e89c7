"""The command line: `etrms`."""

import sys

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError

from app.cli.audit_commands import audit
from app.cli.backup_commands import register_backup_commands
from app.cli.breaker_commands import breakers
from app.cli.data_commands import data
from app.cli.desk_commands import register_desk_commands
from app.cli.kill_commands import register_kill_commands
from app.cli.limits_commands import limits
from app.cli.replay_command import replay
from app.cli.run_commands import register_run_commands
from app.cli.user_commands import user
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
    register_kill_commands(cli)
    cli.command()(replay)
    cli.add_typer(audit, name="audit")
    cli.add_typer(breakers, name="breakers")
    cli.add_typer(data, name="data")
    cli.add_typer(limits, name="limits")
    cli.add_typer(user, name="user")
    register_backup_commands(cli)
    return cli


def main() -> None:
    """Run the command line.

    Exits 0 on success, 2 on wrong usage, 1 otherwise; what went wrong is one line on standard
    error.
    """
    try:
        outcome = build_cli()(standalone_mode=False)
    except NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except ClickException as error:
        _fail(f"{error.format_message()} (see --help)", error.exit_code)
    except EtrmsError as error:
        _fail(str(error), 1)
    else:
        sys.exit(outcome if isinstance(outcome, int) else 0)


def _fail(message: str, code: int) -> None:
    print(f"etrms: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    sys.exit(code)

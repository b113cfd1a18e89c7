"""Starting the desk, compiling ahead, checking the installation."""

from typing import Annotated

import typer

from app.cli.output import AsJson, counted, print_json, print_line, print_table
from etrms_core.settings import home_directory, load_settings


def run(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    reload: Annotated[bool, typer.Option(help="Reload pages when sources change.")] = False,
) -> None:
    """Start web app, API and monitor in one process."""
    from app.server import serve  # noqa: PLC0415  the web stack takes a second to import

    web = load_settings(home_directory()).web
    serve(
        host=host or web.host,
        port=port or web.port,
        reload=reload,
        behind_tls_proxy=web.behind_tls_proxy,
    )


def monitor() -> None:
    """Guard the accounts without the web app; stand by while another process does."""
    from app.headless import run_monitor  # noqa: PLC0415  numba is slow

    run_monitor(home_directory())


def warm_up(as_json: AsJson = False) -> None:
    """Compile every kernel that is not compiled yet."""
    from etrms_core.bootstrap.warm_up import warm_up as compile_all  # noqa: PLC0415  numba is slow

    done = compile_all()
    if as_json:
        print_json(
            {
                "kernels": done.kernels,
                "compiled": done.compiled,
                "seconds": done.seconds,
                "directory": done.directory,
            }
        )
        return
    ready = counted(done.kernels, "kernel")
    print_line(f"{ready} ready, {done.compiled:,} compiled now, {done.seconds:.1f} s")


def doctor(as_json: AsJson = False) -> None:
    """Check installation, settings, databases, clock, venues and disk."""
    from app.cli.doctor import check_everything  # noqa: PLC0415  opens the desk

    checks = check_everything(home_directory())
    rows = [{"check": c.name, "ok": c.ok, "detail": c.detail} for c in checks]
    if as_json:
        print_json(rows)
    else:
        shown = [{**row, "ok": "ok" if row["ok"] else "FAILED"} for row in rows]
        print_table(shown, ("check", "ok", "detail"), empty="")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(run)
    cli.command()(monitor)
    cli.command("warm-up")(warm_up)
    cli.command()(doctor)

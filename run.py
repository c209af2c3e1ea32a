"""hotline: one entry for everything. ``python run.py --help`` tells the commands."""

# Before anything else is imported: what is imported first would keep the blocking calls.
from gevent import monkey

monkey.patch_all()

import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import click
import gevent
from gevent.event import Event

from hotline import collector, logs
from hotline.config import Settings, SettingsError, load
from hotline.live.bus import LiveBus
from hotline.store.db import StoreError
from hotline.store.prepare import Store, prepare_store

pass_settings = click.make_pass_decorator(Settings)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """The hotline platform. Settings come from HOTLINE_… in the environment or a .env file."""
    if context.resilient_parsing or {"-h", "--help"} & set(sys.argv[1:]):
        return
    try:
        settings = load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    # Recordings and callers' data are nobody else's; a group may be let in.
    os.umask(0o027)
    logs.set_up(settings.log_format, settings.log_level)
    context.obj = settings


# --- the processes -----------------------------------------------------------------------------------------------


@main.command()
@click.option("--quiet", is_flag=True, help="no simulated callers")
@pass_settings
def serve(settings: Settings, quiet: bool) -> None:
    """Start everything in one process: switch, call side, console, scheduled jobs."""
    from fs_scripts import main as calls

    with told_in_one_line(), ExitStack() as parts:
        store = ready(settings)
        bus = parts.enter_context(live_bus(settings))
        calls.write_phones(settings, store)
        # The console first: FreeSWITCH asks it for the phones' accounts as soon as it runs.
        parts.enter_context(console(settings, store, bus))
        switch = parts.enter_context(calls.any_switch(settings))
        side = parts.enter_context(calls.call_side(settings, store, bus, switch))
        parts.enter_context(calls.scheduled_jobs(settings, store, bus))
        side.wait_active(15.0)
        if not quiet:
            parts.enter_context(calls.demo_callers(switch, bus))
        greet(settings, store, f"{switch.kind} ({switch.how})")
        until_stopped()


@main.command()
@pass_settings
def web(settings: Settings) -> None:
    """Start the console and the REST interface only; HOTLINE_REDIS_URL connects it to the call side."""
    with told_in_one_line(), ExitStack() as parts:
        store = ready(settings, prompts=False)
        bus = parts.enter_context(live_bus(settings))
        parts.enter_context(console(settings, store, bus))
        greet(settings, store, "another process has it")
        until_stopped()


@main.command()
@pass_settings
def esl(settings: Settings) -> None:
    """Start a call side only. A second one, on the standby's address, takes over when the first dies."""
    from fs_scripts import main as calls
    from fs_scripts.switch.choice import running

    with told_in_one_line(), ExitStack() as parts:
        store = ready(settings)
        bus = parts.enter_context(live_bus(settings))
        calls.write_phones(settings, store)
        parts.enter_context(calls.call_side(settings, store, bus, running(settings)))
        until_stopped()


@main.command()
@pass_settings
def jobs(settings: Settings) -> None:
    """Run the scheduled jobs only; HOTLINE_REDIS_URL lets them tell the call side of flows that they publish."""
    from fs_scripts import main as calls

    with told_in_one_line(), ExitStack() as parts:
        store = ready(settings, prompts=False)
        bus = parts.enter_context(live_bus(settings))
        parts.enter_context(calls.scheduled_jobs(settings, store, bus))
        until_stopped()


@main.command()
@pass_settings
def switch(settings: Settings) -> None:
    """Start FreeSWITCH with our configuration tree and stay in the foreground until it ends."""
    from fs_scripts import main as calls

    with told_in_one_line():
        store = ready(settings)
        calls.write_phones(settings, store)
        with calls.own_freeswitch(settings) as process:
            click.echo(f"FreeSWITCH runs, event socket at {settings.fs_event_socket}")
            until_stopped(lambda: process.running)


# --- single tasks ------------------------------------------------------------------------------------------------


@main.command()
@pass_settings
def migrate(settings: Settings) -> None:
    """Bring the database to this version's shape."""
    from hotline.store import migrate as migrations

    with told_in_one_line():
        migrations.upgrade(settings.database_url)
        click.echo(f"the database is at {migrations.current(settings.database_url)}")


@main.command()
@click.option("--password", help="the password of the accounts that are made; one is made up otherwise")
@pass_settings
def seed(settings: Settings, password: str | None) -> None:
    """Add the demo data that is missing, and print the accounts that were made."""
    from hotline.store.seed import new_password

    with told_in_one_line():
        store = prepare_store(settings, password or new_password())
        accounts(store)
        if not store.accounts:
            click.echo("nothing was missing")


@main.command("import-cdr")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@pass_settings
def import_cdr(settings: Settings, files: tuple[Path, ...]) -> None:
    """Import call records from FILES. What cannot be taken in is set aside with its reason."""
    from hotline.store.records import BadImportFile, ImportReport, import_file

    with told_in_one_line():
        store = prepare_store(settings)
        total, unreadable = ImportReport(), 0
        for path in files:
            try:
                done = import_file(
                    store.database, path, now=time.time(), progress=lambda so_far: show_progress(so_far.total)
                )
            except (BadImportFile, OSError) as error:
                unreadable += 1
                click.echo(f"{path}: not imported: {error}", err=True)
                continue
            total += done
            click.echo(f"{path}: {done.added} new, {done.known} known, {done.rejected} set aside")
    if total.rejected:
        click.echo("What was set aside is listed with its reason in the console under call records.")
    sys.exit(1 if unreadable else 0)


@main.command()
@pass_settings
def doctor(settings: Settings) -> None:
    """Check database, switch, prompts, disk, clock, ports and secrets, and say what to do."""
    from fs_scripts.doctor import examine

    findings = examine(settings)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.detail}")
        if not finding.ok:
            click.echo(f"     {finding.remedy}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


@main.command()
@click.option("--rate", default=0.5, show_default=True, help="calls a second")
@click.option("--count", default=100, show_default=True, help="calls altogether")
@click.option("--talk", default=30.0, show_default=True, help="mean length of a talk in seconds")
@click.option("--seed", "random_seed", type=int, help="the same seed makes the same callers")
@pass_settings
def simulate(settings: Settings, rate: float, count: int, talk: float, random_seed: int | None) -> None:
    """Let simulated callers and agents make COUNT calls on a simulated switch, then print what became of them."""
    from fs_scripts import main as calls
    from hotline.store.queries.calls import call_outcomes

    with told_in_one_line(), ExitStack() as parts:
        store = ready(settings)
        bus = parts.enter_context(live_bus(settings))
        simulated = calls.simulated_switch(settings, console=False)
        parts.callback(simulated.stop)
        side = parts.enter_context(calls.call_side(settings, store, bus, simulated))
        side.wait_active(15.0)
        began = time.time()
        chosen = secrets.randbelow(2**31) if random_seed is None else random_seed
        placed = calls.simulate(simulated, bus, rate=rate, count=count, talk=talk, seed=chosen)
        side.journal.flush(30.0)
        with store.database.read() as session:
            outcomes = call_outcomes(session, since=began)
        click.echo(f"{placed} calls with seed {chosen}: " + ", ".join(f"{n} {o}" for o, n in outcomes))


@main.command()
@click.option(
    "--hour", help="as 2026-11-27T10 on the hotline's clock; the last hour that was begun by default"
)
@click.option("--settings", "document", type=click.File("r", encoding="utf-8"), help="changes as a JSON file")
@click.option(
    "--queue", "queues", multiple=True, metavar="CODE.FIELD=VALUE", help="as policy.strategy=fewest_calls"
)
@click.option("--agent", "agents", multiple=True, metavar="NUMBER.FIELD=VALUE", help="as 8005.priority=1")
@click.option("--within", default=20.0, show_default=True, help="the service level's time in seconds")
@click.option("--json", "as_json", is_flag=True, help="everything, for programs")
@click.option("--progress", is_flag=True, help="tell on stderr how far it is, in percent")
@pass_settings
def replay(
    settings: Settings,
    hour: str | None,
    document: TextIO | None,
    queues: tuple[str, ...],
    agents: tuple[str, ...],
    within: float,
    as_json: bool,
    progress: bool,
) -> None:
    """Decide a past hour again. Without changes: is every decision the same? With changes of queues and agents:
    who would have had which call, and how long would callers have waited?
    """
    from hotline.domain.acd.wire import NotOnRecord
    from hotline.domain.replay import report
    from hotline.domain.replay.hour import check, compare, quiet
    from hotline.domain.replay.settings import BadChange, read_changes
    from hotline.store import decisions

    tell = show_share if progress else quiet
    try:
        change = read_changes(json.load(document) if document else {}, queues, agents)
        known = [found.name for found in decisions.hours(settings.decisions)]
        hour = hour or next(iter(known), "")
        if hour not in known:
            raise click.ClickException(
                f"nothing was kept of {hour or 'any hour'}; there is {', '.join(known[:24]) or 'none'} "
                "(HOTLINE_DECISION_DAYS says how long decisions are kept)"
            )
        record = decisions.read_hour(settings.decisions, hour)
        if change:
            compared = compare(record, change, within, tell)
            data, text, same = report.comparison_data(compared), report.comparison_text(compared), True
        else:
            checked = check(record, tell)
            data, text, same = report.check_data(checked), report.check_text(checked), not checked.different
    except (BadChange, NotOnRecord, OSError, ValueError) as error:
        raise click.ClickException(f"{hour or 'replay'}: {error}") from None
    click.echo(json.dumps({"hour": hour} | data, ensure_ascii=False) if as_json else f"{hour}\n{text}")
    sys.exit(0 if same else 1)


# --- shared ------------------------------------------------------------------------------------------------------


def ready(settings: Settings, *, prompts: bool = True) -> Store:
    """Folders, database and prompts as a process needs them."""
    from fs_scripts import main as calls

    calls.make_folders(settings)
    store = prepare_store(settings)
    accounts(store)
    if prompts:
        calls.build_prompts(settings)
    return store


@contextmanager
def live_bus(settings: Settings) -> Iterator[LiveBus]:
    """The live seam: within this process, or over Redis."""
    bus: LiveBus
    if settings.redis_url:
        from hotline.live.redis import RedisBus

        bus = RedisBus(settings.redis_url)
    else:
        from hotline.live.local import LocalBus

        bus = LocalBus()
    try:
        yield bus
    finally:
        bus.close()


@contextmanager
def console(settings: Settings, store: Store, bus: LiveBus) -> Iterator[None]:
    """The console and the REST interface."""
    from webadmin.server import WebServer
    from webadmin.services import make_services

    server = WebServer(make_services(settings, store.database, bus, store.vault))
    try:
        server.start()
    except OSError as error:
        raise click.ClickException(
            f"HOTLINE_HTTP: cannot listen on {settings.http} ({error.strerror}); give another address"
        ) from None
    try:
        yield
    finally:
        server.stop()


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """What people can mend is told without a traceback."""
    from fs_scripts.main import CANNOT_START

    try:
        yield
    except (StoreError, *CANNOT_START) as error:
        raise click.ClickException(str(error)) from None


def show_share(done: float) -> None:
    """For programs that wait: one line with whole percent."""
    click.echo(f"{done * 100:.0f}", err=True)


def show_progress(count: int) -> None:
    """Let people see that a long import goes on."""
    if sys.stderr.isatty():
        click.echo(f"\r{count} records", nl=False, err=True)


def accounts(store: Store) -> None:
    """Print the accounts that were made, once: the password is kept nowhere."""
    if not store.accounts:
        return
    click.echo(
        "Accounts were made. Their password, for page and desk phone, is shown only now: "
        + click.style(store.password, bold=True)
    )
    for account in store.accounts:
        click.echo(f"  {account.login:<8} {account.post:<12} {account.name}")


def greet(settings: Settings, store: Store, switch: str) -> None:
    """Say where everything is."""
    click.echo(f"Console      {settings.public_url or f'http://{settings.http}'}")
    click.echo(f"Switch       {switch}")
    if not store.accounts:
        click.echo("Accounts     made before; `run.py seed --password …` does not change them")


def until_stopped(alive: Callable[[], bool] = lambda: True) -> None:
    """Wait for Ctrl-C or SIGTERM, or until *alive* says no."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, stop.set)
    collector.leave_out_the_start()
    # Said when it is so, and not before.
    click.echo("Stop with Ctrl-C.")
    while not stop.wait(1.0):
        if not alive():
            return


if __name__ == "__main__":
    main()

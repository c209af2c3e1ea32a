"""``python -m ivr_prompts``: build the prompts, render their audio anew, check a file."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from ivr_prompts import build as building
from ivr_prompts import engines
from ivr_prompts.speaking_program import CannotSpeak
from ivr_prompts.texts import LANGUAGES, BadTexts

_LANG = click.Choice(LANGUAGES)


@click.group()
def main() -> None:
    """The prompts that callers hear."""


@main.command()
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=lambda: Path(os.environ.get("HOTLINE_HOME", "var")),
    help="HOTLINE_HOME",
)
@click.option("--lang", type=_LANG, help="one language instead of all and the music")
@click.option("--force", is_flag=True, help="make everything anew")
def build(home: Path, lang: str | None, force: bool) -> None:
    """Make what is missing or out of date of the audio that the switch plays."""
    began = time.monotonic()
    try:
        built = building.build(home, lang, force=force) if lang else building.build_all(home, force=force)
    except (building.BuildFailed, BadTexts) as error:
        sys.exit(str(error))
    seconds = time.monotonic() - began
    counts = f"{built.made} made, {built.kept} kept, {built.removed} removed"
    print(f"{home / 'prompts'}: {counts} in {seconds:.1f} s")


@main.command()
@click.option("--lang", type=_LANG, multiple=True, default=LANGUAGES)
@click.option("--force", is_flag=True, help="make everything anew")
def render(lang: tuple[str, ...], force: bool) -> None:
    """Speak the texts with the best engine installed and keep the audio in rendered/ (for developers)."""
    for one in lang:
        try:
            made = building.render(one, force=force)
        except (CannotSpeak, BadTexts) as error:
            sys.exit(str(error))
        print(f"{one}: {made} rendered")


@main.command()
@click.option("--lang", type=_LANG, default=LANGUAGES[0])
@click.option("--prompt", default="sentence", help="the id, where it is a word of spoken numbers")
@click.argument("out", type=click.Path(path_type=Path))
def say(lang: str, prompt: str, out: Path) -> None:
    """Speak the text on standard input to a WAV file in telephone quality, and print the engine's name."""
    from ivr_prompts.audio import UnreadableAudio  # loads numpy
    from ivr_prompts.check import AudioRefused

    try:
        engine = engines.best(lang)
        building.speak(engine, sys.stdin.read().strip(), lang, prompt, out)
    except (CannotSpeak, UnreadableAudio, AudioRefused) as error:
        sys.exit(str(error))
    print(engine.name)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Say whether audio files are fit to be prompts."""
    from ivr_prompts.check import inspect  # loads numpy

    bad = False
    for file in files:
        report = inspect(file)
        bad = bad or not report.ok
        print(
            f"{file}: {report.seconds:.1f} s, {report.rate} Hz, {report.level_dbfs:.0f} dBFS",
            *[p.message_en for p in report.problems],
        )
    sys.exit(bad)


if __name__ == "__main__":
    main()

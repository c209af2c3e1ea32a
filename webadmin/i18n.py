"""Languages: Chinese first, English second. Message ids are the English texts.

The catalogues are ``translations/<language>/<area>.po``, so that two people who work on two areas do not meet
in one file. They are merged and compiled at
the start, into the data folder: a fresh clone needs no step of its own for it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, request, session
from flask_babel import Babel

from webadmin.identity import person_or_none

LANGUAGES: Final = {"zh": "中文", "en": "English"}
DEFAULT: Final = "zh"
ZONE: Final = "Asia/Shanghai"
FOLDER: Final = Path(__file__).parent / "translations"
LANGUAGE_KEY: Final = "language"


def set_up(app: Flask, cache: Path) -> None:
    """Speak the person's language in *app*; compiled catalogues are kept under *cache*."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(compile_catalogues(cache))
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_DEFAULT_TIMEZONE"] = ZONE
    Babel(app, locale_selector=language)


def language() -> str:
    """The person's own choice, else what was chosen before signing in, else Chinese."""
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(list(LANGUAGES), "en") or "en"
    chosen = person_or_none()
    wanted = chosen.locale if chosen else session.get(LANGUAGE_KEY, DEFAULT)
    return wanted if wanted in LANGUAGES else DEFAULT


def merged(folder: Path, language: str) -> Catalog:
    """One catalogue of all areas of *language*."""
    catalogue = Catalog(locale=language)
    for path in sorted((folder / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    catalogue.add(message.id, message.string, flags=message.flags, context=message.context)
    return catalogue


def compile_catalogues(cache: Path, folder: Path = FOLDER) -> Path:
    """Compile what is in *folder* below *cache*, unless it is there already; returns the folder for
    gettext.
    """
    sources = sorted(folder.glob("*/*.po"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    target = cache / f"translations-{digest}"
    if target.exists():
        return target
    draft = cache / f".translations-{digest}-{os.getpid()}"
    for language in {path.parent.name for path in sources}:
        place = draft / language / "LC_MESSAGES"
        place.mkdir(parents=True, exist_ok=True)
        with (place / "messages.mo").open("wb") as file:
            write_mo(file, merged(folder, language))
    draft.mkdir(parents=True, exist_ok=True)
    try:
        draft.rename(target)
    except OSError:
        # Another process was faster and made the same.
        if not target.exists():
            raise
    return target

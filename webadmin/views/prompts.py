"""Prompts: what callers hear, sentence by sentence; listening, replacing, speaking anew, taking back."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound
from wtforms import StringField, TextAreaField

from hotline.domain import speech
from hotline.domain.permissions import Permission
from hotline.store.base import from_epoch
from hotline.store.content import PromptFile
from hotline.store.queries import prompts as store
from ivr_prompts import check
from ivr_prompts.library import PromptLibrary, UnknownPrompt
from ivr_prompts.texts import LANGUAGES, PROMPT_ID, texts
from webadmin import prompt_files as files
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.forms import Form, at_most, required, stripped
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import announce
from webadmin.services import services

bp = Blueprint("prompts", __name__, url_prefix="/prompts")

SOURCES: Final = {
    "uploaded": (_l("Uploaded"), "blue"),
    "generated": (_l("Generated"), "azure"),
    "recorded": (_l("Recorded"), "green"),
    "tone": (_l("Tone"), "secondary"),
    "": (_l("Missing"), "red"),
}
_OF_BUILD: Final = {"recording": "recorded", "rendered": "generated", "engine": "generated", "tone": "tone"}


class NewForm(Form):
    prompt = StringField(_l("Prompt id"), [required()], filters=[stripped])
    text = TextAreaField(_l("Text"), [at_most(500)], filters=[stripped])


@dataclass(frozen=True, slots=True)
class PromptView:
    """A prompt in the list. ``seconds`` is None where there is no audio; ``changed``: in the console."""

    id: str
    text: str
    source: str
    seconds: float | None
    uses: tuple[store.PromptUse, ...]
    is_word: bool
    changed: bool

    @property
    def missing(self) -> bool:
        return self.seconds is None


@bp.app_context_processor
def shared() -> dict[str, Any]:
    return {"prompt_sources": SOURCES}


@bp.get("/")
@permission(Permission.PROMPTS_VIEW)
def index() -> ResponseReturnValue:
    lang = request.args.get("lang", LANGUAGES[0])
    if lang not in LANGUAGES:
        raise NotFound
    text, kind = request.args.get("q", "").strip(), request.args.get("kind", "sentences")
    everything = _views(lang)
    shown = [
        view for view in everything if _is(view, kind) and (not text or text in view.id or text in view.text)
    ]
    return render_template(
        "prompts/index.html",
        prompts=shown,
        lang=lang,
        text=text,
        kind=kind,
        missing=sum(view.missing for view in everything),
    )


@bp.route("/<lang>/new", methods=["GET", "POST"])
@permission(Permission.PROMPTS_EDIT)
def create(lang: str) -> ResponseReturnValue:
    """A prompt of one's own, such as the answer to a new information code: from a file, or spoken from
    its text.
    """
    library = _library(lang)
    form = NewForm()
    problems: tuple[str, ...] = ()
    if form.validate_on_submit():
        prompt, text = form.prompt.data, form.text.data or ""
        sent = request.files.get("file")
        if not PROMPT_ID.fullmatch(prompt):
            form.prompt.errors = [_("Use small letters, digits and _ (at most 64), beginning with a letter.")]
        elif prompt in library.ids():
            form.prompt.errors = [_("There is such a prompt already. Open it to replace its audio.")]
        elif not (sent and sent.filename) and not text:
            form.text.errors = [_("Choose a file, or write what is to be said.")]
        else:
            problems = _make(lang, prompt, text, sent if sent and sent.filename else None)
            if not problems:
                announce("prompts")
                flash(_("Prompt %(prompt)s was created. Flows can use it now.", prompt=prompt), "success")
                return redirect(url_for("prompts.show", lang=lang, prompt=prompt))
    failed = bool(form.errors or problems)
    return render_template("prompts/new.html", form=form, lang=lang, problems=problems), (
        422 if failed else 200
    )


@bp.get("/<lang>/<prompt>")
@permission(Permission.PROMPTS_VIEW)
def show(lang: str, prompt: str) -> ResponseReturnValue:
    return _page(lang, prompt)


@bp.get("/<lang>/<prompt>/audio")
@permission(Permission.PROMPTS_VIEW)
def audio(lang: str, prompt: str) -> ResponseReturnValue:
    """The audio as callers hear it, whole or a range of it; ``earlier`` names one that was replaced."""
    library, key = _library(lang, prompt), request.args.get("earlier", "")
    home = services().settings.home
    try:
        path = files.earlier_file(home, lang, prompt, key) if key else library.path(prompt)
    except UnknownPrompt as error:
        raise NotFound from error
    if path is None:
        raise NotFound
    return _sound(path)


@bp.post("/<lang>/<prompt>/upload")
@permission(Permission.PROMPTS_EDIT)
def upload(lang: str, prompt: str) -> ResponseReturnValue:
    """Replace the audio by a file; one that is not fit is refused with all that is wrong about it."""
    library, sent = _library(lang, prompt), request.files.get("file")
    if sent is None or not sent.filename:
        flash(_("Choose a file first."), "error")
        return redirect(url_for("prompts.show", lang=lang, prompt=prompt))
    problems = _make(lang, prompt, _text(library, prompt), sent)
    if problems:
        return _page(lang, prompt, problems=problems, refused=sent.filename), 422
    flash(_("The audio of %(prompt)s was replaced. The next caller hears it.", prompt=prompt), "success")
    return redirect(url_for("prompts.show", lang=lang, prompt=prompt))


@bp.post("/<lang>/<prompt>/generate")
@permission(Permission.PROMPTS_EDIT)
def generate(lang: str, prompt: str) -> ResponseReturnValue:
    """Speak a text anew. The prompt's own text means its own audio, which is better than what is made
    on the spot.
    """
    library, text = _library(lang, prompt), " ".join(request.form.get("text", "").split())[:500]
    if not text:
        flash(_("Write what is to be said."), "error")
        return redirect(url_for("prompts.show", lang=lang, prompt=prompt))
    if text == texts(lang).get(prompt):
        return _to_own(lang, prompt)
    problems = _make(lang, prompt, text, None)
    if problems:
        return _page(lang, prompt, problems=problems, text=text), 422
    flash(_("%(prompt)s was spoken anew. Listen to it before callers do.", prompt=prompt), "success")
    return redirect(url_for("prompts.show", lang=library.lang, prompt=prompt))


@bp.post("/<lang>/<prompt>/take-back")
@permission(Permission.PROMPTS_EDIT)
def take_back(lang: str, prompt: str) -> ResponseReturnValue:
    """Play an earlier upload again."""
    library, me = _library(lang, prompt), person()
    settings, now = services().settings, services().clock()
    path = files.earlier_file(settings.home, lang, prompt, request.form.get("key", ""))
    if path is None:
        raise NotFound
    _replace(lang, prompt, path, now)
    _note(lang, prompt, _text(library, prompt), "uploaded", "prompt.restore", me.login, now)
    flash(_("The earlier audio of %(prompt)s is back.", prompt=prompt), "success")
    return redirect(url_for("prompts.show", lang=lang, prompt=prompt))


@bp.post("/<lang>/<prompt>/restore")
@permission(Permission.PROMPTS_EDIT)
def restore(lang: str, prompt: str) -> ResponseReturnValue:
    """Go back to the prompt's own audio; a prompt of one's own is deleted unless a flow says it."""
    _library(lang, prompt)
    if prompt not in texts(lang):
        users = store.prompt_uses(session()).get(prompt, [])
        if users:
            names = ", ".join(f"{use.flow} {use.node}" for use in users)
            flash(
                _(
                    "%(prompt)s is still said by %(nodes)s. Take it out there first.",
                    prompt=prompt,
                    nodes=names,
                ),
                "error",
            )
            return redirect(url_for("prompts.show", lang=lang, prompt=prompt))
    return _to_own(lang, prompt)


def _to_own(lang: str, prompt: str) -> ResponseReturnValue:
    services().blocking(files.restore_own, services().settings.home, lang, prompt, services().clock())
    own = prompt in texts(lang)

    def forget(db: Session) -> None:
        store.forget_prompt(db, lang, prompt)
        audit(db, "prompt.restore" if own else "prompt.delete", "prompt", prompt, language=lang)

    change(forget)
    if own:
        flash(_("%(prompt)s has its own audio again.", prompt=prompt), "success")
        return redirect(url_for("prompts.show", lang=lang, prompt=prompt))
    flash(_("Prompt %(prompt)s was deleted.", prompt=prompt), "success")
    return redirect(url_for("prompts.index", lang=lang))


def _make(lang: str, prompt: str, text: str, sent: FileStorage | None) -> tuple[str, ...]:
    """Take the audio of a file that was sent, else speak the text. Returns what is wrong, in words."""
    me, now = person(), services().clock()
    with tempfile.TemporaryDirectory(prefix="hotline-prompt-") as folder:
        # The engine goes by the ending; what people send is known by its content.
        source = Path(folder, "spoken.wav" if sent is None else "sent")
        if sent is not None:
            sent.save(source)
            sent.close()
        else:
            try:
                files.speak(lang, prompt, text, source)
            except files.CannotGenerate as error:
                return (_("The text could not be spoken: %(reason)s", reason=str(error)),)
        report = _replace(lang, prompt, source, now)
    if not report.ok:
        return tuple(files.problem_text(problem) for problem in report.problems)
    action, origin = ("prompt.upload", "uploaded") if sent is not None else ("prompt.generate", "generated")
    _note(lang, prompt, text, origin, action, me.login, now)
    return ()


def _replace(lang: str, prompt: str, source: Path, now: float) -> check.AudioReport:
    home = services().settings.home
    return cast(check.AudioReport, services().blocking(files.replace, home, lang, prompt, source, now))


def _note(lang: str, prompt: str, text: str, source: str, action: str, by: str, now: float) -> None:
    path = _library(lang).path(prompt)
    seconds, digest = files.seconds_of(path) or 0.0, files.digest(path)

    def note(db: Session) -> None:
        store.note_prompt(
            db,
            lang,
            prompt,
            text=text,
            source=source,
            duration_ms=round(seconds * 1000),
            sha256=digest,
            by=by,
            at=from_epoch(now),
        )
        audit(db, action, "prompt", prompt, language=lang, seconds=round(seconds, 1), sha256=digest[:12])

    change(note)


def _library(lang: str, prompt: str | None = None) -> PromptLibrary:
    """The prompts of a language. Raises 404 for a language or a *prompt* that there is not."""
    if lang not in LANGUAGES:
        raise NotFound
    library = PromptLibrary(services().settings.home, lang)
    if prompt is not None and prompt not in library.ids():
        raise NotFound
    return library


def _text(library: PromptLibrary, prompt: str) -> str:
    noted = store.prompt_file(session(), library.lang, prompt)
    return noted.text if noted is not None else library.text(prompt)


def _view(
    library: PromptLibrary,
    prompt: str,
    noted: Mapping[str, PromptFile],
    uses: Mapping[str, list[store.PromptUse]],
) -> PromptView:
    row = noted.get(prompt)
    has_audio = library.has_audio(prompt)
    if library.uploaded(prompt):
        source = row.source if row is not None else "uploaded"
    else:
        source = _OF_BUILD.get(library.source(prompt), "generated") if has_audio else ""
    return PromptView(
        id=prompt,
        text=row.text if row is not None else library.text(prompt),
        source=source,
        seconds=files.seconds_of(library.path(prompt)) if has_audio else None,
        uses=tuple(uses.get(prompt, ())),
        is_word=prompt in speech.atoms(library.lang),
        changed=row is not None or library.uploaded(prompt),
    )


def _views(lang: str) -> list[PromptView]:
    """Every prompt of the language, those that flows say first in the order of their ids; and what flows say
    though it does not exist.
    """
    library = _library(lang)
    noted, uses = store.prompt_files(session(), lang), store.prompt_uses(session())
    views = [_view(library, prompt, noted, uses) for prompt in sorted(library.ids())]
    lost = sorted(uses.keys() - library.ids())
    return [
        PromptView(prompt, "", "", None, tuple(uses[prompt]), is_word=False, changed=False) for prompt in lost
    ] + views


def _is(view: PromptView, kind: str) -> bool:
    """Whether the prompt is of the kind that the list is asked for; sentences by default."""
    kinds = {"words": view.is_word, "changed": view.changed, "missing": view.missing}
    return kinds.get(kind, not view.is_word)


def _page(
    lang: str, prompt: str, *, problems: tuple[str, ...] = (), refused: str = "", text: str | None = None
) -> str:
    library = _library(lang, prompt)
    view = _view(library, prompt, store.prompt_files(session(), lang), store.prompt_uses(session()))
    report = services().blocking(check.inspect, library.path(prompt)) if not view.missing else None
    return render_template(
        "prompts/show.html",
        prompt=view,
        lang=lang,
        report=report,
        noted=store.prompt_file(session(), lang, prompt),
        uploaded=library.uploaded(prompt),
        own_text=texts(lang).get(prompt),
        text=view.text if text is None else text,
        earlier=files.earlier(services().settings.home, lang, prompt),
        problems=problems,
        refused=refused,
    )


def _sound(path: Path) -> Response:
    # It may be replaced at any moment: browsers ask whether it is still the same.
    response = send_file(path, mimetype="audio/wav", conditional=True, max_age=0)
    response.headers["Accept-Ranges"] = "bytes"
    return response

"""The documentation names what there is: every setting with its default, every command, no file that is not there."""

import re
from pathlib import Path

import pytest

from hotline.config import load

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh.md")
PAPERS = (
    *READMES,
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "THIRD_PARTY.md",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md"))),
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("*/README.md"))),
)
# Derived, so that the tables say it in words.
DERIVED = {"HOTLINE_DATABASE_URL", "HOTLINE_DEMO"}


def settings_that_there_are() -> set[str]:
    source = (ROOT / "hotline" / "config.py").read_text("utf-8")
    table = re.search(r"^_FIELDS: .*?^}", source, re.MULTILINE | re.DOTALL)
    assert table is not None
    return {f"HOTLINE_{name}" for name in re.findall(r'^    "([A-Z_]+)":', table[0], re.MULTILINE)}


def examples() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text("utf-8")
    return dict(re.findall(r"^#(HOTLINE_[A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_example_file_names_every_setting() -> None:
    assert set(examples()) == settings_that_there_are()


def test_the_example_file_shows_the_defaults(tmp_path: Path) -> None:
    given = examples() | {"HOTLINE_HOME": str(tmp_path)}
    shown = tmp_path / "shown.env"
    shown.write_text("".join(f"{name}={value}\n" for name, value in given.items()), "utf-8")

    assert load({}, shown) == load({"HOTLINE_HOME": str(tmp_path)}, tmp_path / "none.env")


@pytest.mark.parametrize("paper", READMES)
def test_the_table_of_settings_is_complete_and_tells_the_defaults(paper: str) -> None:
    text = (ROOT / paper).read_text("utf-8")
    rows = dict(re.findall(r"^\| `(HOTLINE_[A-Z_]+)` \|([^|]*)\|", text, re.MULTILINE))

    assert set(rows) == settings_that_there_are()
    told = {name: value.strip("` ") for name, value in rows.items() if name not in DERIVED}
    assert {name: value for name, value in examples().items() if name not in DERIVED and value} == {
        name: value for name, value in told.items() if examples()[name]
    }


@pytest.mark.parametrize("paper", READMES)
def test_the_table_of_commands_names_those_of_run_py(paper: str) -> None:
    text = (ROOT / paper).read_text("utf-8")
    source = (ROOT / "run.py").read_text("utf-8")
    named = re.findall(
        r"^@main\.command\((?:\"([a-z-]+)\")?\)(?:\n@[^\n]*|\n    [^\n]*|\n\))*\ndef (\w+)",
        source,
        re.MULTILINE,
    )
    commands = {given or function for given, function in named}

    assert len(commands) >= 10
    for command in commands:
        assert re.search(rf"^\| `{command}[ `]", text, re.MULTILINE), command


@pytest.mark.parametrize("paper", PAPERS)
def test_every_link_within_the_project_leads_somewhere(paper: str) -> None:
    text = (ROOT / paper).read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http://", "https://", "#", "mailto:")):
            path = (ROOT / paper).parent / target.partition("#")[0]
            assert path.exists(), target


def test_both_readmes_have_the_same_parts() -> None:
    english, chinese = ((ROOT / paper).read_text("utf-8") for paper in READMES)

    def shape(text: str) -> list[str]:
        return [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")]

    assert shape(english) == shape(chinese)
    assert english.count("\n|") == chinese.count("\n|")

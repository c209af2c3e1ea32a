"""What we ship and pin is what THIRD_PARTY.md, the lists and the checksums say."""

import re
from pathlib import Path

import pytest

from tools import vendor

ROOT = Path(__file__).resolve().parents[2]


def direct(name: str) -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]+)", (ROOT / f"{name}.in").read_text(), re.MULTILINE))


def pinned(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", (ROOT / f"{name}.txt").read_text(), re.MULTILINE))


def listed() -> dict[str, str]:
    rows = re.findall(r"^\| (\S+) \| ([0-9]\S*) \|", (ROOT / "THIRD_PARTY.md").read_text(), re.MULTILINE)
    return dict(rows)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_direct_dependency_is_listed_with_its_pinned_version(name: str) -> None:
    pins = pinned(name)

    assert {package: pins[package] for package in direct(name)}.items() <= listed().items()


def test_the_list_names_nothing_that_is_not_used() -> None:
    used = direct("requirements") | direct("requirements-dev") | {package.name for package in vendor.PACKAGES}

    assert listed().keys() == used


def test_every_browser_package_is_listed_with_its_version() -> None:
    assert {package.name: package.version for package in vendor.PACKAGES}.items() <= listed().items()


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_pins_name_no_place_to_install_from(name: str) -> None:
    lines = (ROOT / f"{name}.txt").read_text().splitlines()

    assert [line for line in lines if line.startswith("-") or "://" in line or " @ " in line] == []


def test_every_pinned_package_has_a_hash() -> None:
    for name in ("requirements", "requirements-dev"):
        text = (ROOT / f"{name}.txt").read_text()
        blocks = re.findall(r"^[a-z0-9-]+==.*(?:\\\n    --hash=sha256:[0-9a-f]{64} ?)+", text, re.MULTILINE)
        assert len(blocks) == len(pinned(name))


def test_the_browser_files_are_unchanged_and_carry_their_licences() -> None:
    assert vendor.check() == []
    for package in vendor.PACKAGES:
        assert list((vendor.VENDOR / package.folder).glob("LICENSE*")), package.name


def test_a_changed_missing_or_unknown_browser_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("same.js", "changed.js", "missing.js"):
        (tmp_path / name).write_text(name)
    vendor._write_sums(tmp_path)
    (tmp_path / "changed.js").write_text("other")
    (tmp_path / "missing.js").unlink()
    (tmp_path / "new.js").write_text("new")
    monkeypatch.setattr(vendor, "VENDOR", tmp_path)

    assert vendor.check() == ["changed: changed.js", "missing: missing.js", "not listed: new.js"]

"""The browser's files in webadmin/static/vendor: copied from npm packages, committed, never changed by hand.

    python -m tools.vendor fetch    install the pinned packages aside, copy, write SHA256SUMS
    python -m tools.vendor check    compare what is there with SHA256SUMS

Running the product needs neither npm nor a network. Licences lie beside the files they cover.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "webadmin" / "static" / "vendor"
SUMS = "SHA256SUMS"
NPM_TIMEOUT_S = 600
ESBUILD = "0.28.2"

# The text that a package's own licence file would hold, where its npm package carries none.
MIT = """\
The MIT License (MIT)

{copyright}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


@dataclass(frozen=True)
class Package:
    """An npm package: where its files go, which are taken (path in the package -> path in the folder)."""

    name: str
    version: str
    folder: str
    files: dict[str, str]
    # Licence files that the package carries; or, where it carries none, its copyright line (MIT).
    licences: tuple[str, ...] = ("LICENSE",)
    mit_copyright: str = ""
    # Packages that come as modules are bundled: the file that names what is wanted, beside this one, and the
    # other packages that it names. `files` are then of the folder that holds the bundle.
    entry: str = ""
    parts: dict[str, str] = field(default_factory=dict)


PACKAGES = (
    Package(
        "@tabler/core",
        "1.6.1",
        "tabler",
        {"dist/css/tabler.min.css": "tabler.min.css", "dist/js/tabler.min.js": "tabler.min.js"},
        licences=(),
        mit_copyright=(
            "Copyright (c) 2018-2026 The Tabler Authors\nCopyright (c) 2018-2026 codecalm.net Paweł Kuna"
        ),
    ),
    Package("htmx.org", "4.0.1", "htmx", {"dist/htmx.min.js": "htmx.min.js"}),
    Package(
        "bootstrap-icons",
        "1.13.2",
        "bootstrap-icons",
        {
            "font/bootstrap-icons.min.css": "bootstrap-icons.min.css",
            "font/fonts/bootstrap-icons.woff2": "fonts/bootstrap-icons.woff2",
        },
    ),
    Package(
        "echarts",
        "6.1.0",
        "echarts",
        {"dist/echarts.min.js": "echarts.min.js"},
        licences=("LICENSE", "NOTICE", "licenses/LICENSE-d3"),
    ),
    Package(
        "wavesurfer.js",
        "8.0.1",
        "wavesurfer",
        {
            "dist/wavesurfer.min.js": "wavesurfer.min.js",
            "dist/plugins/regions.min.js": "regions.min.js",
        },
    ),
    Package(
        "@logicflow/core",
        "2.2.5",
        "logicflow",
        {"dist/index.min.js": "logicflow.min.js", "dist/index.css": "logicflow.css"},
    ),
    Package(
        "codemirror",
        "6.0.2",
        "codemirror",
        {"codemirror.min.js": "codemirror.min.js"},
        entry="codemirror.mjs",
        parts={
            "@codemirror/autocomplete": "6.20.4",
            "@codemirror/lang-python": "6.2.1",
            "@codemirror/language": "6.13.1",
            "@codemirror/lint": "6.9.8",
            "@codemirror/state": "6.7.6",
            "@codemirror/view": "6.43.15",
        },
    ),
    Package(
        "socket.io-client",
        "4.8.4",
        "socket.io",
        {"dist/socket.io.min.js": "socket.io.min.js"},
    ),
    Package(
        "rapidoc",
        "9.3.8",
        "rapidoc",
        {"dist/rapidoc-min.js": "rapidoc-min.js"},
        licences=("LICENSE.txt", "dist/rapidoc-min.js.LICENSE.txt"),
    ),
)


def fetch() -> None:
    """Replace the folder by what the pinned packages hold. Raises CalledProcessError when npm fails."""
    with tempfile.TemporaryDirectory(prefix="hotline-vendor-") as work:
        manifest = {
            "private": True,
            "dependencies": {
                **{package.name: package.version for package in PACKAGES},
                **{name: version for package in PACKAGES for name, version in package.parts.items()},
                "esbuild": ESBUILD,
            },
        }
        Path(work, "package.json").write_text(json.dumps(manifest))
        subprocess.run(
            ["npm", "install", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--silent"],
            cwd=work,
            check=True,
            timeout=NPM_TIMEOUT_S,
        )
        fresh = Path(work, "vendor")
        for package in PACKAGES:
            source = Path(work, "node_modules", package.name)
            if package.entry:
                _bundle(package, Path(work), source)
            _copy(package, source, fresh / package.folder)
        _write_sums(fresh)
        if VENDOR.exists():
            shutil.rmtree(VENDOR)
        shutil.copytree(fresh, VENDOR)


def check() -> list[str]:
    """Name every file that is missing, changed or not listed."""
    listed = {}
    for line in (VENDOR / SUMS).read_text().splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    there = {name: _digest(VENDOR / name) for name in _files(VENDOR)}
    problems = [f"missing: {name}" for name in listed.keys() - there.keys()]
    problems += [f"not listed: {name}" for name in there.keys() - listed.keys()]
    problems += [f"changed: {name}" for name in listed.keys() & there.keys() if listed[name] != there[name]]
    return sorted(problems)


def _bundle(package: Package, work: Path, source: Path) -> None:
    """Make one file of a package that comes as modules, into its own folder."""
    entry = shutil.copy(Path(__file__).parent / package.entry, work / package.entry)
    (made,) = package.files
    subprocess.run(
        [
            work / "node_modules" / ".bin" / "esbuild",
            entry,
            "--bundle",
            "--minify",
            "--format=iife",
            "--target=es2020",
            "--legal-comments=inline",
            f"--outfile={source / made}",
        ],
        check=True,
        timeout=NPM_TIMEOUT_S,
    )


def _copy(package: Package, source: Path, target: Path) -> None:
    for here, there in package.files.items():
        (target / there).parent.mkdir(parents=True, exist_ok=True)
        text_or_font = (source / here).read_bytes()
        (target / there).write_bytes(_without_source_map(text_or_font))
    for licence in package.licences:
        shutil.copyfile(source / licence, target / Path(licence).name)
    if package.mit_copyright:
        (target / "LICENSE").write_text(MIT.format(copyright=package.mit_copyright))


def _without_source_map(content: bytes) -> bytes:
    """Drop the closing reference to a source map, which is not shipped and which browsers would ask for."""
    lines = content.rstrip().split(b"\n")
    if b"sourceMappingURL=" in lines[-1] and lines[-1].startswith((b"//#", b"/*#")):
        return b"\n".join(lines[:-1]) + b"\n"
    return content


def _write_sums(folder: Path) -> None:
    lines = [f"{_digest(folder / name)}  {name}\n" for name in _files(folder)]
    (folder / SUMS).write_text("".join(lines))


def _files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != SUMS
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description="Fetch or check the browser's files.")
    parser.add_argument("action", choices=("fetch", "check"))
    if parser.parse_args().action == "fetch":
        fetch()
    problems = check()
    for problem in problems:
        print(f"webadmin/static/vendor: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

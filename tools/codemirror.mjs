// What the editor of routing scripts needs of CodeMirror; tools/vendor.py makes one file of it.
import { autocompletion } from "@codemirror/autocomplete";
import { python } from "@codemirror/lang-python";
import { indentUnit } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";

globalThis.CodeMirror = {
  EditorState,
  EditorView,
  autocompletion,
  basicSetup,
  indentUnit,
  keymap,
  lintGutter,
  python,
  setDiagnostics,
};

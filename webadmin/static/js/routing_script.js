// The editor of routing scripts: CodeMirror with the facts' names to complete from, and problems at their lines.
"use strict";

const place = document.getElementById("editor");
const field = document.getElementById("text");
const offered = JSON.parse(place.dataset.offered);
const codes = JSON.parse(place.dataset.codes);
const editable = place.dataset.editable === "1";
const PAUSE_MS = 1200;

// --- completion --------------------------------------------------------------------------------------------------

function complete(context) {
  const text = context.matchBefore(/queue\(\s*["'][\w-]*/);
  if (text) return list(text, /["']/, Object.entries(codes.queue));
  const target = context.matchBefore(/["'](queue|agent):[\w-]*/);
  if (target) return list(target, /:/, Object.entries(codes[target.text.slice(1, 6)] || {}));
  const member = context.matchBefore(/(\bcall|queue\([^)]*\))\.\w*/);
  if (member) {
    const after = member.text.startsWith("queue") ? "queue" : "call";
    return { from: member.from + member.text.lastIndexOf(".") + 1, options: options(after), validFor: /^\w*$/ };
  }
  const word = context.matchBefore(/\w+/);
  if (!word && !context.explicit) return null;
  return { from: word ? word.from : context.pos, options: options(""), validFor: /^\w*$/ };
}

function options(after) {
  return offered
    .filter((one) => one.after === after)
    .map(({ label, detail, info }) => ({ label, detail, info, type: after ? "property" : "variable" }));
}

function list(match, start, entries) {
  return {
    from: match.from + match.text.search(start) + 1,
    options: entries.map(([label, detail]) => ({ label, detail, type: "constant" })),
    validFor: /^[\w-]*$/,
  };
}

// --- problems ----------------------------------------------------------------------------------------------------

function mark(mistakes) {
  const doc = view.state.doc;
  const found = mistakes
    .filter((mistake) => mistake.line > 0)
    .map((mistake) => {
      const line = doc.line(Math.min(mistake.line, doc.lines));
      const from = Math.min(line.from + Math.max(mistake.column - 1, 0), line.to);
      return { from, to: line.to > from ? line.to : from, severity: "error", message: mistake.text };
    });
  view.dispatch(CodeMirror.setDiagnostics(view.state, found));
}

let asked = 0;

async function check(loud) {
  const mine = ++asked;
  const mistakes = await findMistakes(place.dataset.check, "text", view.state.doc.toString());
  // Something newer has been asked meanwhile.
  if (mine !== asked) return;
  if (mistakes) mark(mistakes);
  tellMistakes(mistakes, loud);
}

// --- the editor --------------------------------------------------------------------------------------------------

let pause = 0;

const view = new CodeMirror.EditorView({
  parent: place,
  state: CodeMirror.EditorState.create({
    doc: field.value,
    extensions: [
      CodeMirror.basicSetup,
      CodeMirror.python(),
      CodeMirror.indentUnit.of("    "),
      CodeMirror.lintGutter(),
      CodeMirror.autocompletion({ override: [complete] }),
      CodeMirror.EditorState.readOnly.of(!editable),
      CodeMirror.EditorView.contentAttributes.of({ "aria-label": field.getAttribute("aria-label") }),
      CodeMirror.EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        field.value = update.state.doc.toString();
        fine.hidden = true;
        clearTimeout(pause);
        pause = setTimeout(check, PAUSE_MS, false);
      }),
    ],
  }),
});

mark(JSON.parse(place.dataset.mistakes));
document.getElementById("check")?.addEventListener("click", () => {
  // The check after a pause in typing would overtake this one, and say nothing when all is well.
  clearTimeout(pause);
  check(true);
});

// The text editor of flows: line numbers beside it, wrong lines marked.
"use strict";

(() => {
  const text = document.querySelector(".code-text");
  if (text) {
    const lines = document.querySelector(".code-lines");
    const wrong = new Set(text.dataset.mistakes.split(" ").filter(Boolean).map(Number));
    let shown = 0;
    const count = () => {
      const wanted = text.value.split("\n").length;
      if (wanted === shown) return;
      shown = wanted;
      lines.replaceChildren(...Array.from({ length: wanted }, (_, index) => {
        const line = document.createElement("span");
        line.textContent = String(index + 1);
        if (wrong.has(index + 1)) line.className = "is-wrong";
        return line;
      }).flatMap((line) => [line, "\n"]));
    };
    const follow = () => { lines.scrollTop = text.scrollTop; };
    const goTo = (line) => {
      const all = text.value.split("\n");
      const start = all.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
      text.focus();
      text.setSelectionRange(start, start + (all[line - 1] ?? "").length);
      text.scrollTop = Math.max(0, (line - 8) * parseFloat(getComputedStyle(text).lineHeight));
      follow();
    };
    text.addEventListener("input", count);
    text.addEventListener("scroll", follow);
    document.addEventListener("click", (event) => {
      const to = event.target.closest("[data-line]");
      if (to) goTo(Number(to.dataset.line));
    });
    count();
    if (wrong.size) goTo(Math.min(...wrong));
  }
})();

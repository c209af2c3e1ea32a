// Forms of nodes (rows to add and remove), the drawing, and the text editor of flows.
"use strict";

(() => {
  // --- rows of prompts, codes, marks and data
  const showKind = (row) => {
    const select = row.querySelector(":scope > [data-prompt]");
    if (select) row.classList.toggle("is-prompt", !select.value.startsWith("say:"));
  };
  const clear = (row) => {
    for (const extra of [...row.querySelectorAll("[data-rows] > [data-row]")].slice(1)) extra.remove();
    for (const field of row.querySelectorAll("select, input:not([type=hidden])")) field.value = "";
    for (const inner of [row, ...row.querySelectorAll("[data-row]")]) showKind(inner);
  };
  const number = (rows, row) => {
    // Each code has a number of its own in the names of its fields.
    const name = rows.dataset.numbered;
    if (!name) return;
    const hidden = row.querySelector(`input[name="${name}-row"]`);
    const before = `${name}-${hidden.value}`;
    const next = 1 + Math.max(...[...rows.querySelectorAll(`input[name="${name}-row"]`)].map((one) => Number(one.value)));
    hidden.value = String(next);
    for (const field of row.querySelectorAll("[name]")) {
      if (field.name.startsWith(before)) field.name = `${name}-${next}${field.name.slice(before.length)}`;
    }
  };

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) {
      const rows = add.closest("[data-rows]");
      const all = rows.querySelectorAll(":scope > [data-row]");
      const last = all[all.length - 1];
      const row = last.cloneNode(true);
      clear(row);
      last.after(row);
      number(rows, row);
      row.querySelector("select, input:not([type=hidden])").focus();
      return;
    }
    const remove = event.target.closest("[data-remove]");
    if (remove) {
      const row = remove.closest("[data-row]");
      // The last row stays, empty, as the one to copy.
      if (row.parentElement.querySelectorAll(":scope > [data-row]").length > 1) row.remove();
      else clear(row);
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-prompt]")) showKind(event.target.closest("[data-row]"));
  });
  document.querySelectorAll("[data-row]").forEach(showKind);

  // --- the drawing: a node's own ways stand out while it is pointed at
  const svg = document.querySelector(".drawing svg");
  if (svg) {
    svg.style.maxWidth = `${svg.dataset.width * 1.15}px`;
    const light = (node) => {
      for (const path of svg.querySelectorAll(".arrows path")) {
        const out = path.dataset.source === node;
        const into = path.dataset.target === node;
        path.classList.toggle("is-lit", Boolean(node) && out);
        path.classList.toggle("is-lit-in", Boolean(node) && into && !out);
        path.classList.toggle("is-dim", Boolean(node) && !out && !into);
      }
      for (const label of svg.querySelectorAll(".labels text")) label.classList.toggle("is-dim", Boolean(node) && label.dataset.source !== node);
    };
    for (const box of svg.querySelectorAll(".box")) {
      for (const name of ["mouseenter", "focus"]) box.addEventListener(name, () => light(box.dataset.node));
      for (const name of ["mouseleave", "blur"]) box.addEventListener(name, () => light(""));
    }
  }

  // --- the text editor: line numbers beside it, wrong lines marked
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

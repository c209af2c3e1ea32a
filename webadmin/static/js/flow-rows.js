// Rows of prompts, keys, codes, marks and data in the form of a node: added, removed, and shown by their kind.
"use strict";

function flowShowKind(row) {
  const select = row.querySelector(":scope > [data-prompt]");
  if (select) row.classList.toggle("is-prompt", !select.value.startsWith("say:"));
}

(() => {
  const clear = (row) => {
    for (const extra of [...row.querySelectorAll("[data-rows] > [data-row]")].slice(1)) extra.remove();
    for (const field of row.querySelectorAll("select, input:not([type=hidden])")) field.value = "";
    for (const inner of [row, ...row.querySelectorAll("[data-row]")]) flowShowKind(inner);
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
      const rows = row.parentElement;
      // The last row stays, empty, as the one to copy.
      if (rows.querySelectorAll(":scope > [data-row]").length > 1) row.remove();
      else clear(row);
      rows.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-prompt]")) flowShowKind(event.target.closest("[data-row]"));
  });
})();

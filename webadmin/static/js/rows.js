// Forms with rows to add and remove. A list is [data-rows=NAME] with its rows as [data-row]; a template with the
// inputs of an empty row stands beside them, in which __NAME__ is where the row's number goes. Lists may be nested.
"use strict";

(() => {
  const next = (list) => {
    const used = [...list.children].filter((row) => row.matches("[data-row]")).map((row) => Number(row.dataset.row));
    return Math.max(-1, ...used) + 1;
  };
  const numberOf = (button) => button.closest("[data-list]");
  // What a row shows may depend on one of its choices: [data-shown-for="queue prompt"] on the choice's value.
  const settle = (within) => {
    for (const choice of within.querySelectorAll("select[data-shows]")) {
      const scope = choice.closest(choice.dataset.shows);
      for (const part of scope.querySelectorAll(":scope [data-shown-for]")) {
        if (part.dataset.shownBy !== choice.dataset.name) continue;
        part.hidden = !part.dataset.shownFor.split(" ").includes(choice.value);
      }
    }
  };

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) {
      const area = numberOf(add);
      const list = area.querySelector(":scope > [data-rows]");
      const template = area.querySelector(":scope > template");
      const number = next(list);
      list.insertAdjacentHTML("beforeend", template.innerHTML.replaceAll(`__${list.dataset.rows}__`, String(number)).trim());
      settle(list.lastElementChild);
      list.lastElementChild.querySelector("select, input")?.focus();
      add.form?.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    const remove = event.target.closest("[data-remove]");
    if (remove) {
      const row = remove.closest("[data-row]");
      const form = row.closest("form");
      const focus = row.previousElementSibling?.querySelector("select, input") ?? numberOf(row)?.querySelector("[data-add]");
      row.remove();
      focus?.focus();
      form?.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("select[data-shows]")) settle(event.target.closest(event.target.dataset.shows));
  });
  settle(document);

  // A part of the page that the server makes from the form as it stands: [data-preview=URL] within the form.
  for (const box of document.querySelectorAll("[data-preview]")) {
    const form = document.getElementById(box.dataset.form);
    let waiting = 0;
    let asked = 0;
    const refresh = async () => {
      const mine = ++asked;
      const answer = await fetch(box.dataset.preview, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" } });
      const text = await answer.text();
      if (answer.ok && mine === asked) box.innerHTML = text;
    };
    for (const name of ["change", "input"]) {
      form.addEventListener(name, () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => refresh().catch(() => {}), 250);
      });
    }
  }
})();

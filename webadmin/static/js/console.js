// What every page does: ask before a form that asks for it, send the CSRF token with htmx, keep focus where it belongs.
"use strict";

const csrfToken = document.querySelector('meta[name="csrf-token"]').content;

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRFToken"] = csrfToken;
});

// Shows a dialog; what had the focus has it again when the dialog is closed.
function openDialog(dialog) {
  const before = document.activeElement;
  dialog.addEventListener("hidden.bs.modal", () => before.focus(), { once: true });
  const modal = tabler.Modal.getOrCreateInstance(dialog);
  modal.show();
  return modal;
}

// Asks the question in the page's dialog, and calls back when the answer is yes.
function ask(question, yesDo) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("#confirm-text").textContent = question;
  const yes = dialog.querySelector("#confirm-yes");
  dialog.addEventListener("shown.bs.modal", () => yes.focus(), { once: true });
  const modal = openDialog(dialog);
  yes.onclick = () => { modal.hide(); yesDo(); };
}

// A form with data-confirm is sent only after the question was answered with yes.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-confirm]");
  if (!form || form.dataset.confirmed) return;
  event.preventDefault();
  ask(form.dataset.confirm, () => { form.dataset.confirmed = "yes"; form.requestSubmit(); });
});

// Selects and inputs with data-autosubmit send their form when they change.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

// Rows of a list lead to the record; links and buttons in them keep their own meaning.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input, select, audio, form") && !getSelection().toString()) {
    window.location.assign(row.dataset.href);
  }
});

// In a dialog that publishes, the time counts only when it is asked for, and must then be given.
for (const at of document.querySelectorAll("[data-publish-at]")) {
  const follow = () => {
    const later = at.form.elements.when.value === "later";
    at.disabled = !later;
    at.required = later;
  };
  at.form.addEventListener("change", follow);
  follow();
}

// Copies a value that is shown once, such as a new password.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("btn-success");
  setTimeout(() => button.classList.remove("btn-success"), 1500);
});

// After a refused form the first wrong field has the focus.
document.querySelector(".is-invalid")?.focus();

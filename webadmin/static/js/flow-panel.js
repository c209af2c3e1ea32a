// The panel beside the canvas: the form of the chosen node, made by the server, and what is wrong with its fields.
"use strict";

const FLOW_TYPING_MS = 300;

class FlowPanel {
  #shown = "";
  #known = "";
  #waiting = null;
  #reading = Promise.resolve();
  #asked = 0;

  constructor(root, editor) {
    this.root = root;
    this.editor = editor;
    root.addEventListener("input", (event) => {
      if (event.target.matches("[name=id]")) return;
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.flush(), FLOW_TYPING_MS);
      editor.settle();
    });
    root.addEventListener("change", (event) => {
      if (event.target.matches("[name=id]")) this.#rename(event.target);
      else if (event.target.matches("select, [type=checkbox]")) this.flush();
    });
    root.addEventListener("submit", (event) => { event.preventDefault(); this.flush(); });
    root.addEventListener("click", (event) => {
      if (event.target.closest("[data-start]")) editor.model.change((next) => { next.start = this.#shown; });
    });
  }

  get typing() { return this.#waiting !== null; }

  // Show the form of a node, "" for none.
  async show(id) {
    if (id === this.#shown) { await this.sync(); return; }
    await this.flush();
    this.#shown = id;
    this.#known = "";
    this.root.replaceChildren();
    await this.sync();
  }

  // Fetch the form again when the node was changed elsewhere: by undoing, connecting, renaming another one.
  async sync() {
    const node = this.editor.model.nodes[this.#shown];
    if (!node) { this.root.replaceChildren(); this.#known = ""; this.#shown = ""; return; }
    if (this.#contentOf(node) === this.#known) return;
    this.#known = this.#contentOf(node);
    const turn = ++this.#asked;
    const { model, urls } = this.editor;
    // The form that is shown is older than the node: what is chosen in it now would undo what was drawn.
    this.root.querySelector("fieldset")?.toggleAttribute("disabled", true);
    const answer = await flowAsk(urls.form, { document: model.document, node: this.#shown });
    if (turn !== this.#asked) return;
    if (!answer.ok) { this.root.replaceChildren(flowElement("div", "alert alert-danger m-3", answer.data.title)); return; }
    const place = this.root.scrollTop;
    this.root.innerHTML = answer.data;
    this.root.querySelector("fieldset").disabled = !this.editor.editable;
    this.root.querySelectorAll("[data-row]").forEach(flowShowKind);
    this.root.scrollTop = place;
    this.problems();
  }

  #contentOf({ ui, ...fields }) {
    const { start } = this.editor.model.document;
    return JSON.stringify([fields, ui?.title ?? "", start === this.#shown, Object.keys(this.editor.model.nodes)]);
  }

  // Read the form into the document now, if something was typed.
  flush() {
    if (this.#waiting === null && !this.root.contains(document.activeElement)) return this.#reading;
    clearTimeout(this.#waiting);
    this.#waiting = null;
    this.#reading = this.#read();
    this.editor.settle();
    return this.#reading;
  }

  async #read() {
    const form = this.root.querySelector("form");
    const id = this.#shown;
    const { model, urls, editable } = this.editor;
    if (!form || !editable || !(id in model.nodes)) return;
    const address = urls.node.replace("TYPE", encodeURIComponent(model.nodes[id].type));
    const answer = await flowAsk(address, new FormData(form));
    if (!answer.ok) { this.editor.say(answer.data.title, "danger"); return; }
    if (!(id in model.nodes)) return;
    const { ui, ...fields } = answer.data;
    const before = model.nodes[id].ui ?? {};
    const { title, ...kept } = before;
    if (this.#shown === id) {
      this.#known = this.#contentOf({ ...fields, ui });
    }
    model.change((next) => { next.nodes[id] = { ...fields, ui: { ...kept, ...ui } }; }, { merge: `form/${id}` });
  }

  #rename(input) {
    const wanted = input.value.trim();
    const { model, cards } = this.editor;
    const from = this.#shown;
    if (wanted === from) return;
    if (!/^[A-Za-z0-9_-]{1,40}$/.test(wanted) || wanted in model.nodes) {
      this.editor.say(this.editor.texts.badId, "danger");
      input.value = from;
      return;
    }
    this.#shown = wanted;
    this.editor.renamed(from, wanted);
    model.rename(from, wanted, cards);
  }

  // Put what is wrong at the fields it is about; the rest above the form.
  problems() {
    const mine = this.editor.problems.filter((problem) => problem.node === this.#shown);
    this.root.querySelectorAll(".field-problems").forEach((place) => place.replaceChildren());
    this.root.querySelectorAll(".is-invalid").forEach((field) => field.classList.remove("is-invalid"));
    for (const problem of mine) {
      const field = this.root.querySelector(`[data-field="${CSS.escape(problem.field.split(".")[0])}"]`);
      const inside = problem.field.includes(".") ? `${problem.where}: ` : "";
      (field ?? this.root).querySelector(".field-problems")?.append(flowElement("div", "invalid-feedback d-block", inside + problem.text));
      field?.querySelector("select, input:not([type=hidden])")?.classList.add("is-invalid");
    }
  }

  focus(field = "") {
    const place = field ? this.root.querySelector(`[data-field="${CSS.escape(field.split(".")[0])}"]`) : this.root;
    place?.scrollIntoView({ block: "nearest" });
    (place ?? this.root).querySelector("select, input:not([type=hidden]):not([name=id])")?.focus();
  }
}

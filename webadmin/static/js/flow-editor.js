// The editor of an IVR flow: wires the document, the canvas, the panel and the telephone to try it on.
"use strict";

const FLOW_CHECK_MS = 150;
const FLOW_KEEP_MS = 800;

class FlowEditor {
  #checks = 0;
  #due = false;
  #timers = {};

  constructor(setup) {
    Object.assign(this, { urls: setup.urls, texts: setup.texts, editable: setup.editable, kept: `hotline.flow.${setup.code}` });
    flowAsk.trouble = this.texts.trouble;
    flowAsk.noticed = () => this.settle();
    this.root = document.getElementById("flow-editor");
    this.part = (name) => this.root.querySelector(`[data-part="${name}"]`);
    this.chosen = [];
    this.way = null;
    this.problems = [];
  }

  async start() {
    const answer = await flowAsk(this.urls.document);
    this.part("loading").hidden = true;
    if (!answer.ok) {
      this.part("failed").hidden = false;
      this.part("failed").querySelector("[data-why]").textContent = answer.data.title;
      return;
    }
    const { document: document_, places, cards, problems, version, newest, palette, width } = answer.data;
    for (const [id, place] of Object.entries(places)) document_.nodes[id].ui = { ...document_.nodes[id].ui, ...place };
    Object.assign(this, { cards, problems, version, base: newest, palette });
    this.blanks = Object.fromEntries(palette.flatMap((group) => group.types).map((type) => [type.type, type]));
    this.model = new FlowModel(document_, (what) => this.#changed(what));
    this.canvas = new FlowCanvas(this.part("canvas"), {
      editable: this.editable,
      width,
      acts: {
        moved: (moved) => this.model.place(moved),
        connected: (node, path, target) => this.model.connect(node, path, target),
        chosen: (ids, way) => this.choose(ids, way),
        opened: () => this.panel.focus(),
        drawn: () => this.minimap?.draw(),
      },
    });
    this.minimap = new FlowMinimap(this.part("minimap"), this.canvas);
    this.panel = new FlowPanel(this.part("form"), this);
    this.phone = new FlowPhone(this.part("phone"), this);
    new FlowCommands(this);
    this.draw();
    this.canvas.open(document_.start);
    this.#showProblems();
    this.choose([]);
    const asked = decodeURIComponent(window.location.hash.slice(1));
    if (asked in this.model.nodes) { this.choose([asked]); this.canvas.show(asked); }
    this.#offerKept();
    this.root.dataset.ready = "yes";
  }

  // The cards with the ways as the document has them now, before the server has looked at it again.
  #cardsNow() {
    const cards = {};
    for (const [id, node] of Object.entries(this.model.nodes)) {
      const card = this.cards[id] ?? { ...this.blanks[node.type].card, id };
      const ways = card.ways.map((way) => ({ ...way, target: flowAt(node, way.path) ?? "" }));
      cards[id] = { ...card, title: node.ui?.title ?? "", ways };
    }
    return cards;
  }

  draw() {
    const places = Object.fromEntries(Object.entries(this.model.nodes).map(([id, { ui }]) => [id, { x: ui?.x ?? 0, y: ui?.y ?? 0 }]));
    const counts = {};
    for (const { node } of this.problems) counts[node] = (counts[node] ?? 0) + 1;
    this.cards = this.#cardsNow();
    this.canvas.draw(this.cards, places, { start: this.model.document.start, problems: counts });
    this.part("empty").hidden = Object.keys(places).length > 0;
  }

  #changed(what) {
    this.chosen = this.chosen.filter((id) => id in this.model.nodes);
    this.draw();
    this.canvas.choose(this.chosen);
    this.#showState();
    this.#later("keep", FLOW_KEEP_MS, () => this.#keep());
    if (what === "place") return;
    this.#due = true;
    this.panel.sync();
    this.#later("check", FLOW_CHECK_MS, () => this.#check());
    this.settle();
  }

  // Says on the page whether all that was done has been read, checked and drawn.
  settle() {
    this.root.dataset.settled = this.#due || this.panel?.typing || flowAsk.open ? "no" : "yes";
  }

  #later(name, delay, work) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(work, delay);
  }

  async #check() {
    this.#due = false;
    const turn = ++this.#checks;
    const answer = await flowAsk(this.urls.check, { document: this.model.document });
    if (turn !== this.#checks) return;
    if (!answer.ok) { this.say(answer.data.title, "danger"); return; }
    this.cards = { ...answer.data.cards };
    this.problems = answer.data.problems;
    this.draw();
    this.canvas.choose(this.chosen);
    this.#showProblems();
    this.panel.problems();
  }

  #showProblems() {
    const list = this.part("problems");
    list.replaceChildren(...this.problems.map((problem) => {
      const row = flowElement("button", "list-group-item list-group-item-action");
      row.type = "button";
      const card = this.cards[problem.node];
      const name = card ? card.title || card.type_name : this.texts.whole;
      row.append(flowElement("strong", "", name));
      if (problem.node) row.append(" ", flowElement("span", "mono text-secondary", problem.node));
      if (problem.where) row.append(flowElement("div", "small text-secondary", problem.where));
      row.append(flowElement("div", "text-danger", problem.text));
      row.addEventListener("click", () => this.jump(problem));
      return row;
    }));
    this.part("no-problems").hidden = this.problems.length > 0;
    this.part("problem-count").textContent = this.problems.length || "";
    const check = this.part("check");
    check.textContent = this.problems.length ? this.texts.problems.replace("{n}", this.problems.length) : this.texts.fine;
    check.className = `badge ${this.problems.length ? "bg-red-lt" : "bg-green-lt"}`;
    this.#showState();
  }

  async jump({ node, field }) {
    if (!(node in this.model.nodes)) { this.choose([]); return; }
    await this.choose([node]);
    this.canvas.show(node);
    this.panel.focus(field);
  }

  // Choose nodes, or a way: the panel shows the one node, else the flow itself.
  async choose(ids, way = null) {
    this.chosen = ids;
    this.way = way;
    const one = ids.length === 1 ? ids[0] : "";
    this.part("about").hidden = one !== "";
    this.part("several").hidden = ids.length < 2;
    this.part("several").textContent = this.texts.several.replace("{n}", ids.length);
    this.canvas.choose(ids);
    if (way) this.canvas.lf.selectElementById(`${way.node}/${way.path.join(".")}`);
    if (one) this.tab("node");
    const card = this.cards[one];
    if (card) this.tell([card.title || card.type_name, one, this.texts.ways.replace("{n}", card.ways.filter((each) => each.target).length)].join(", "));
    this.#showState();
    await this.panel.show(one);
  }

  renamed(from, to) {
    this.chosen = this.chosen.map((id) => (id === from ? to : id));
  }

  tab(name) {
    for (const button of this.root.querySelectorAll("[data-tab]")) {
      const on = button.dataset.tab === name;
      button.classList.toggle("active", on);
      button.setAttribute("aria-selected", on);
      document.getElementById(button.getAttribute("aria-controls")).hidden = !on;
    }
  }

  #showState() {
    const { model } = this;
    this.part("dirty").hidden = !model.dirty;
    const enabled = {
      undo: model.canUndo,
      redo: model.canRedo,
      save: model.dirty,
      delete: this.chosen.length > 0 || this.way,
      copy: this.chosen.length > 0,
      publish: !this.problems.length,
    };
    for (const [name, on] of Object.entries(enabled)) {
      this.root.querySelectorAll(`[data-do="${name}"]`).forEach((button) => { button.disabled = !on; });
    }
  }

  // Something for people to read, gone by itself unless it is bad.
  say(text, kind = "success") {
    const note = flowElement("div", `alert alert-${kind} flow-note`, text);
    note.setAttribute("role", kind === "danger" ? "alert" : "status");
    this.part("notes").replaceChildren(note);
    setTimeout(() => note.remove(), kind === "danger" ? 12_000 : 5000);
  }

  tell(text) { this.part("spoken").textContent = text; }

  // --- saving

  async save({ base = this.base } = {}) {
    await this.panel.flush();
    const comment = this.part("comment").value;
    const answer = await flowAsk(this.urls.save, { document: this.model.document, base, comment });
    if (answer.ok) {
      this.version = answer.data.version;
      this.base = answer.data.version;
      this.part("comment").value = "";
      this.part("version").textContent = this.texts.version.replace("{n}", this.version);
      this.part("draft").hidden = false;
      this.root.querySelectorAll("[data-only-saved]").forEach((element) => { element.hidden = true; });
      this.model.markSaved();
      localStorage.removeItem(this.kept);
      this.#showState();
      this.say(this.texts.saved.replace("{n}", this.version));
      return true;
    }
    if (answer.status === 409) this.#stale(answer.data);
    else this.say(answer.data.title, "danger");
    return false;
  }

  // Somebody was first: nothing of ours is lost, and it is for the person to say what becomes of both.
  #stale({ newest, title }) {
    const dialog = document.getElementById("flow-stale");
    dialog.querySelector("[data-why]").textContent = title;
    dialog.querySelector("[data-compare]").href = this.urls.compare.replace("BEFORE", this.base).replace("AFTER", newest);
    const modal = openDialog(dialog);
    dialog.querySelector("[data-on-top]").onclick = () => { modal.hide(); this.save({ base: newest }); };
  }

  // What is not saved survives a closed window, in this browser.
  #keep() {
    if (!this.editable) return;
    if (this.model.dirty) localStorage.setItem(this.kept, JSON.stringify({ base: this.base, document: this.model.document }));
    else localStorage.removeItem(this.kept);
    this.root.dataset.kept = this.model.dirty ? "yes" : "no";
  }

  #offerKept() {
    if (!this.editable) return;
    const kept = JSON.parse(localStorage.getItem(this.kept) ?? "null");
    if (!kept) return;
    const offer = this.part("kept");
    offer.hidden = false;
    offer.querySelector("[data-restore]").onclick = () => {
      offer.hidden = true;
      this.base = kept.base;
      this.model.replace(kept.document);
    };
    offer.querySelector("[data-discard]").onclick = () => { offer.hidden = true; localStorage.removeItem(this.kept); };
  }

  // Before leaving: unsaved work is asked about by the browser.
  mayLeave() { return !this.editable || !this.model?.dirty; }
}

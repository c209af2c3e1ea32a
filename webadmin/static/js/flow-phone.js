// A call through the flow by clicking: keys of the caller, what else may happen, and the way lit on the canvas.
"use strict";

class FlowPhone {
  #state = "";
  #kind = "";
  #nodes = new Set();
  #ways = new Set();
  #busy = false;

  constructor(root, editor) {
    this.root = root;
    this.editor = editor;
    this.parts = Object.fromEntries([...root.querySelectorAll("[data-phone]")].map((part) => [part.dataset.phone, part]));
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.key) this.#press(button.dataset.key);
      else if (button.dataset.answer) this.#send({ answer: button.dataset.answer });
      else if (button === this.parts.call) this.begin();
      else if (button === this.parts.over) this.stop();
      else if (button === this.parts.done) this.#done();
      else if (button.matches("[data-add-fact]")) this.#factRow();
      else if (button.matches("[data-remove-fact]")) button.closest("[data-fact]").remove();
    });
    root.addEventListener("keydown", (event) => {
      if (event.target.closest("input, select") || !/^[0-9*#]$/.test(event.key)) return;
      event.preventDefault();
      this.#press(event.key);
    });
    this.parts.hours.addEventListener("change", () => this.#showWhen());
    this.#showWhen();
  }

  get running() { return this.#state !== ""; }

  #showWhen() { this.parts.at.hidden = this.parts.hours.value !== "calendar"; }

  #factRow() {
    const row = this.parts.fact.content.firstElementChild.cloneNode(true);
    this.parts.data.append(row);
    row.querySelector("input").focus();
  }

  #facts() {
    const { hours, at, caller, called, data } = this.parts;
    const rows = [...data.querySelectorAll("[data-fact]")].map((row) => [...row.querySelectorAll("input")].map((field) => field.value.trim()));
    return {
      hours: hours.value,
      at: hours.value === "calendar" ? at.querySelector("input").value : "",
      caller: caller.value,
      called: called.value,
      data: Object.fromEntries(rows.filter(([name]) => name)),
    };
  }

  begin() {
    this.#state = "";
    this.#nodes.clear();
    this.#ways.clear();
    this.parts.trail.replaceChildren();
    this.#send({});
  }

  stop() {
    this.#state = "";
    this.#nodes.clear();
    this.#ways.clear();
    this.parts.scene.hidden = true;
    this.parts.before.hidden = false;
    this.editor.canvas.light([], [], "");
    this.editor.draw();
  }

  #press(key) {
    if (this.#kind === "key") this.#send({ digits: key });
    else if (this.#kind === "digits") {
      this.parts.digits.textContent += key;
      if (key === "#" || key === "*") this.#done();
    }
  }

  #done() { if (this.parts.digits.textContent) this.#send({ digits: this.parts.digits.textContent }); }

  async #send(happened) {
    if (this.#busy) return;
    this.#busy = true;
    await this.editor.panel.flush();
    const { model, urls } = this.editor;
    const answer = await flowAsk(urls.simulate, { document: model.document, facts: this.#facts(), state: this.#state, kind: this.#kind, ...happened });
    this.#busy = false;
    if (!answer.ok) { this.editor.say(answer.data.title, "danger"); return; }
    this.#show(answer.data);
  }

  #show({ scene, state, node, inside, moves, data }) {
    this.#state = state;
    this.#kind = scene.kind;
    this.#walk(moves, node);
    this.parts.before.hidden = true;
    this.parts.scene.hidden = false;
    this.parts.title.textContent = scene.name;
    this.parts.node.textContent = inside || node;
    this.parts.heard.replaceChildren(...scene.heard.map((item) => this.#heard(item)));
    this.parts.facts.replaceChildren(...[...scene.facts, ...Object.entries(data)].flatMap(([name, value]) => [flowElement("dt", "", name), flowElement("dd", "", value)]));
    this.parts.digits.textContent = "";
    this.parts.keys.hidden = !["key", "digits"].includes(scene.kind);
    this.parts.entered.hidden = scene.kind !== "digits";
    this.parts.answers.replaceChildren(...scene.answers.map(([code, words]) => {
      const button = flowElement("button", "btn btn-outline-secondary btn-sm", words);
      button.type = "button";
      button.dataset.answer = code;
      return button;
    }));
    const next = this.parts.keys.hidden ? this.parts.answers.querySelector("button") : this.parts.keys.querySelector("button");
    (next ?? this.parts.call).focus({ preventScroll: true });
  }

  #heard({ prompt, text }) {
    const row = flowElement("div", "spoken");
    const listen = prompt && this.editor.urls.audio;
    if (listen) {
      const button = flowElement("button", "btn btn-icon btn-ghost-primary btn-listen");
      button.type = "button";
      button.dataset.audio = listen.replace("PROMPT", encodeURIComponent(prompt));
      button.setAttribute("aria-label", this.editor.texts.listen);
      button.append(flowElement("i", "bi bi-play-circle"));
      row.append(button);
    }
    if (prompt) row.append(flowElement("span", "mono", prompt), " ");
    row.append(flowElement("span", "text-secondary", text));
    return row;
  }

  // Light the nodes and ways that the call took, and the node where it is.
  #walk(moves, node) {
    const { cards, canvas } = this.editor;
    moves.forEach((move, index) => {
      const target = moves[index + 1]?.node ?? node;
      const ways = (cards[move.node]?.ways ?? []).filter((way) => way.target === target);
      const way = ways.find((one) => one.outcome === move.outcome) ?? ways[0];
      this.#nodes.add(move.node);
      if (way) this.#ways.add(`${move.node}/${way.path.join(".")}`);
      const step = flowElement("li", "");
      step.append(flowElement("span", "mono", move.node), " ", flowElement("span", "badge bg-secondary-lt", way?.label ?? move.outcome));
      this.parts.trail.append(step);
    });
    this.#nodes.add(node);
    canvas.light(this.#nodes, this.#ways, node);
    this.editor.draw();
    canvas.show(node);
  }
}

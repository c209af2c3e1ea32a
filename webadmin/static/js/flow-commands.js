// What people do in the flow editor by palette, buttons and keys.
"use strict";

const FLOW_CLIPBOARD = "hotline.flow.clipboard";

class FlowCommands {
  #pasted = 0;

  constructor(editor) {
    this.editor = editor;
    this.commands = {
      undo: () => editor.model.undo(),
      redo: () => editor.model.redo(),
      delete: () => this.#delete(),
      copy: () => this.#copy(),
      cut: () => { this.#copy(); this.#delete(); },
      paste: () => this.#paste(),
      all: () => editor.choose(Object.keys(editor.model.nodes)),
      save: () => { if (editor.model.dirty || editor.panel.root.contains(document.activeElement)) editor.save(); },
      layout: () => this.#layout(),
      fit: () => editor.canvas.fit(),
      larger: () => editor.canvas.lf.zoom(true),
      smaller: () => editor.canvas.lf.zoom(false),
      import: () => editor.part("file").click(),
      publish: () => this.#publish(),
      simulate: () => editor.tab("phone"),
    };
    editor.root.addEventListener("click", (event) => {
      const command = event.target.closest("[data-do]");
      if (command) { this.commands[command.dataset.do](); return; }
      const tab = event.target.closest("[data-tab]");
      if (tab) editor.tab(tab.dataset.tab);
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    window.addEventListener("beforeunload", (event) => { if (!editor.mayLeave()) event.preventDefault(); });
    editor.canvas.lf.on("graph:transform", () => this.#showZoom());
    this.#showZoom();
    if (!editor.editable) return;
    this.#makePalette();
    this.#makeRubberBand();
    editor.part("file").addEventListener("change", (event) => this.#import(event.target));
    editor.part("flow-name").addEventListener("input", (event) => {
      editor.model.change((next) => { next.name = event.target.value.trim(); }, { merge: "name" });
    });
    // The page is left on purpose: the version that is published is the saved one.
    document.getElementById("flow-publish")?.addEventListener("submit", async (event) => {
      if (!editor.model.dirty) return;
      event.preventDefault();
      if (await editor.save()) { event.target.elements.number.value = editor.version; event.target.submit(); }
      else tabler.Modal.getOrCreateInstance(document.getElementById("flow-publish-dialog")).hide();
    });
  }

  #showZoom() {
    this.editor.part("zoom").textContent = `${Math.round(this.editor.canvas.lf.getTransform().SCALE_X * 100)}%`;
  }

  // --- the palette: click or Enter adds beside the chosen node, dragging puts it where it is dropped

  #makePalette() {
    const { editor } = this;
    editor.part("palette").replaceChildren(...editor.palette.flatMap((group) => [
      flowElement("div", "flow-palette-group", group.name),
      ...group.types.map((type) => {
        const button = flowElement("button", "flow-palette-type");
        const icon = flowElement("span", `node-icon bg-${type.card.colour}-lt`);
        icon.append(flowElement("i", `bi bi-${type.card.icon}`));
        button.type = "button";
        button.title = type.does;
        button.dataset.type = type.type;
        button.append(icon, flowElement("span", "", type.card.type_name));
        button.addEventListener("click", () => this.#addBeside(type));
        button.addEventListener("pointerdown", (event) => this.#drag(event, button, type));
        return button;
      }),
    ]));
  }

  #addBeside(type) {
    const { editor } = this;
    const beside = editor.chosen.length === 1 ? editor.chosen[0] : "";
    const card = editor.cards[beside];
    let place = editor.canvas.middle();
    let from = null;
    if (card) {
      const { x, y } = editor.model.nodes[beside].ui;
      place = { x: x + editor.canvas.width + 90, y };
      // By keyboard a new node is connected at once: to the first way that must lead somewhere and does not.
      const loose = card.ways.find((way) => !way.target && way.required);
      if (loose) from = { node: beside, path: loose.path };
    }
    while (Object.values(editor.model.nodes).some(({ ui }) => Math.abs(ui.x - place.x) < 40 && Math.abs(ui.y - place.y) < 40)) place.y += 90;
    this.#add(type, place, from);
  }

  #add(type, place, from = null) {
    const { editor } = this;
    const id = editor.model.add(type.type, type.blank, place, from);
    editor.choose([id]);
    if (from) editor.canvas.show(id);
  }

  #drag(event, button, type) {
    if (event.button !== 0) return;
    const from = [event.clientX, event.clientY];
    let ghost = null;
    const move = (now) => {
      if (!ghost && Math.hypot(now.clientX - from[0], now.clientY - from[1]) < 6) return;
      if (!ghost) {
        ghost = button.cloneNode(true);
        ghost.classList.add("flow-ghost");
        document.body.append(ghost);
      }
      ghost.style.left = `${now.clientX - 20}px`;
      ghost.style.top = `${now.clientY - 18}px`;
    };
    const end = (last) => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
      document.removeEventListener("pointercancel", end);
      if (!ghost) return;
      ghost.remove();
      // A click follows only when the button is let go over itself; after a drag it is none.
      if (last.target.closest?.("[data-type]") === button) {
        button.addEventListener("click", (click) => click.stopImmediatePropagation(), { capture: true, once: true });
      }
      const box = this.editor.canvas.container.getBoundingClientRect();
      if (last.type === "pointerup" && last.clientX > box.left && last.clientX < box.right && last.clientY > box.top && last.clientY < box.bottom) {
        const { x, y } = this.editor.canvas.point(last.clientX, last.clientY);
        this.#add(type, { x: x - 20, y: y - 18 });
      }
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", end);
    document.addEventListener("pointercancel", end);
  }

  // With Shift, dragging over the empty canvas chooses what lies in the rectangle.
  #makeRubberBand() {
    const { container } = this.editor.canvas;
    container.addEventListener("pointerdown", (event) => this.#band(event, container), { capture: true });
  }

  #band(event, container) {
    if (!event.shiftKey || event.button !== 0 || event.target.closest(".lf-node, .lf-edge, .lf-anchor")) return;
    // LogicFlow would move the canvas.
    event.stopPropagation();
    const band = flowElement("div", "flow-band");
    container.append(band);
    const box = container.getBoundingClientRect();
    const [x, y] = [event.clientX, event.clientY];
    const move = (now) => {
      const [left, top] = [Math.min(x, now.clientX), Math.min(y, now.clientY)];
      Object.assign(band.style, {
        left: `${left - box.left}px`, top: `${top - box.top}px`,
        width: `${Math.abs(now.clientX - x)}px`, height: `${Math.abs(now.clientY - y)}px`,
      });
    };
    const end = (last) => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
      band.remove();
      this.editor.choose(this.editor.canvas.within(Math.min(x, last.clientX), Math.min(y, last.clientY), Math.max(x, last.clientX), Math.max(y, last.clientY)));
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", end);
  }

  // --- what is done to what is chosen

  #delete() {
    const { editor } = this;
    if (editor.way) {
      const { node, path } = editor.way;
      editor.way = null;
      editor.model.connect(node, path, "");
    } else if (editor.chosen.length) {
      const gone = editor.chosen;
      editor.choose([]);
      editor.model.remove(gone, editor.cards);
    }
  }

  #copy() {
    const { editor } = this;
    if (!editor.chosen.length) return;
    this.#pasted = 0;
    localStorage.setItem(FLOW_CLIPBOARD, JSON.stringify(editor.model.copy(editor.chosen, editor.cards)));
    editor.say(editor.texts.copied.replace("{n}", editor.chosen.length), "info");
  }

  #paste() {
    const { editor } = this;
    const copied = JSON.parse(localStorage.getItem(FLOW_CLIPBOARD) ?? "[]").filter(({ node }) => node.type in editor.blanks);
    if (!copied.length) return;
    this.#pasted += 1;
    editor.choose(editor.model.paste(copied, 40 * this.#pasted));
  }

  async #layout() {
    const { editor } = this;
    await editor.panel.flush();
    const answer = await flowAsk(editor.urls.layout, { document: editor.model.document });
    if (!answer.ok) { editor.say(answer.data.title, "danger"); return; }
    editor.model.place(answer.data.places);
    editor.canvas.fit();
  }

  async #import(input) {
    const { editor } = this;
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    const answer = await flowAsk(editor.urls.import, { text: await file.text() });
    if (!answer.ok) {
      const [first] = answer.data.mistakes ?? [];
      editor.say(first ? editor.texts.badFile.replace("{line}", first.line).replace("{what}", `${first.where} ${first.what}`) : answer.data.title, "danger");
      return;
    }
    const { document: document_, places } = answer.data;
    for (const [id, place] of Object.entries(places)) document_.nodes[id].ui = { ...document_.nodes[id].ui, ...place };
    editor.choose([]);
    editor.model.replace(document_);
    editor.part("flow-name").value = document_.name;
    editor.canvas.fit();
    editor.say(editor.texts.imported, "info");
  }

  #publish() {
    const dialog = document.getElementById("flow-publish-dialog");
    dialog.querySelector("[name=number]").value = this.editor.version;
    dialog.querySelector("[data-unsaved]").hidden = !this.editor.model.dirty;
    openDialog(dialog);
  }

  // --- keys

  #key(event) {
    const { editor } = this;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "s") {
      event.preventDefault();
      if (editor.editable) this.commands.save();
      return;
    }
    if (event.target.closest("input, select, textarea, .modal")) return;
    const onCanvas = event.target.closest("[data-part=canvas]");
    if (onCanvas && this.#walk(event)) { event.preventDefault(); return; }
    if (!editor.editable) return;
    const key = event.key.toLowerCase();
    const known = command
      ? { z: event.shiftKey ? "redo" : "undo", y: "redo", c: "copy", x: "cut", v: "paste", a: "all" }[key]
      : { delete: "delete", backspace: "delete" }[key];
    // Text that somebody marked to copy is not ours.
    if (!known || (known === "copy" && getSelection().toString())) return;
    event.preventDefault();
    this.commands[known]();
  }

  // Keys while the canvas has the focus: from node to node, moving what is chosen, zooming.
  #walk(event) {
    const { editor } = this;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step && !event.ctrlKey) {
      if (!editor.editable || !editor.chosen.length) return false;
      const far = FLOW_GRID * (event.shiftKey ? 5 : 1);
      const places = Object.fromEntries(editor.chosen.map((id) => {
        const { x, y } = editor.model.nodes[id].ui;
        return [id, { x: x + step[0] * far, y: y + step[1] * far }];
      }));
      editor.model.place(places, `arrows/${editor.chosen.join()}`);
      return true;
    }
    if (event.key === "Tab") return this.#nextNode(event.shiftKey ? -1 : 1);
    if (event.key === "Enter") { editor.panel.focus(); return editor.chosen.length === 1; }
    if (event.key === "Escape") { editor.choose([]); return true; }
    if (event.key === "+" || event.key === "=") { this.commands.larger(); return true; }
    if (event.key === "-") { this.commands.smaller(); return true; }
    if (event.key === "0") { this.commands.fit(); return true; }
    return false;
  }

  // Past the last node Tab leaves the canvas, as everywhere.
  #nextNode(by) {
    const { editor } = this;
    const ids = Object.keys(editor.model.nodes);
    const here = editor.chosen.length === 1 ? ids.indexOf(editor.chosen[0]) : by > 0 ? -1 : ids.length;
    const next = ids[here + by];
    if (next === undefined) { editor.choose([]); return false; }
    editor.choose([next]);
    editor.canvas.show(next);
    return true;
  }
}

new FlowEditor(JSON.parse(document.getElementById("flow-setup").textContent)).start();

// A flow while it is edited: its document, what can be undone, and the changes that people make to it.
"use strict";

const FLOW_GRID = 10;
const FLOW_MOST_UNDO = 200;

const flowAt = (value, path) => path.reduce((inside, key) => inside?.[key], value);

function flowPut(value, path, last) {
  let inside = value;
  for (const key of path.slice(0, -1)) inside = inside[key];
  inside[path.at(-1)] = last;
}

class FlowModel {
  #past = [];
  #future = [];
  #saved = "";
  #merging = "";

  // *changed* is called after every change of the document with what changed: "place" needs no new check.
  constructor(document_, changed) {
    this.document = document_;
    this.changed = changed;
    this.markSaved();
  }

  get dirty() { return JSON.stringify(this.document) !== this.#saved; }
  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }
  get nodes() { return this.document.nodes; }

  markSaved() { this.#saved = JSON.stringify(this.document); }

  // Let *work* change a copy of the document. Changes in a row with the same *merge* are undone together.
  change(work, { what = "content", merge = "" } = {}) {
    const next = structuredClone(this.document);
    work(next);
    if (JSON.stringify(next) === JSON.stringify(this.document)) return false;
    if (!merge || merge !== this.#merging) this.#past.push(this.document);
    if (this.#past.length > FLOW_MOST_UNDO) this.#past.shift();
    this.#merging = merge;
    this.#future = [];
    this.document = next;
    this.changed(what);
    return true;
  }

  replace(document_) { this.change((next) => Object.assign(next, structuredClone(document_))); }

  undo() { this.#travel(this.#past, this.#future); }
  redo() { this.#travel(this.#future, this.#past); }

  #travel(from, to) {
    if (!from.length) return;
    to.push(this.document);
    this.document = from.pop();
    this.#merging = "";
    this.changed("content");
  }

  freeId(wanted) {
    const stem = wanted.replace(/_\d+$/, "");
    if (!(wanted in this.nodes)) return wanted;
    let number = 2;
    while (`${stem}_${number}` in this.nodes) number += 1;
    return `${stem}_${number}`;
  }

  // Add a node of a blank document at a place (its left upper corner); with *from*, let that way lead to it.
  add(type, blank, place, from = null) {
    const id = this.freeId(type);
    this.change((next) => {
      next.nodes[id] = { ...structuredClone(blank), ui: { ...blank.ui, ...flowRounded(place) } };
      if (from) flowPut(next.nodes[from.node], from.path, id);
      if (!(next.start in next.nodes)) next.start = id;
    });
    return id;
  }

  connect(node, path, target) {
    return this.change((next) => flowPut(next.nodes[node], path, target));
  }

  // Remove nodes; the ways that led to them lead nowhere then. *cards* say where the document holds ways.
  remove(ids, cards) {
    const gone = new Set(ids);
    this.change((next) => {
      for (const id of gone) delete next.nodes[id];
      for (const [id, node] of Object.entries(next.nodes)) {
        for (const way of cards[id]?.ways ?? []) {
          if (!way.spare && gone.has(flowAt(node, way.path))) flowPut(node, way.path, "");
        }
      }
      if (gone.has(next.start)) next.start = Object.keys(next.nodes)[0] ?? "";
    });
  }

  rename(from, to, cards) {
    if (from === to || to in this.nodes) return false;
    return this.change((next) => {
      next.nodes = Object.fromEntries(Object.entries(next.nodes).map(([id, node]) => [id === from ? to : id, node]));
      for (const [id, node] of Object.entries(next.nodes)) {
        for (const way of cards[id === to ? from : id]?.ways ?? []) {
          if (!way.spare && flowAt(node, way.path) === from) flowPut(node, way.path, to);
        }
      }
      if (next.start === from) next.start = to;
    });
  }

  place(places, merge = "") {
    return this.change((next) => {
      for (const [id, place] of Object.entries(places)) next.nodes[id].ui = { ...next.nodes[id].ui, ...flowRounded(place) };
    }, { what: "place", merge });
  }

  // What paste needs to know of nodes: their documents, and where those hold ways.
  copy(ids, cards) {
    return ids.map((id) => ({
      id,
      node: structuredClone(this.nodes[id]),
      ways: (cards[id]?.ways ?? []).filter((way) => !way.spare).map((way) => way.path),
    }));
  }

  // Add copied nodes aside. Ways among them lead to the copies; what is not in this flow is let go.
  paste(copied, offset) {
    const ids = new Map();
    this.change((next) => {
      for (const { id, node } of copied) {
        let fresh = this.freeId(id);
        for (let number = 2; fresh in next.nodes; number += 1) fresh = `${id.replace(/_\d+$/, "")}_${number}`;
        ids.set(id, fresh);
        const ui = node.ui ?? {};
        const place = flowRounded({ x: (ui.x ?? 0) + offset, y: (ui.y ?? 0) + offset });
        next.nodes[fresh] = { ...structuredClone(node), ui: { ...ui, ...place } };
      }
      for (const { id, ways } of copied) {
        const node = next.nodes[ids.get(id)];
        for (const path of ways) {
          const target = flowAt(node, path);
          flowPut(node, path, ids.get(target) ?? (target in next.nodes ? target : ""));
        }
      }
    });
    return [...ids.values()];
  }
}

function flowRounded({ x, y }) {
  return { x: Math.round(x / FLOW_GRID) * FLOW_GRID, y: Math.round(y / FLOW_GRID) * FLOW_GRID };
}

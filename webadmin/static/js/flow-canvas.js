// The canvas on which a flow is drawn: LogicFlow with our cards. It shows a document and says what people did;
// the document itself is changed elsewhere, and the canvas drawn again.
"use strict";

const FLOW_COLOURS = { plain: "#9fb2c8", lit: "#2f9e44", chosen: "#0b5cab", added: "#2f9e44", removed: "#d63939", changed: "#f59f00" };
// Smaller than this nobody reads what the cards say.
const FLOW_READABLE = 0.65;

const flowElement = (tag, className, text = "") => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
};

class FlowCardModel extends Core.HtmlNodeModel {
  setAttributes() {
    this.width = this.properties.width;
    this.height = this.properties.card.height;
    this.text.editable = false;
    this.text.draggable = false;
  }

  getDefaultAnchor() {
    const { x, y, width, height, id } = this;
    const { card, editable } = this.properties;
    const entrance = { id: `${id}/in`, type: "in", x: x - width / 2, y: y - height / 2 + 27, edgeAddable: false };
    const ways = card.ways.map((way) => ({
      id: `${id}/out/${way.path.join(".")}`,
      type: "out",
      path: way.path,
      x: x + width / 2,
      y: y - height / 2 + way.y,
      edgeAddable: editable,
    }));
    return [entrance, ...ways];
  }

  // Wherever on a card a way is dropped, it leads in at the entrance.
  getTargetAnchor() { return { index: 0, anchor: this.anchors[0] }; }

  getConnectedSourceRules() {
    return [{ message: "", validate: (_source, _target, from) => from.type === "out" }];
  }

  getAnchorLineStyle(anchor) { return { ...super.getAnchorLineStyle(anchor), stroke: FLOW_COLOURS.chosen, strokeWidth: 2 }; }
  getOutlineStyle() { return { ...super.getOutlineStyle(), stroke: "none", hover: { stroke: "none" } }; }
}

class FlowCardView extends Core.HtmlNode {
  // A way is taken hold of anywhere at the end of its row; the entrance is only dropped on.
  getAnchorShape({ x, y, type }) {
    if (type === "in") return Core.h("g", {});
    return Core.h("g", { className: "flow-hold" }, [
      Core.h("rect", { x: x - 26, y: y - 11, width: 38, height: 22, fill: "transparent" }),
      Core.h("circle", { cx: x, cy: y, r: 5.5, fill: "#fff", stroke: FLOW_COLOURS.chosen, strokeWidth: 1.5 }),
    ]);
  }

  setHtml(root) {
    const { card, isStart, problems, mark, lit, here } = this.props.model.properties;
    const box = flowElement("div", "flow-card");
    box.classList.toggle("is-start", isStart);
    box.classList.toggle("is-broken", problems > 0);
    box.classList.toggle("is-lit", Boolean(lit));
    box.classList.toggle("is-here", Boolean(here));
    if (mark) box.classList.add(`is-${mark}`);
    box.dataset.node = card.id;
    const head = flowElement("div", "flow-card-head");
    const icon = flowElement("span", `node-icon bg-${card.colour}-lt`);
    icon.append(flowElement("i", `bi bi-${card.icon}`));
    const words = flowElement("div", "flow-card-words");
    words.append(flowElement("div", "flow-card-title", card.title || card.type_name));
    words.append(flowElement("div", "flow-card-detail", card.detail || card.id));
    head.append(icon, words);
    if (isStart) head.append(flowElement("i", "bi bi-play-fill flow-card-start"));
    if (problems) head.append(flowElement("span", "flow-card-problems", String(problems)));
    box.append(head);
    for (const way of card.ways.filter((each) => !each.gone)) {
      const row = flowElement("div", "flow-way", way.label);
      row.classList.toggle("is-spare", way.spare);
      row.classList.toggle("is-loose", !way.target && way.required);
      row.classList.toggle("is-free", !way.target && !way.required);
      row.dataset.way = way.path.join(".");
      row.dataset.target = way.target;
      row.append(flowElement("span", "flow-way-end"));
      box.append(row);
    }
    root.replaceChildren(box);
  }
}

class FlowWayModel extends Core.BezierEdgeModel {
  getEdgeStyle() {
    const style = super.getEdgeStyle();
    const { mark, lit } = this.properties;
    style.stroke = this.isSelected || this.isHovered ? FLOW_COLOURS.chosen : FLOW_COLOURS[mark ?? (lit ? "lit" : "plain")];
    style.strokeWidth = this.isSelected || lit || mark ? 2.5 : 1.5;
    style.strokeDasharray = mark === "removed" ? "6 4" : "";
    return style;
  }
  getOutlineStyle() { return { ...super.getOutlineStyle(), stroke: "none", hover: { stroke: "none" } }; }
}

class FlowCanvas {
  #known = new Map();

  // *acts*: moved(places), connected(node, path, target), chosen(nodes, way), opened(node).
  constructor(container, { editable, width, acts = {} }) {
    this.container = container;
    this.editable = editable;
    this.width = width;
    this.acts = acts;
    this.lit = { nodes: new Set(), ways: new Set(), here: "" };
    this.chosen = [];
    this.drawing = false;
    this.lf = new Core.LogicFlow({
      container,
      grid: { size: FLOW_GRID, visible: true, type: "dot", config: { color: "#d8e0ea", thickness: 1 } },
      background: { backgroundColor: "#f8fafc" },
      history: false,
      keyboard: { enabled: false },
      textEdit: false,
      adjustEdge: false,
      hideAnchors: !editable,
      adjustNodePosition: editable,
      multipleSelectKey: "shift",
      edgeSelectedOutline: false,
      nodeSelectedOutline: false,
      snapline: editable,
      style: { snapline: { stroke: FLOW_COLOURS.chosen } },
    });
    this.lf.register({ type: "card", view: FlowCardView, model: FlowCardModel });
    this.lf.register({ type: "way", view: Core.BezierEdge, model: FlowWayModel });
    this.lf.render({ nodes: [], edges: [] });
    this.#listen();
    new ResizeObserver(() => this.lf.resize(container.clientWidth, container.clientHeight)).observe(container);
  }

  #listen() {
    const chosen = () => {
      const { nodes, edges } = this.lf.getSelectElements(true);
      this.acts.chosen?.(nodes.map((node) => node.id), edges[0]?.properties.way ?? null);
    };
    for (const name of ["node:click", "edge:click", "blank:click"]) this.lf.on(name, chosen);
    this.lf.on("node:dbclick", ({ data }) => this.acts.opened?.(data.id));
    for (const name of ["node:drop", "selection:drop"]) this.lf.on(name, () => this.#report());
    // A card that a way is drawn from is selected meanwhile: else LogicFlow takes its dots away, with the drag, as soon as
    // the mouse has left it.
    this.lf.on("anchor:mousedown", ({ nodeModel }) => {
      this.drawing = true;
      nodeModel.setSelected(true);
      // LogicFlow keeps the event from bubbling; it is to be done with its own work first.
      const over = () => setTimeout(() => { this.drawing = false; this.choose(this.chosen); });
      window.addEventListener("pointerup", over, { once: true, capture: true });
    });
    this.lf.on("anchor:drop", ({ edgeModel }) => {
      const { sourceNodeId, sourceAnchorId, targetNodeId, id } = edgeModel;
      this.lf.deleteEdge(id);
      this.acts.connected?.(sourceNodeId, sourceAnchorId.split("/out/")[1].split("."), targetNodeId);
    });
  }

  #report() {
    const moved = {};
    for (const model of this.lf.graphModel.nodes) {
      const place = { x: model.x - model.width / 2, y: model.y - model.height / 2 };
      const known = this.places[model.id];
      if (known && (place.x !== known.x || place.y !== known.y)) moved[model.id] = place;
    }
    if (Object.keys(moved).length) this.acts.moved?.(moved);
  }

  // Show the cards at their places. *marks*: node or "node/way" -> added, removed or changed.
  draw(cards, places, { start = "", problems = {}, marks = {} } = {}) {
    this.places = places;
    this.cards = cards;
    const graph = this.lf.graphModel;
    for (const model of [...graph.nodes]) if (!(model.id in cards)) this.lf.deleteNode(model.id);
    for (const [id, card] of Object.entries(cards)) {
      const properties = {
        card,
        width: this.width,
        editable: this.editable,
        isStart: id === start,
        problems: problems[id] ?? 0,
        mark: marks[id] ?? "",
        lit: this.lit.nodes.has(id),
        here: this.lit.here === id,
      };
      const x = places[id].x + this.width / 2;
      const y = places[id].y + card.height / 2;
      const model = this.lf.getNodeModelById(id);
      if (!model) {
        this.#differs(id, properties);
        this.lf.addNode({ id, type: "card", x, y, properties });
      } else {
        if (this.#differs(id, properties)) {
          model.setProperties(properties);
          model.setAttributes();
        }
        if (model.x !== x || model.y !== y) model.moveTo(x, y);
      }
    }
    this.#drawWays(cards, marks);
    this.acts.drawn?.();
  }

  #drawWays(cards, marks) {
    const wanted = new Map();
    for (const [id, card] of Object.entries(cards)) {
      for (const way of card.ways) {
        if (way.target in cards) wanted.set(`${id}/${way.path.join(".")}`, { node: id, way });
      }
    }
    for (const model of [...this.lf.graphModel.edges]) {
      const now = wanted.get(model.id);
      const same = now && model.targetNodeId === now.way.target;
      if (!same || this.#moved(model, now)) this.lf.deleteEdge(model.id);
    }
    for (const [id, { node, way }] of wanted) {
      const properties = { way: { node, path: way.path }, mark: marks[id] || null, lit: this.lit.ways.has(id) };
      const model = this.lf.getEdgeModelById(id);
      if (model) {
        if (this.#differs(id, properties)) model.setProperties(properties);
        continue;
      }
      this.#differs(id, properties);
      this.lf.addEdge({
        id,
        type: "way",
        sourceNodeId: node,
        targetNodeId: way.target,
        sourceAnchorId: `${node}/out/${way.path.join(".")}`,
        targetAnchorId: `${way.target}/in`,
        properties,
      });
    }
  }

  // Whether an element is shown with other properties until now. What LogicFlow keeps is observed and slow to read.
  #differs(id, properties) {
    const text = JSON.stringify(properties);
    if (this.#known.get(id) === text) return false;
    this.#known.set(id, text);
    return true;
  }

  // Whether an edge does not begin or end where its cards are now: a row may have moved within its card.
  #moved(edge, { node, way }) {
    const from = this.lf.getNodeModelById(node).getAnchorInfo(`${node}/out/${way.path.join(".")}`);
    const to = this.lf.getNodeModelById(way.target).anchors[0];
    const apart = (point, anchor) => Math.abs(point.x - anchor.x) > 0.5 || Math.abs(point.y - anchor.y) > 0.5;
    return !from || apart(edge.startPoint, from) || apart(edge.endPoint, to);
  }

  light(nodes, ways, here) { this.lit = { nodes: new Set(nodes), ways: new Set(ways), here }; }

  choose(ids) {
    this.chosen = ids;
    if (this.drawing) return;
    this.lf.clearSelectElements();
    ids.forEach((id) => this.lf.selectElementById(id, true, false));
  }

  // The nodes in a rectangle of the page.
  within(left, top, right, bottom) {
    const a = this.lf.getPointByClient(left, top).canvasOverlayPosition;
    const b = this.lf.getPointByClient(right, bottom).canvasOverlayPosition;
    return this.lf.graphModel.nodes
      .filter((node) => node.x + node.width / 2 > a.x && node.x - node.width / 2 < b.x && node.y + node.height / 2 > a.y && node.y - node.height / 2 < b.y)
      .map((node) => node.id);
  }

  point(clientX, clientY) { return this.lf.getPointByClient(clientX, clientY).canvasOverlayPosition; }

  middle() {
    const box = this.container.getBoundingClientRect();
    return this.point(box.left + box.width / 2, box.top + box.height / 2);
  }

  show(id) { this.lf.focusOn({ id }); }

  // Zoom so that everything is seen, but not larger than life.
  fit() {
    if (!this.lf.graphModel.nodes.length) return;
    this.lf.fitView(40, 40);
    const { SCALE_X } = this.lf.getTransform();
    if (SCALE_X > 1) { this.lf.resetZoom(); this.lf.translateCenter(); }
  }

  // Everything, if it can be read then; else the beginning.
  open(start) {
    this.fit();
    const node = this.lf.getNodeModelById(start);
    if (!node || this.lf.getTransform().SCALE_X >= FLOW_READABLE) return;
    this.lf.resetZoom();
    this.lf.zoom(FLOW_READABLE, [0, 0]);
    const { TRANSLATE_X, TRANSLATE_Y } = this.lf.getTransform();
    const left = (node.x - node.width / 2) * FLOW_READABLE + TRANSLATE_X;
    this.lf.translate(30 - left, this.container.clientHeight / 2 - node.y * FLOW_READABLE - TRANSLATE_Y);
  }
}

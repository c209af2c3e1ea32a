// The whole flow in a corner of the canvas; a click or drag goes there.
"use strict";

class FlowMinimap {
  constructor(container, canvas) {
    this.canvas = canvas;
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("aria-hidden", "true");
    container.replaceChildren(this.svg);
    canvas.lf.on("graph:transform", () => this.draw());
    canvas.lf.on("node:drag", () => this.draw());
    const go = (event) => {
      const box = this.svg.getBoundingClientRect();
      const [x, y, width, height] = this.area;
      // The drawing is centred in the corner, with the same scale in both directions.
      const scale = Math.min(box.width / width, box.height / height);
      const coordinate = {
        x: x + (event.clientX - box.left - (box.width - width * scale) / 2) / scale,
        y: y + (event.clientY - box.top - (box.height - height * scale) / 2) / scale,
      };
      canvas.lf.focusOn({ coordinate });
    };
    this.svg.addEventListener("pointerdown", (event) => { this.svg.setPointerCapture(event.pointerId); go(event); });
    this.svg.addEventListener("pointermove", (event) => { if (event.buttons) go(event); });
  }

  draw() {
    const { nodes } = this.canvas.lf.graphModel;
    const { SCALE_X, TRANSLATE_X, TRANSLATE_Y } = this.canvas.lf.getTransform();
    const { clientWidth, clientHeight } = this.canvas.container;
    const view = [-TRANSLATE_X / SCALE_X, -TRANSLATE_Y / SCALE_X, clientWidth / SCALE_X, clientHeight / SCALE_X];
    const boxes = nodes.map((node) => [node.x - node.width / 2, node.y - node.height / 2, node.width, node.height]);
    const all = [view, ...boxes];
    const left = Math.min(...all.map(([x]) => x));
    const top = Math.min(...all.map(([, y]) => y));
    const right = Math.max(...all.map(([x, , width]) => x + width));
    const bottom = Math.max(...all.map(([, y, , height]) => y + height));
    this.area = [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
    this.svg.setAttribute("viewBox", this.area.join(" "));
    const rect = ([x, y, width, height], className) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      Object.entries({ x, y, width, height, class: className }).forEach(([name, value]) => made.setAttribute(name, value));
      return made;
    };
    this.svg.replaceChildren(...boxes.map((box) => rect(box, "minimap-node")), rect(view, "minimap-view"));
  }
}

// Two versions of a flow on one canvas, beside the table of what changed: each leads to the other.
"use strict";

(async () => {
  const root = document.getElementById("flow-compare");
  flowAsk.trouble = root.dataset.trouble;
  const answer = await flowAsk(root.dataset.drawing);
  if (!answer.ok) { root.replaceChildren(flowElement("div", "alert alert-danger m-3", answer.data.title)); return; }
  const { cards, places, marks, start, width } = answer.data;
  const goTo = (node) => {
    const rows = document.getElementById(`change-${node}`);
    document.querySelectorAll(".compare .is-chosen").forEach((other) => other.classList.remove("is-chosen"));
    rows?.classList.add("is-chosen");
    rows?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  const canvas = new FlowCanvas(root.querySelector(".flow-canvas"), { editable: false, width, acts: { chosen: ([node]) => { if (node) goTo(node); } } });
  canvas.draw(cards, places, { start, marks });
  canvas.fit();
  document.querySelector(".compare").addEventListener("click", (event) => {
    const { node } = event.target.closest("tbody")?.dataset ?? {};
    if (!(node in cards)) return;
    canvas.choose([node]);
    canvas.show(node);
    goTo(node);
  });
  root.dataset.ready = "yes";
})();

// The matrix of agents and skills: moving between cells by keyboard, marking what has changed, ticking all.
"use strict";

(() => {
  const table = document.querySelector("[data-matrix]");
  if (!table) return;
  const cells = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("td.cell input")]);
  const place = (input) => {
    const row = cells.findIndex((one) => one.includes(input));
    return [row, row < 0 ? -1 : cells[row].indexOf(input)];
  };
  // Rows that may not be changed have no inputs and are passed over.
  const move = (row, column, down, right) => {
    let next = row + down;
    while (cells[next] && cells[next].length === 0) next += down || 1;
    const target = cells[next]?.[column + right];
    if (target) { target.focus(); target.select(); }
  };
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Enter: [1, 0] };

  table.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    const [row, column] = place(event.target);
    if (!step || row < 0) return;
    event.preventDefault();
    move(row, column, ...step);
  });
  table.addEventListener("focusin", (event) => { if (place(event.target)[0] >= 0) event.target.select(); });
  table.addEventListener("input", (event) => event.target.classList.toggle("is-changed", event.target.value !== event.target.defaultValue));
  table.querySelector("[data-tick-all]")?.addEventListener("change", (event) => {
    for (const box of table.querySelectorAll('tbody input[type="checkbox"]:not(:disabled)')) box.checked = event.target.checked;
  });
})();

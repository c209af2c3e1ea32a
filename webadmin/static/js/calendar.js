// The year at a glance by keyboard: one stop for the tab key, arrow keys from day to day and week to week, Page Up and
// Page Down by thirty days.
"use strict";

(() => {
  const days = [...document.querySelectorAll("[data-year] a[data-day]")];
  if (!days.length) return;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, PageUp: -30, PageDown: 30, Home: -366, End: 366 };
  const first = days.find((day) => day.matches(".is-asked")) ?? days.find((day) => day.matches(".is-today")) ?? days[0];
  for (const day of days) day.tabIndex = day === first ? 0 : -1;

  document.querySelector("[data-year]").addEventListener("keydown", (event) => {
    const at = days.indexOf(event.target);
    const step = steps[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    const next = days[Math.min(days.length - 1, Math.max(0, at + step))];
    days[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
})();

// The editor of rule tables. The table is a document in memory; every change draws it anew and puts it into the form.
"use strict";

const place = document.getElementById("rules");
const sent = document.getElementById("table");
const known = JSON.parse(place.dataset.catalogue);
const table = JSON.parse(place.dataset.content);
const editable = place.dataset.editable === "1";
const facts = new Map(known.facts.map((fact) => [fact.name, fact]));
let mistakes = JSON.parse(place.dataset.mistakes);
table.rows ||= [];

// --- elements ----------------------------------------------------------------------------------------------------

function make(tag, className, attributes = {}, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function select(choices, value, label, change, bad = false) {
  const listed = choices.some((choice) => choice.name === value) ? choices : [{ name: value, label: value }, ...choices];
  const element = make("select", `form-select form-select-sm${bad ? " is-invalid" : ""}`, { "aria-label": label, disabled: !editable },
    ...listed.map((choice) => {
      const option = make("option", "", { value: choice.name }, choice.label);
      option.selected = choice.name === value;
      return option;
    }));
  element.addEventListener("change", () => change(element.value));
  return element;
}

function input(value, label, change, more = {}, bad = false) {
  const element = make("input", `form-control form-control-sm${bad ? " is-invalid" : ""}`, { "aria-label": label, autocomplete: "off", disabled: !editable, ...more });
  element.value = value ?? "";
  element.addEventListener("input", () => { change(element.value); store(); });
  return element;
}

function button(icon, label, act, disabled = false) {
  const element = make("button", "btn btn-icon btn-sm btn-ghost-secondary", { type: "button", title: label, "aria-label": label, disabled });
  element.append(make("i", `bi bi-${icon}`, { "aria-hidden": "true" }));
  element.addEventListener("click", act);
  return element;
}

// --- one rule ----------------------------------------------------------------------------------------------------

function wrong(row, condition, field) {
  return mistakes.some((m) => m.line === row + 1 && m.condition === condition && m.field === field);
}

function changed(act) {
  return (value) => { act(value); draw(); };
}

function condition(rule, row, one, at) {
  const fact = facts.get(one.field) || { kind: "text", of: "" };
  const operators = known.operators[fact.kind];
  const operator = operators.find((candidate) => candidate.name === one.operator);
  const bad = (field) => wrong(row, at + 1, field);
  const parts = [
    select(known.facts, one.field, known.texts.fact, changed((value) => pick(one, value)), bad("field")),
  ];
  if (fact.of === "data") parts.push(input(one.of, known.texts.datum, (value) => { one.of = value; }, { placeholder: known.texts.datum, maxlength: 40 }, bad("of")));
  else if (fact.of) parts.push(select(known[`${fact.of}s`], one.of, known.texts.which, changed((value) => { one.of = value; }), bad("of")));
  parts.push(select(operators, one.operator, known.texts.comparison, changed((value) => { one.operator = value; clean(one); }), bad("operator")));
  if (!operator || operator.value) {
    parts.push(input(one.value, known.texts.value, (value) => { one.value = value; }, { placeholder: known.examples[fact.kind], maxlength: 500 }, bad("value")));
  }
  if (editable) parts.push(button("x-lg", known.texts.remove, () => { rule.conditions.splice(at, 1); draw(); }));
  return make("div", "rule-condition", {}, ...parts);
}

function pick(one, name) {
  const fact = facts.get(name);
  const same = facts.get(one.field)?.kind === fact.kind;
  one.field = name;
  one.of = fact.of && fact.of !== "data" ? known[`${fact.of}s`][0]?.name || "" : "";
  if (!same) {
    one.operator = known.operators[fact.kind][0].name;
    one.value = "";
  }
  clean(one);
}

function clean(one) {
  const fact = facts.get(one.field);
  const operator = known.operators[fact.kind].find((candidate) => candidate.name === one.operator);
  if (operator && !operator.value) one.value = "";
}

function target(rule, row) {
  const [kind, ...rest] = rule.target.split(":");
  const name = rest.join(":");
  const bad = wrong(row, 0, "target");
  const parts = [select(known.targets, kind, known.texts.target, changed((value) => {
    const first = known[`${value}s`]?.[0]?.name ?? "";
    rule.target = value ? `${value}:${first}` : "";
  }), bad)];
  const put = (value) => { rule.target = `${kind}:${value}`; };
  if (known[`${kind}s`]) parts.push(select(known[`${kind}s`], name, known.texts.which, changed(put), bad));
  else if (kind) parts.push(input(name, known.texts.name, put, { maxlength: 40, placeholder: kind === "number" ? "02112366" : "night" }, bad));
  parts.push(make("label", "rule-priority", {}, known.texts.priority, input(rule.priority, known.texts.priority, (value) => {
    rule.priority = value === "" ? null : Number.parseInt(value, 10);
  }, { type: "number", min: 0, max: 100, placeholder: known.texts.own }, wrong(row, 0, "priority"))));
  return make("div", "rule-target", {}, make("i", "bi bi-arrow-return-right text-secondary", { "aria-hidden": "true" }), ...parts);
}

function move(from, to) {
  const [rule] = table.rows.splice(from, 1);
  table.rows.splice(to, 0, rule);
  // The problems are of the places before.
  mistakes = [];
  draw();
  place.children[to].querySelector("button")?.focus();
}

function drawRule(rule, row) {
  const active = make("input", "form-check-input", { type: "checkbox", "aria-label": known.texts.active, disabled: !editable });
  active.checked = rule.active;
  active.addEventListener("change", () => { rule.active = active.checked; draw(); });
  const head = make("div", "rule-head", {},
    make("span", "rule-number", {}, String(row + 1)),
    make("label", "form-check form-switch m-0", { title: known.texts.active }, active),
    input(rule.note, known.texts.note, (value) => { rule.note = value; }, { placeholder: known.texts.note, maxlength: 100 }));
  if (editable) {
    head.append(
      button("arrow-up", known.texts.up, () => move(row, row - 1), row === 0),
      button("arrow-down", known.texts.down, () => move(row, row + 1), row === table.rows.length - 1),
      button("trash", known.texts.remove, () => { table.rows.splice(row, 1); mistakes = []; draw(); }));
  }
  const conditions = make("div", "rule-conditions", {}, make("span", "rule-when", {}, rule.conditions.length ? known.texts.when : known.texts.always),
    ...rule.conditions.map((one, at) => condition(rule, row, one, at)));
  if (editable) {
    const more = make("button", "btn btn-sm btn-link px-0", { type: "button" }, `+ ${known.texts.add_condition}`);
    more.addEventListener("click", () => {
      rule.conditions.push({ field: "caller", of: "", operator: "starts_with", value: "" });
      draw();
    });
    conditions.append(more);
  }
  const own = mistakes.filter((mistake) => mistake.line === row + 1);
  const element = make("li", `rule${rule.active ? "" : " rule-off"}${own.length ? " rule-wrong" : ""}`, {}, head, conditions, target(rule, row));
  for (const mistake of own) element.append(make("div", "invalid-feedback d-block", {}, mistake.text));
  return element;
}

// --- the table ---------------------------------------------------------------------------------------------------

function store() {
  sent.value = JSON.stringify(table);
  fine.hidden = true;
}

function draw() {
  place.replaceChildren(...table.rows.map(drawRule));
  document.getElementById("no-rules").hidden = table.rows.length > 0;
  store();
}

document.getElementById("add-rule")?.addEventListener("click", () => {
  table.rows.push({ active: true, note: "", conditions: [{ field: "caller", of: "", operator: "starts_with", value: "" }], target: `queue:${known.queues[0]?.name ?? ""}`, priority: null });
  draw();
  place.lastElementChild.scrollIntoView({ block: "nearest" });
});

document.getElementById("check")?.addEventListener("click", async () => {
  const found = await findMistakes(place.dataset.check, "table", sent.value);
  if (found) {
    mistakes = found;
    draw();
  }
  tellMistakes(found);
});

draw();

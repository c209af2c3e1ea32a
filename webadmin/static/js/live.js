// The live page: a picture that the server keeps up to date over one WebSocket. Rows are changed in place, so that an
// open menu and the keyboard's place survive; clocks tick by the server's time.
"use strict";

const live = document.getElementById("live");
const setup = JSON.parse(document.getElementById("live-setup").textContent);
const { texts, words, colours } = setup;
const agents = new Map();
const queues = new Map();
const calls = new Map();
const rows = { agents: new Map(), queues: new Map(), calls: new Map() };
const filter = { state: "", group: "", text: "" };
let ahead = 0; // how far the server's clock is ahead of this one, in seconds
let ready = false;

const now = () => Date.now() / 1000 + ahead;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
const queueName = (code) => queues.get(code)?.name ?? code;

function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}` : `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

// --- rows ------------------------------------------------------------------------------------------------------

function row(kind, key, template, before) {
  let found = rows[kind].get(key);
  if (!found) {
    const element = document.getElementById(template).content.firstElementChild.cloneNode(true);
    const parts = {};
    element.querySelectorAll("[data-part]").forEach((part) => { parts[part.dataset.part] = part; });
    element.dataset.key = key;
    found = { element, parts };
    rows[kind].set(key, found);
    const body = document.getElementById(kind);
    body.querySelector("[data-empty]")?.remove();
    body.insertBefore(element, before ?? null);
  }
  return found;
}

function put(element, text) {
  const value = String(text ?? "");
  if (element.textContent !== value) element.textContent = value;
}

function since(element, at) {
  element.dataset.since = at ?? "";
  put(element, at == null ? "–" : span(now() - at));
}

// What is left of the after-call work, and how often it was prolonged.
function wrapUp(element, agent) {
  const until = agent.wrap_up_until;
  element.hidden = until == null;
  element.dataset.until = until ?? "";
  if (until == null) return;
  element.dataset.prolonged = agent.prolongations ? ` · ${fill(texts.prolonged, { n: agent.prolonged, most: agent.prolongations })}` : "";
  countDown(element);
}

function countDown(element) {
  const left = Math.max(0, Number(element.dataset.until) - now());
  put(element, fill(texts.left, { time: span(Math.ceil(left)) }) + element.dataset.prolonged);
}

function badge(element, kind, code) {
  element.className = `badge bg-${colours[kind][code] ?? "secondary"}-lt`;
  put(element, words[kind][code] ?? code);
}

function ordersFor(agent) {
  if (agent.state === "signed_out") return ["idle"];
  const phone = agent.do_not_disturb ? "take_calls" : "do_not_disturb";
  if (agent.state === "wrap_up") {
    const longer = agent.prolonged < agent.prolongations ? ["extend"] : [];
    return ["done", ...longer, "busy", "rest", phone, "signed_out"];
  }
  return [...["idle", "busy", "rest"].filter((state) => state !== agent.state), phone, "signed_out"];
}

function showAgent(agent) {
  const later = [...rows.agents.keys()].filter((key) => key > agent.number).sort()[0];
  const { element, parts } = row("agents", agent.number, "agent-row", later && rows.agents.get(later).element);
  put(parts.number, agent.number);
  parts.number.href = live.dataset.agentUrl.replace("NUMBER", encodeURIComponent(agent.number));
  put(parts.name, agent.name);
  badge(parts.state, "agent_state", agent.state);
  put(parts.next, agent.next_state ? fill(texts.next, { state: words.agent_state[agent.next_state] ?? agent.next_state }) : "");
  parts.disturbed.hidden = !agent.do_not_disturb;
  put(parts.disturbed, texts.disturbed);
  wrapUp(parts.left, agent);
  since(parts.since, agent.since || null);
  parts.phone.className = agent.reachable ? "bi bi-telephone-fill text-green" : "bi bi-telephone-x text-red";
  parts.phone.setAttribute("aria-label", agent.reachable ? texts.registered : texts.unregistered);
  parts.phone.title = agent.reachable ? texts.registered : texts.unregistered;
  put(parts.extension, agent.extension);
  // In the after-call work what is left of it is shown instead of the call that is over.
  const over = agent.wrap_up_until != null;
  put(parts.caller, over ? "" : agent.caller ?? "");
  put(parts.queue, agent.queue && !over ? queueName(agent.queue) : "");
  put(parts.today, agent.calls_today);
  put(parts.missed, agent.missed_today);
  parts.missed.classList.toggle("text-orange", agent.missed_today > 0);
  since(parts.online, agent.signed_in_at);
  parts.menu.hidden = !setup.control;
  const wanted = ordersFor(agent).join(" ");
  if (setup.control && parts.orders.dataset.orders !== wanted) {
    parts.orders.dataset.orders = wanted;
    parts.menu.querySelector("button").setAttribute("aria-label", `${texts.set_state} ${agent.number}`);
    parts.orders.replaceChildren(...ordersFor(agent).map((state) => {
      const item = document.createElement("button");
      item.type = "button";
      item.className = `dropdown-item${state === "signed_out" ? " text-danger" : ""}`;
      item.dataset.order = state;
      item.textContent = texts[state];
      return item;
    }));
  }
  element.hidden = !fits(agent);
}

function showQueue(queue) {
  const { parts } = row("queues", queue.code, "queue-row");
  put(parts.name, queue.name);
  put(parts.waiting, queue.waiting);
  parts.waiting.classList.toggle("text-orange", queue.waiting > 0);
  parts.waiting.classList.toggle("fw-bold", queue.waiting > 0);
  since(parts.longest, queue.longest_wait_since);
  put(parts.idle, queue.agents_idle);
  put(parts.signed, queue.agents_signed_in);
}

function showCall(call) {
  const { parts } = row("calls", call.interaction_id, "call-row");
  put(parts.caller, call.caller || "–");
  if (setup.calls) parts.caller.href = live.dataset.callUrl.replace("CALL", encodeURIComponent(call.interaction_id));
  badge(parts.phase, "phase", call.phase);
  const agent = call.agent && agents.get(call.agent);
  const where = [call.queue && queueName(call.queue), call.agent];
  parts.where.title = agent ? `${agent.number} ${agent.name}` : "";
  put(parts.where, where.filter(Boolean).join(" · "));
  since(parts.since, call.since);
  parts["hang-up"].hidden = !setup.control;
  parts["hang-up"].title = texts.hang_up;
  parts["hang-up"].setAttribute("aria-label", `${texts.hang_up} ${call.caller}`);
}

function drop(kind, key) {
  rows[kind].get(key)?.element.remove();
  rows[kind].delete(key);
}

function emptyRow(kind, columns, text, shown) {
  const body = document.getElementById(kind);
  let line = body.querySelector("[data-empty]");
  if (!shown) {
    line?.remove();
  } else if (!line) {
    line = document.createElement("tr");
    line.dataset.empty = "";
    line.innerHTML = `<td colspan="${columns}" class="text-secondary text-center py-3"></td>`;
    line.firstElementChild.textContent = text;
    body.append(line);
  }
}

// --- figures and filters -----------------------------------------------------------------------------------------

function fits(agent) {
  const text = `${agent.number} ${agent.name} ${agent.extension}`.toLowerCase();
  return (!filter.state || agent.state === filter.state)
    && (!filter.group || agent.group === filter.group)
    && text.includes(filter.text);
}

function figures() {
  if (!ready) return;
  const figure = (name, value) => put(live.querySelector(`[data-figure="${name}"]`), value);
  const waits = [...queues.values()].map((queue) => queue.longest_wait_since).filter((at) => at != null);
  figure("waiting", [...queues.values()].reduce((sum, queue) => sum + queue.waiting, 0));
  figure("longest", waits.length ? span(now() - Math.min(...waits)) : "–");
  figure("calls", calls.size);
  const counts = {};
  agents.forEach((agent) => { counts[agent.state] = (counts[agent.state] ?? 0) + 1; });
  live.querySelectorAll("[data-count]").forEach((element) => put(element, counts[element.dataset.count] ?? 0));
  emptyRow("agents", 9, texts.no_agents, ![...agents.values()].some(fits));
  emptyRow("calls", 4, texts.no_calls, calls.size === 0);
}

function filterAgents() {
  agents.forEach((agent) => { rows.agents.get(agent.number).element.hidden = !fits(agent); });
  figures();
}

live.querySelectorAll("[data-state-filter]").forEach((button) => {
  button.addEventListener("click", () => {
    filter.state = filter.state === button.dataset.stateFilter ? "" : button.dataset.stateFilter;
    live.querySelectorAll("[data-state-filter]").forEach((other) => {
      other.setAttribute("aria-pressed", String(other.dataset.stateFilter === filter.state));
    });
    filterAgents();
  });
});
document.getElementById("group-filter").addEventListener("change", (event) => { filter.group = event.target.value; filterAgents(); });
document.getElementById("agent-filter").addEventListener("input", (event) => { filter.text = event.target.value.trim().toLowerCase(); filterAgents(); });

setInterval(() => {
  live.querySelectorAll("[data-since]").forEach((element) => {
    if (element.dataset.since) put(element, span(now() - Number(element.dataset.since)));
  });
  live.querySelectorAll("[data-until]").forEach((element) => { if (element.dataset.until) countDown(element); });
  figures();
}, 1000);

// --- the connection ----------------------------------------------------------------------------------------------

const socket = io({ path: live.dataset.socket, transports: ["websocket"] });
const offline = document.getElementById("live-offline");
const away = document.getElementById("live-away");

socket.on("connect", () => { offline.hidden = true; });
socket.on("disconnect", (reason) => {
  offline.hidden = false;
  // The rights of the account have changed: what it may see now comes with a new connection, or a refusal.
  if (reason === "io server disconnect") socket.connect();
});
socket.on("connect_error", () => { offline.hidden = false; });
socket.on("away", () => {
  away.hidden = false;
  document.getElementById("live-loading")?.remove();
});

socket.on("snapshot", (picture) => {
  ahead = picture.now - Date.now() / 1000;
  away.hidden = true;
  const fresh = {
    agents: new Map(picture.agents.map((agent) => [agent.number, agent])),
    queues: new Map(picture.queues.map((queue) => [queue.code, queue])),
    calls: new Map(picture.calls.map((call) => [call.interaction_id, call])),
  };
  for (const [kind, known] of [["agents", agents], ["queues", queues], ["calls", calls]]) {
    for (const key of known.keys()) if (!fresh[kind].has(key)) { known.delete(key); drop(kind, key); }
    for (const [key, value] of fresh[kind]) known.set(key, value);
  }
  if (!ready) document.getElementById("agents").replaceChildren();
  ready = true;
  queues.forEach(showQueue);
  [...agents.values()].sort((a, b) => (a.number < b.number ? -1 : 1)).forEach(showAgent);
  [...calls.values()].sort((a, b) => a.started_at - b.started_at).forEach(showCall);
  figures();
});

socket.on("agent", (agent) => { agents.set(agent.number, agent); showAgent(agent); figures(); });
socket.on("queue", (queue) => { queues.set(queue.code, queue); showQueue(queue); figures(); });
socket.on("call", (call) => {
  if (call.phase === "ended") {
    calls.delete(call.interaction_id);
    drop("calls", call.interaction_id);
  } else {
    calls.set(call.interaction_id, call);
    showCall(call);
  }
  figures();
});
socket.on("switch", (state) => { away.hidden = state.connected; });
socket.on("notice", (note) => {
  if (note.code === "agent_missed_offer") {
    const agent = agents.get(note.params.agent);
    say("warning", fill(texts.missed, { agent: agent ? `${agent.number} ${agent.name}` : note.params.agent }));
  } else if (note.code === "routing_script_failed") {
    say("danger", fill(texts.script_failed, note.params));
  } else if (note.code === "flow_not_published") {
    say("danger", fill(texts.flow_not_published, note.params));
  } else if (note.code === "routing_not_published") {
    say("danger", fill(texts.routing_not_published, note.params));
  } else if (note.code === "switch_lost") {
    say("danger", texts.switch_lost);
  }
});

// --- orders ------------------------------------------------------------------------------------------------------

function say(level, text) {
  const box = document.createElement("div");
  box.className = `alert alert-${level} alert-dismissible`;
  box.setAttribute("role", level === "danger" ? "alert" : "status");
  box.innerHTML = '<i class="bi bi-exclamation-triangle alert-icon" aria-hidden="true"></i><div></div><button class="btn-close" type="button" data-bs-dismiss="alert"></button>';
  box.querySelector("div").textContent = text;
  const notices = document.getElementById("notices");
  notices.append(box);
  while (notices.children.length > 3) notices.firstElementChild.remove();
  setTimeout(() => box.remove(), 15000);
}

async function order(url, fields) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken, Accept: "application/json" },
      body: new URLSearchParams(fields),
    });
    if (!answer.ok) {
      const problem = await answer.json();
      say("danger", `${problem.title}: ${problem.remedy}`);
    }
  } catch {
    say("danger", texts.failed);
  }
}

document.getElementById("agents").addEventListener("click", (event) => {
  const button = event.target.closest("[data-order]");
  if (!button) return;
  const agent = agents.get(button.closest("tr").dataset.key);
  const go = () => order(live.dataset.stateUrl.replace("NUMBER", encodeURIComponent(agent.number)), { state: button.dataset.order });
  if (button.dataset.order === "signed_out") ask(fill(texts.sign_out_question, { agent: `${agent.number} ${agent.name}` }), go);
  else go();
});

document.getElementById("calls").addEventListener("click", (event) => {
  const button = event.target.closest('[data-part="hang-up"]');
  if (!button) return;
  const call = calls.get(button.closest("tr").dataset.key);
  const url = live.dataset.hangUpUrl.replace("CALL", encodeURIComponent(call.interaction_id));
  ask(fill(texts.hang_up_question, { caller: call.caller }), () => order(url, {}));
});

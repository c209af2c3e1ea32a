// Requests of the flow pages to the server: JSON or a form goes there, JSON or HTML comes back.
"use strict";

// Never throws: without an answer `ok` is false, `status` 0 and `data.title` says so in the words of the page.
async function flowAsk(url, body) {
  const form = body instanceof FormData;
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken };
  if (body && !form) headers["Content-Type"] = "application/json";
  flowAsk.open += 1;
  flowAsk.noticed();
  try {
    const answer = await fetch(url, { method: body ? "POST" : "GET", headers, body: body && !form ? JSON.stringify(body) : body });
    const html = answer.headers.get("Content-Type").startsWith("text/html");
    const data = html && answer.ok ? await answer.text() : html ? {} : await answer.json();
    if (!answer.ok) data.title ??= flowAsk.trouble;
    return { ok: answer.ok, status: answer.status, data };
  } catch {
    return { ok: false, status: 0, data: { title: flowAsk.trouble } };
  } finally {
    flowAsk.open -= 1;
    flowAsk.noticed();
  }
}
flowAsk.trouble = "";
// How many requests are on their way; `noticed` is called when that changes.
flowAsk.open = 0;
flowAsk.noticed = () => {};

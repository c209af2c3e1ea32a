// The check of what is being written for smart routing: the editors of scripts and of rule tables ask and tell alike.

const fine = document.getElementById("no-mistakes");

// The mistakes in the text of a field, by the server; null when no answer comes.
async function findMistakes(url, field, text) {
  const form = new FormData();
  form.set(field, text);
  const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrfToken }, body: form }).catch(() => null);
  return answer?.ok ? (await answer.json()).mistakes : null;
}

// Tells the mistakes; that there are none, or no answer, only where it was asked for aloud.
function tellMistakes(mistakes, loud = true) {
  document.getElementById("no-answer").hidden = !loud || mistakes !== null;
  if (mistakes === null) return;
  const box = document.getElementById("mistakes");
  const items = box.querySelector("ul");
  items.replaceChildren(...mistakes.map((mistake) => {
    const item = document.createElement("li");
    item.textContent = mistake.line ? items.dataset.told.replace("{n}", mistake.line).replace("{text}", () => mistake.text) : mistake.text;
    return item;
  }));
  box.hidden = !mistakes.length;
  fine.hidden = !loud || mistakes.length > 0;
}

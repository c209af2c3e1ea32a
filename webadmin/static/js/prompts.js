// Listening to prompts: one player for the page, so that two never speak at once. Long work shows that it goes on.
"use strict";

(() => {
  const player = new Audio();
  let playing = null;

  const mark = (button, on) => {
    button.classList.toggle("is-playing", on);
    const icon = button.querySelector(".bi");
    icon?.classList.toggle("bi-play-circle", !on);
    icon?.classList.toggle("bi-stop-circle", on);
  };
  const stop = () => {
    player.pause();
    if (playing) mark(playing, false);
    playing = null;
  };
  player.addEventListener("ended", stop);
  player.addEventListener("error", stop);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-audio], [data-audio-select]");
    if (!button) return;
    const again = button === playing;
    stop();
    if (again) return;
    let address = button.dataset.audio;
    if (!address) {
      const prompt = button.closest("[data-row]").querySelector("[data-prompt]").value;
      if (!prompt || prompt.startsWith("say:")) return;
      address = button.closest("[data-audio-base]").dataset.audioBase.replace("PROMPT", encodeURIComponent(prompt));
    }
    player.src = address;
    playing = button;
    mark(button, true);
    player.play().catch(stop);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-busy]");
    if (!form || event.defaultPrevented) return;
    form.querySelector(".busy-note")?.classList.remove("d-none");
    for (const button of form.querySelectorAll("button[type=submit]")) {
      button.classList.add("btn-loading");
      // Disabled only after the form was sent: what is disabled before is not sent.
      setTimeout(() => { button.disabled = true; });
    }
  });

  // A page that comes back out of the browser's history is not busy any more.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();

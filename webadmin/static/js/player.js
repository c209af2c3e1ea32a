// Plays a recording: two channels, one wave each. It is loaded when somebody presses play, since listening is logged.
"use strict";

function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

document.querySelectorAll("[data-player]").forEach((player) => {
  const button = player.querySelector("[data-play]");
  const icon = button.querySelector("i");
  const stereo = Boolean(player.dataset.right);
  let surfer = null;

  function load() {
    const canvas = player.querySelector("[data-waves]");
    canvas.textContent = "";
    const left = { waveColor: "#8fb8e0", progressColor: "#0b5cab" };
    const right = { waveColor: "#a7d7b4", progressColor: "#2f8a4c" };
    surfer = WaveSurfer.create({
      container: canvas,
      url: player.dataset.source,
      height: stereo ? 56 : 64,
      normalize: true,
      cursorColor: "#d63939",
      ...(stereo ? { splitChannels: [left, right] } : left),
    });
    surfer.on("ready", (length) => {
      player.querySelector("[data-length]").textContent = clock(length);
      player.dataset.ready = "yes";
      surfer.play();
    });
    surfer.on("timeupdate", (at) => { player.querySelector("[data-time]").textContent = clock(at); });
    surfer.on("play", () => { icon.className = "bi bi-pause-fill"; player.dataset.playing = "yes"; });
    surfer.on("pause", () => { icon.className = "bi bi-play-fill"; delete player.dataset.playing; });
    surfer.on("error", () => { player.querySelector("[data-failed]").hidden = false; });
  }

  button.addEventListener("click", () => {
    if (surfer) surfer.playPause();
    else load();
  });
  player.querySelector("[data-rate]")?.addEventListener("change", (event) => {
    surfer?.setPlaybackRate(Number(event.target.value));
  });
});

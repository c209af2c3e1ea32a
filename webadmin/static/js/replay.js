// A replay's charts: each queue as it was beside what it would have been.
"use strict";

const data = JSON.parse(document.getElementById("replay-data").textContent);
for (const box of document.querySelectorAll("[data-replay]")) {
  const { series } = data[box.dataset.replay];
  const chart = echarts.init(box);
  chart.setOption({
    animationDuration: 300,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    color: ["#9fb3c8", "#0b5cab"],
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    legend: { bottom: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: "#5a6b7f" } },
    grid: { left: 8, right: 12, top: 16, bottom: 36, containLabel: true },
    xAxis: { type: "category", data: data.queues, axisTick: { show: false }, axisLine: { lineStyle: { color: "#cfd8e3" } }, axisLabel: { color: "#5a6b7f" } },
    yAxis: { type: "value", splitLine: { lineStyle: { color: "#eef2f6" } }, axisLabel: { color: "#5a6b7f" } },
    series: series.map((one) => ({ name: one.name, type: "bar", barMaxWidth: 26, data: one.values })),
  });
  window.addEventListener("resize", () => chart.resize());
}

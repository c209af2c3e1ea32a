// The dashboard's chart: calls by hour, stacked by outcome.
"use strict";

const box = document.getElementById("hours");
const data = JSON.parse(document.getElementById("hours-data").textContent);
const chart = echarts.init(box);
// The legend's words may need a second line.
const pen = document.createElement("canvas").getContext("2d");
pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
const legend = data.series.reduce((sum, series) => sum + pen.measureText(series.name).width + 30, 0);
chart.setOption({
  animationDuration: 300,
  textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
  color: data.series.map((series) => series.colour),
  tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
  legend: { bottom: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: "#5a6b7f" } },
  grid: { left: 8, right: 12, top: 16, bottom: legend > box.clientWidth ? 60 : 36, containLabel: true },
  xAxis: { type: "category", data: data.hours, axisTick: { show: false }, axisLine: { lineStyle: { color: "#cfd8e3" } }, axisLabel: { color: "#5a6b7f" } },
  yAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: "#eef2f6" } }, axisLabel: { color: "#5a6b7f" } },
  series: data.series.map((series) => ({
    name: series.name, type: "bar", stack: "calls", barMaxWidth: 26, data: series.values,
  })),
});
window.addEventListener("resize", () => chart.resize());

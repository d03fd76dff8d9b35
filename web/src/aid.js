// Aid by year, as columns of what was cash and what came in kind, and the ways of the flows from donors to purposes.
import { install as BarChart } from "echarts/lib/chart/bar/install.js";
import { install as SankeyChart } from "echarts/lib/chart/sankey/install.js";
import { install as GridComponent } from "echarts/lib/component/grid/install.js";
import { install as LegendComponent } from "echarts/lib/component/legend/installLegendPlain.js";
import { install as TitleComponent } from "echarts/lib/component/title/install.js";
import { alpha } from "./lib/marks.js";
import { cut, echarts, picture, plain, tooltip } from "./lib/picture.js";

echarts.use([BarChart, GridComponent, LegendComponent, SankeyChart, TitleComponent]);

const HATCH = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4 };
const DOTS = { symbol: "circle", symbolSize: 0.6, dashArrayX: [[5, 5], [0, 5, 5, 0]], dashArrayY: [5, 0] };
const CROSS = { symbol: "rect", dashArrayX: [[8, 8], [0, 8, 8, 0]], dashArrayY: [6, 0] };
const PLAIN = { symbol: "none" };
const NUMBER = new Intl.NumberFormat("en");
const STOP = 19;
const [SIDE, LAST, THICK] = [8, 200, 12];

picture("aid-years", ({ currency, names, marks, tips, series }, look) => {
  const fills = { cash: [look.one, PLAIN], inKind: [look.two, HATCH], notSaid: [look.five, DOTS], splitDiffers: [look.four, CROSS], price: [look.three, PLAIN] };
  const text = { color: look.soft };
  const column = ({ part, name, spread, values }) => ({
    type: "bar",
    name,
    stack: "year",
    barMaxWidth: 46,
    itemStyle: {
      color: spread ? alpha(fills[part][0], 0.45) : fills[part][0],
      decal: { ...fills[part][1], color: look.paper },
      borderColor: spread ? fills[part][0] : look.paper,
      borderType: spread ? "dashed" : "solid",
      borderWidth: 1,
    },
    emphasis: { disabled: true },
    data: values.map((value, at) => ({ value: value || null, tip: [names[at], ...tips[at]] })),
  });
  return {
    tooltip: tooltip(look),
    legend: { top: 0, left: 0, textStyle: { color: look.ink }, selectedMode: false, itemWidth: 22 },
    grid: { left: 16, right: 16, top: 56, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: names, axisLabel: text, axisLine: { lineStyle: { color: look.edge } }, axisTick: { show: false } },
    yAxis: {
      type: "value",
      name: currency,
      nameTextStyle: text,
      axisLabel: { ...text, formatter: (value) => NUMBER.format(value) },
      splitLine: { lineStyle: { color: look.line } },
    },
    series: [...series.map(column), told(marks, look)],
  };
});

// What stands above the columns: the amounts as they are told. It adds nothing to their height.
function told(marks, look) {
  const label = { show: true, position: "top", color: look.ink, fontSize: 11, lineHeight: 14, formatter: ({ data }) => plain(data.mark.replaceAll(" + ", "\n+ ")) };
  return { type: "bar", stack: "year", silent: true, itemStyle: { color: "none", decal: PLAIN }, label, data: marks.map((mark) => ({ value: 0, mark })) };
}

picture("aid-ways", ({ nodes, links, heads }, look, width) => {
  const colors = [look.one, look.three, look.two, look.four];
  const tall = Math.max(...colors.map((_, depth) => nodes.filter((one) => one.depth === depth).length));
  return {
    height: Math.max(tall * 2, nodes.length) * STOP + 80,
    tooltip: tooltip(look),
    title: heads.map((text, depth) => ({ text, left: SIDE + ((width - SIDE - LAST - THICK) * depth) / (heads.length - 1) - 5, top: 0, textStyle: { color: look.soft, fontSize: 12, fontWeight: 600 } })),
    series: {
      type: "sankey",
      left: SIDE,
      right: LAST,
      top: 30,
      bottom: 12,
      nodeWidth: THICK,
      nodeGap: 14,
      draggable: false,
      layoutIterations: 64,
      emphasis: { focus: "adjacency" },
      lineStyle: { color: look.soft, opacity: 0.28, curveness: 0.5 },
      label: {
        color: look.ink,
        fontSize: 11,
        textBorderColor: look.paper,
        textBorderWidth: 3,
        width: 230,
        overflow: "truncate",
        formatter: ({ data }) => plain(`${cut(data.said, 60)} (${data.value})`),
      },
      data: nodes.map((one) => ({ ...one, tip: [one.said, ...one.tip], itemStyle: { color: colors[one.depth], borderWidth: 0 }, label: { width: one.depth === heads.length - 1 ? LAST - THICK : 230 }, cursor: one.page ? "pointer" : "default" })),
      links,
    },
  };
});

// The map: outlines, and a symbol for each place that grows with what happened there; buttons move it without a mouse.
import { install as ScatterChart } from "echarts/lib/chart/scatter/install.js";
import { install as GeoComponent } from "echarts/lib/component/geo/install.js";
import { installLabelLayout as LabelLayout } from "echarts/lib/label/installLabelLayout.js";
import { echarts, picture, plain, tooltip } from "./lib/picture.js";

echarts.use([GeoComponent, LabelLayout, ScatterChart]);
const SHOWN = {
  region: [[26.2, 44.5], [matchMedia("(max-width: 50rem)").matches ? 56.5 : 53.2, 35.2]], // room for the names at its edge
  near: [[42.6, 41.6], [50.6, 38.6]],
  all: [[17, 62], [74, 25]],
};
const ZOOM = [0.5, 6];
const STEP = 0.2;
// Where the names of the countries of the region stand: quietly, and where room is left.
const COUNTRIES = {
  Turkey: [38.4, 39.4],
  Georgia: [44.7, 41.75],
  Armenia: [45, 40.82],
  Azerbaijan: [48.6, 39.85],
  Iran: [48.2, 36.6],
  Iraq: [43.6, 36.0],
  Syria: [38.6, 35.6],
  Russia: [44.6, 44.0],
  Turkmenistan: [59.5, 39.6],
};
const FLAT = 0.77; // a degree of longitude is so much of one of latitude where most places lie
const view = { bounds: SHOWN.region, zoom: 1, center: undefined };
const figure = document.querySelector("figure[data-script='map']");
const { outlines } = JSON.parse(figure.querySelector("script[type='application/json']").textContent);

try {
  const answer = await fetch(outlines);
  if (!answer.ok) throw new Error(`${outlines}: ${answer.status}`);
  echarts.registerMap("outlines", await answer.json());
  picture("map", option);
  enliven(echarts.getInstanceByDom(figure.querySelector(".canvas")));
} finally {
  figure.dataset.ready = "";
}

function option({ places, names }, look) {
  return {
    textStyle: { fontFamily: "system-ui, sans-serif" },
    backgroundColor: look.sea,
    geo: {
      map: "outlines",
      boundingCoords: view.bounds,
      aspectScale: FLAT,
      zoom: view.zoom,
      ...(view.center && { center: view.center }),
      left: 0, right: 0, top: 0, bottom: 0,
      roam: matchMedia("(pointer: fine)").matches && "move",
      itemStyle: { areaColor: look.land, borderColor: look.edge, borderWidth: 0.75 },
      emphasis: { disabled: true },
      tooltip: { show: false },
      select: { disabled: true },
    },
    tooltip: tooltip(look),
    series: [countries(names, look), {
      type: "scatter",
      coordinateSystem: "geo",
      data: places.map((place) => symbol(place, look)),
      tooltip: { show: true }, // else what the outlines have not, the symbols on them have not either
      label: {
        show: true,
        formatter: ({ name }) => plain(name),
        color: look.ink,
        fontSize: 12,
        minMargin: 3,
        textBorderColor: look.land,
        textBorderWidth: 3,
      },
      labelLayout: { hideOverlap: true },
      emphasis: { label: { show: true, fontWeight: 600 } },
    }],
  };
}

function countries(names, look) {
  return {
    type: "scatter",
    coordinateSystem: "geo",
    silent: true,
    symbolSize: 0.01,
    data: Object.entries(names).map(([outline, name]) => ({ name, value: COUNTRIES[outline] })),
    label: { show: true, position: "inside", formatter: ({ name }) => plain(name), color: look.soft, fontSize: 12, fontStyle: "italic", minMargin: 3 },
    labelLayout: { hideOverlap: true },
  };
}

function symbol({ name, page, longitude, latitude, count, area, told }, look) {
  const colour = area ? look.two : look.one;
  return {
    name, page, tip: told,
    value: [longitude, latitude, count],
    symbol: area ? "rect" : "circle",
    symbolSize: 8 + 6 * Math.sqrt(count),
    label: { position: area ? "top" : "right" },
    itemStyle: { color: count ? colour : look.land, borderColor: colour, borderWidth: 1.5, opacity: 0.85 },
  };
}

function enliven(chart) {
  const controls = document.querySelector("#map-controls");
  controls.hidden = false;
  chart.on("georoam", () => Object.assign(view, centred(chart)));
  controls.addEventListener("click", ({ target }) => {
    const { show, zoom, move } = target.closest("button")?.dataset ?? {};
    if (show) Object.assign(view, { bounds: SHOWN[show], zoom: 1, center: undefined });
    if (zoom) Object.assign(view, { zoom: Math.min(Math.max(view.zoom * Number(zoom), ZOOM[0]), ZOOM[1]), center: middle() });
    if (move) view.center = moved(move.split(" ").map(Number));
    if (show || zoom || move) draw(chart);
  });
}

function centred(chart) {
  const [{ center, zoom }] = chart.getOption().geo;
  return { center: center ?? view.center, zoom };
}

function middle() {
  const [[west, north], [east, south]] = view.bounds;
  return view.center ?? [(west + east) / 2, (north + south) / 2];
}

function moved([x, y]) {
  const [[west, north], [east, south]] = view.bounds;
  const [longitude, latitude] = middle();
  return [longitude + (x * STEP * (east - west)) / view.zoom, latitude + (y * STEP * (north - south)) / view.zoom];
}

// A bound that is gone is no change to ECharts, so the whole component is put anew.
function draw(chart) {
  const geo = { ...chart.getOption().geo[0], boundingCoords: view.bounds, zoom: view.zoom, center: middle() };
  chart.setOption({ geo }, { replaceMerge: ["geo"] });
}

// A map of a result whose rows have points in WKT: the outlines of the map page, and a symbol for each row.
import { install as ScatterChart } from "echarts/lib/chart/scatter/install.js";
import { install as GeoComponent } from "echarts/lib/component/geo/install.js";
import { installLabelLayout as LabelLayout } from "echarts/lib/label/installLabelLayout.js";
import { echarts, plain, tooltip } from "../picture.js";
import { drawn, leftOut, MOST } from "./chart.js";
import { element, say } from "./words.js";
import { pointOf } from "./wkt.js";

echarts.use([GeoComponent, LabelLayout, ScatterChart]);
const AROUND = 2.5; // so many degrees are shown around the outermost points
const FLAT = 0.77; // a degree of longitude is so much of one of latitude where most places lie

/** Symbols at one of `points`, each named by one of `names`; where the outlines cannot be had, the words say so. */
export async function map(result, text, points, names) {
  const answer = await fetch(document.getElementById("words").dataset.outlines);
  if (!answer.ok) return element("p", { role: "status" }, say("unreached"));
  echarts.registerMap("outlines", await answer.json());
  return drawn(result, "placed", points, "called", names, symbols(text));
}

function symbols(text) {
  return (rows, place, name, colours) => {
    const found = rows.map((row) => ({ row, point: pointOf(row[place.at]) })).filter((one) => one.point);
    const kept = found.slice(0, MOST);
    const [east, north] = [0, 1].map((at) => kept.map(({ point }) => point[at]));
    const option = {
      backgroundColor: colours.sea,
      geo: {
        map: "outlines",
        boundingCoords: [
          [Math.min(...east) - AROUND, Math.max(...north) + AROUND],
          [Math.max(...east) + AROUND, Math.min(...north) - AROUND],
        ],
        aspectScale: FLAT,
        left: 0, right: 0, top: 0, bottom: 0,
        itemStyle: { areaColor: colours.land, borderColor: colours.edge, borderWidth: 0.75 },
        emphasis: { disabled: true },
        tooltip: { show: false },
        select: { disabled: true },
      },
      tooltip: tooltip(colours),
      series: [{
        type: "scatter",
        coordinateSystem: "geo",
        tooltip: { show: true },
        data: kept.map(({ row, point }) => ({ name: text(row[name.at]), value: point, tip: [text(row[name.at]), text(row[place.at])] })),
        itemStyle: { color: colours.one },
        label: { show: true, position: "right", formatter: (one) => plain(one.name), color: colours.ink, textBorderColor: colours.land, textBorderWidth: 3 },
        labelLayout: { hideOverlap: true },
        emphasis: { disabled: true },
      }],
    };
    const title = say("drawnMap", { value: name.name, across: place.name });
    return { made: { option, height: 520 }, told: [`${title}.`, ...leftOut(rows, found)], title };
  };
}

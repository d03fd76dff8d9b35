// The outlines of the map as GeoJSON, cut from the countries of world-atlas (Natural Earth 4.1, 1:50m, public domain):
// simplified arc by arc, so that neighbours still share their border, and less so where most places lie.
import { createRequire } from "node:module";
import { feature } from "topojson-client";

const [WEST, SOUTH, EAST, NORTH] = [12, 22, 78, 64];
const NEAR = [24, 32, 56, 47];
const TOLERANCE = { near: 0.022, far: 0.25 };
const SMALL = { near: 0.08, far: 0.5 };
const SIDES = [
  [([x]) => x >= WEST, (a, b) => along(a, b, 0, WEST)],
  [([x]) => x <= EAST, (a, b) => along(a, b, 0, EAST)],
  [([, y]) => y >= SOUTH, (a, b) => along(a, b, 1, SOUTH)],
  [([, y]) => y <= NORTH, (a, b) => along(a, b, 1, NORTH)],
];

export function outlines() {
  const topology = createRequire(import.meta.url)("world-atlas/countries-50m.json");
  const { features } = feature(simplified(topology), topology.objects.countries);
  const cut = features.map(({ properties, geometry }) => country(properties.name, geometry)).filter(Boolean);
  return { type: "FeatureCollection", features: cut.sort((a, b) => (a.properties.name < b.properties.name ? -1 : 1)) };
}

function country(name, { type, coordinates }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  const parts = polygons.map((rings) => rings.map(clipped).filter(seen).map((ring) => ring.reverse())).filter((rings) => rings.length);
  return parts.length ? { type: "Feature", properties: { name }, geometry: { type: "MultiPolygon", coordinates: parts } } : undefined;
}

// The topology with fewer points on its arcs, in degrees.
function simplified({ arcs, transform: { scale, translate }, ...rest }) {
  const degrees = arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => [(x += dx) * scale[0] + translate[0], (y += dy) * scale[1] + translate[1]]);
  });
  return { ...rest, arcs: degrees.map((arc) => thinned(arc, arc.some(near) ? TOLERANCE.near : TOLERANCE.far)) };
}

// Douglas and Peucker's: a point stays where the line without it would leave it by more than the tolerance.
function thinned(line, tolerance) {
  let [far, most] = [0, tolerance];
  for (let i = 1; i < line.length - 1; i++) {
    const away = distance(line[i], line[0], line.at(-1));
    if (away > most) [far, most] = [i, away];
  }
  if (!far) return line.length > 1 ? [line[0], line.at(-1)] : line;
  return [...thinned(line.slice(0, far + 1), tolerance), ...thinned(line.slice(far), tolerance).slice(1)];
}

function distance([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const part = dx || dy ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy))) : 0;
  return Math.hypot(x - ax - part * dx, y - ay - part * dy);
}

// Sutherland and Hodgman's: cut a ring at each side of the window in turn.
function clipped(ring) {
  for (const [inside, crossing] of SIDES) {
    ring = ring.flatMap((point, i) => {
      const before = ring.at(i - 1);
      if (inside(point)) return inside(before) ? [point] : [crossing(before, point), point];
      return inside(before) ? [crossing(before, point)] : [];
    });
  }
  return closed(ring.map(([x, y]) => [Math.round(x * 100) / 100, Math.round(y * 100) / 100]));
}

function along(a, b, axis, value) {
  const part = (value - a[axis]) / (b[axis] - a[axis]);
  return a.map((from, i) => (i === axis ? value : from + part * (b[i] - from)));
}

function closed(ring) {
  const points = ring.filter(([x, y], i) => !i || x !== ring[i - 1][0] || y !== ring[i - 1][1]);
  const [first, last] = [points[0], points.at(-1)];
  return points.length && (first[0] !== last[0] || first[1] !== last[1]) ? [...points, first] : points;
}

function seen(ring) {
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  return ring.length > 3 && size > (ring.some(near) ? SMALL.near : SMALL.far);
}

function near([x, y]) {
  return x > NEAR[0] && y > NEAR[1] && x < NEAR[2] && y < NEAR[3];
}

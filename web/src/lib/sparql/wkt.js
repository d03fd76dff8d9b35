// Points as GeoSPARQL writes them: well-known text, longitude first, perhaps behind the name of a reference system.
const POINT = /^\s*(?:<http:\/\/www\.opengis\.net\/def\/crs\/OGC\/1\.3\/CRS84>\s*)?POINT\s*\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*\)\s*$/i;

/** Longitude and latitude of a term, or null where it is no point on the globe. */
export function pointOf(term) {
  const found = term?.type === "literal" ? POINT.exec(term.value) : null;
  if (!found) return null;
  const [east, north] = [Number(found[1]), Number(found[2])];
  return Math.abs(east) <= 180 && Math.abs(north) <= 90 ? [east, north] : null;
}

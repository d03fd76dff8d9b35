// Bundles what the pages load, with the licences of what is in it and the SHA-256 of every file: `npm run build [OUT]`.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { outlines } from "./outlines.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "..", "src", "aidtrace", "web", "static", "built"));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const entries = readdirSync(join(here, "src")).filter((name) => name.endsWith(".js"));
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: entries.map((name) => join("src", name)),
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  charset: "utf8",
  metafile: true,
});
writeFileSync(join(out, "outlines.json"), JSON.stringify(outlines()));
writeFileSync(join(out, "LICENSES.txt"), licences([...Object.keys(metafile.inputs), "node_modules/world-atlas/"]));
writeFileSync(join(out, "SHA256SUMS"), sums());

// The name, version and licence text of each package that a bundle has something of.
function licences(inputs) {
  const names = new Set(inputs.map(packageOf).filter(Boolean));
  return [...names].sort().map(licence).join("\n");
}

function packageOf(input) {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

function licence(name) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => entry.name).filter((file) => /^(licen[cs]e|notice)/i.test(file)).sort();
  if (!files.length) throw new Error(`${name} has no licence text`);
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${name} ${about.version} (${about.license})\n\n${texts.join("\n\n")}\n`;
}

// As `sha256sum --check` reads it.
function sums() {
  const line = (name) => `${createHash("sha256").update(readFileSync(join(out, name))).digest("hex")}  ${name}\n`;
  return readdirSync(out).filter((name) => name !== "SHA256SUMS").sort().map(line).join("");
}

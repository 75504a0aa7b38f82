// What the package adds to an application: each part of it bundled alone, as bundlers of applications do it, minified
// and gzipped. Fails where README.md states other sizes between its "size" marks; with --write it states these.
//
// usage: node scripts/size.mjs [--write], after npm run build
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const readme = at("README.md");
const marked = /(?<=<!-- size -->\n)[\s\S]*?(?=<!-- \/size -->)/;

const index = ["createClient", "AIJobMonitor", "VideoMetadataUpdater", "NotificationCenter"];
const parts = [
  ["all of `@reelgraph/client`", `export * from "${at("dist/index.js")}"`],
  ...index.map((name) => [`\`${name}\``, `export { ${name} } from "${at("dist/index.js")}"`]),
  ["all of `@reelgraph/client/apollo`", `export * from "${at("dist/apollo.js")}"`],
  ["all of `@reelgraph/client/urql`", `export * from "${at("dist/urql.js")}"`],
];

// An application with Apollo or urql has these already.
const { peerDependencies } = JSON.parse(readFileSync(at("package.json"), "utf8"));
const peers = Object.keys(peerDependencies);
const external = (id) => peers.some((peer) => id === peer || id.startsWith(`${peer}/`));

/** Bundles what a source text imports, and tells its bytes, minified and then gzipped. */
async function bundled(source) {
  const only = {
    name: "only",
    resolveId: (id) => (id === "part" ? "\0part" : null),
    load: (id) => (id === "\0part" ? source : null),
  };
  const bundle = await rolldown({ input: "part", external, platform: "browser", plugins: [only], logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  const code = output.map((chunk) => chunk.code ?? "").join("");
  return [Buffer.byteLength(code), gzipSync(code, { level: 9 }).length];
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const rows = [];
for (const [name, source] of parts) rows.push([name, ...(await bundled(source)).map(kilobytes)]);
const table = [["what is imported", "minified", "and gzipped"], ["---", "--:", "--:"], ...rows]
  .map((row) => `| ${row.join(" | ")} |\n`)
  .join("");

const text = readFileSync(readme, "utf8");
const stated = marked.exec(text)?.[0];
if (stated === undefined) throw new Error("README.md has no <!-- size --> and <!-- /size --> on lines of their own");

// The zlib of another Node may differ by a few bytes, and so by one tenth after rounding.
const figures = (text) => [...text.matchAll(/([\d.]+) kB/g)].map(([, figure]) => Number(figure));
const words = (text) => text.replaceAll(/[\d.]+ kB/g, "");
const agree =
  words(stated) === words(table) && figures(table).every((figure, i) => Math.abs(figure - figures(stated)[i]) < 0.15);

console.log(table);
if (process.argv.includes("--write")) {
  writeFileSync(
    readme,
    text.replace(marked, () => table),
  );
} else if (!agree) {
  console.error('README.md states other sizes; "make client-figures" renews them');
  process.exitCode = 1;
}

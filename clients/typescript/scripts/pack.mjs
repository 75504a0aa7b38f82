// Holds what npm would publish against scripts/packed.txt, one path a line, so that nothing is published or forgotten
// unseen; with --write it renews that list. Each path of package.json's exports must be among them.
//
// usage: node scripts/pack.mjs [--write], after npm run build
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../", import.meta.url);
const list = new URL("scripts/packed.txt", folder);

const told = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
  cwd: fileURLToPath(folder),
  encoding: "utf8",
  stdio: ["ignore", "pipe", "ignore"],
});
// One npm tells a list, the next an object by the package's name.
const [packed] = Object.values(JSON.parse(told));
const paths = packed.files.map(({ path }) => path).sort();

const faults = [];
const { exports } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
const targets = Object.values(exports).flatMap((target) =>
  typeof target === "string" ? target : Object.values(target),
);
for (const target of targets) {
  if (!paths.includes(target.replace("./", ""))) faults.push(`exported, but not there: ${target}`);
}
for (const needed of ["README.md", "LICENSE"]) {
  if (!paths.includes(needed)) faults.push(`missing: ${needed}`);
}

if (process.argv.includes("--write")) {
  writeFileSync(list, `${paths.join("\n")}\n`);
} else {
  const expected = readFileSync(list, "utf8").trimEnd().split("\n");
  for (const path of expected) if (!paths.includes(path)) faults.push(`listed, but not published: ${path}`);
  for (const path of paths) if (!expected.includes(path)) faults.push(`published, but not listed: ${path}`);
}

console.log(`${paths.length} files, ${(packed.size / 1000).toFixed(1)} kB packed`);
if (faults.length > 0) {
  console.error(`${faults.join("\n")}\n"make client-figures" renews scripts/packed.txt`);
  process.exitCode = 1;
}

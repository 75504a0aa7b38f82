// schema-diff.mjs RELEASED FILE…: compares the schema in the files with that of the last release, and names what breaks
// clients that were written against that one, and what may surprise them. The status is 1 where something breaks, and 2
// where there are no two schemas to compare.
import { readFileSync } from "node:fs";
import { concatAST, parse, Source } from "graphql";
import { changes } from "./schema-changes.mjs";

const [released, ...files] = process.argv.slice(2);
const read = (...names) => concatAST(names.map((name) => parse(new Source(readFileSync(name, "utf8"), name))));

try {
  if (files.length === 0) throw new Error("usage: schema-diff.mjs RELEASED FILE...");
  const { breaking, dangerous } = changes(read(released), read(...files));
  for (const { type, description } of dangerous) console.log(`warning: ${type}: ${description}`);
  for (const { type, description } of breaking) console.log(`BREAKING: ${type}: ${description}`);
  if (breaking.length > 0) {
    console.log(`Clients of the last release, ${released}, would break. What to do instead: docs/versioning.md`);
    process.exitCode = 1;
  } else {
    console.log(`No client of the last release, ${released}, breaks.`);
  }
} catch (error) {
  console.error(`schema-diff: ${error}`);
  process.exitCode = 2;
}

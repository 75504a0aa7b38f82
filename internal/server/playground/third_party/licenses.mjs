// Prints the licences of everything inside the files of this folder, each text once, after the
// names of the packages it covers. GraphiQL's source map says which packages its script bundles.
//
// usage: node licenses.mjs NODE_MODULES
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const modules = process.argv[2];
const outside = ["graphiql", "react", "react-dom", "@fontsource/fira-code", "@fontsource/roboto"];

// Of a path in the source map, the package it lies in. GraphiQL's own packages lie beside it
// in its repository, under folders of their own, and have its licence.
function packageOf(source) {
  const at = source.lastIndexOf("node_modules/");
  if (at < 0) {
    const folder = source.replace(/^(\.\.\/)+/, "").split("/")[0];
    return existsSync(join(modules, folder)) ? folder : "graphiql";
  }
  const [first, second] = source.slice(at + "node_modules/".length).split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

function licenseFile(name) {
  const folder = join(modules, name);
  if (!existsSync(folder)) return undefined;
  const file = readdirSync(folder).find((entry) => /^licen[sc]e(-mit)?(\.\w+)?$/i.test(entry));
  return file && readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
}

// A package that a newer release of its family has dropped has the family's licence; one that
// ships no text has the one that its package.json names.
function licenseOf(name) {
  const own = licenseFile(name);
  if (own) return own;
  if (existsSync(join(modules, name))) {
    const { license, author } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
    return `${license}${author ? `, by ${author.name ?? author}` : ""}; the package carries no text of it.`;
  }
  const [scope] = name.split("/");
  for (const sibling of scope.startsWith("@") ? readdirSync(join(modules, scope)) : []) {
    const text = licenseFile(join(scope, sibling));
    if (text) return text;
  }
  throw new Error(`no licence found for ${name}`);
}

const map = JSON.parse(readFileSync(join(modules, "graphiql/graphiql.min.js.map"), "utf8"));
const names = new Set([...outside, ...map.sources.map(packageOf)]);
const covered = new Map();
for (const name of [...names].sort()) {
  const text = licenseOf(name);
  covered.set(text, [...(covered.get(text) ?? []), name]);
}
for (const [text, packages] of covered) {
  console.log(`${"=".repeat(78)}\n${packages.join("\n")}\n${"-".repeat(78)}\n${text}\n`);
}

// Which libraries come along with which part of the package.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The libraries that a source needs at run time, with all that it imports. */
function librariesOf(source: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(source.href)) return new Set();
  seen.add(source.href);
  const imports = readFileSync(source, "utf8").matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";$/gms);
  return new Set(
    [...imports].flatMap(([, name = ""]) =>
      name.startsWith(".") ? [...librariesOf(new URL(name.replace(/\.js$/, ".ts"), source), seen)] : [name],
    ),
  );
}

const libraries = (part: string) => [...librariesOf(new URL(`../src/${part}`, import.meta.url))].sort();

test("the client alone needs graphql-ws alone, and documents need nothing", () => {
  expect(libraries("index.ts")).toEqual(["graphql-ws"]);
  expect(libraries("generated/documents.ts")).toEqual([]);
});

test("each adapter needs its own library and graphql", () => {
  const apollo = ["@apollo/client/cache", "@apollo/client/link", "@apollo/client/link/http", "graphql", "rxjs"];
  expect(libraries("apollo.ts")).toEqual(apollo);
  expect(libraries("urql.ts")).toEqual(["@urql/core", "@urql/exchange-graphcache", "graphql"]);
});

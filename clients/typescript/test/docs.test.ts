// The examples that documents show are files of examples/, which are run by examples.test.tsx: letter for letter.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const documents = ["README.md", "../../README.md", "../../docs/clients.md"];

/** The code blocks of a document whose info string is a language and the path of an example. */
function* shown(document: string): Generator<{ example: string; code: string }> {
  const text = readFileSync(at(document), "utf8");
  for (const [, example, code] of text.matchAll(/^```tsx? (\S+)\n([\s\S]*?)^```$/gm)) {
    if (example !== undefined && code !== undefined) yield { example, code };
  }
}

describe.each(documents)("%s", (document) => {
  const blocks = [...shown(document)];

  test("shows examples", () => {
    expect(blocks).not.toEqual([]);
  });

  test.each(blocks)("$example is what the file says", ({ example, code }) => {
    expect(example).toMatch(/^examples\/[\w-]+\.tsx?$/);
    expect(code).toBe(readFileSync(at(example), "utf8"));
  });
});

test("every example is shown", () => {
  const names = documents.flatMap((document) => [...shown(document)].map(({ example }) => example));
  const files = readdirSync(at("examples")).map((name) => `examples/${name}`);
  expect([...new Set(names)].sort()).toEqual(files.sort());
});

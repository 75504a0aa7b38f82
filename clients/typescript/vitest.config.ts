import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = fileURLToPath(new URL("./", import.meta.url));

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    // Each file has servers of its own; more at a time would only make each other wait.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // graphql refuses documents that another copy of it made.
    server: { deps: { inline: [/@apollo/, /urql/, /graphql/] } },
  },
  resolve: {
    dedupe: ["graphql"],
    // The examples import the package by its name, and are run against its sources.
    alias: [
      { find: /^@reelgraph\/client$/, replacement: `${here}src/index.ts` },
      { find: /^@reelgraph\/client\/documents$/, replacement: `${here}src/generated/documents.ts` },
      { find: /^@reelgraph\/client\/(apollo|urql)$/, replacement: `${here}src/$1.ts` },
    ],
  },
});

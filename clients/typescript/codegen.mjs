const header = {
  add: { content: "// Written by GraphQL Code Generator from schema/ and operations/; see codegen.mjs." },
};
const write = (what) => [header, { "./codegen/plugin.mjs": { write: what } }];

/** @type {import("@graphql-codegen/cli").CodegenConfig} */
export default {
  schema: "../../schema/*.graphqls",
  documents: "operations/*.graphql",
  generates: {
    "src/generated/types.ts": {
      plugins: [header, "typescript-operations"],
      config: {
        avoidOptionals: { field: true, object: true },
        dedupeFragments: true,
        enumsAsTypes: true,
        immutableTypes: true,
        namingConvention: "keep",
        onlyOperationTypes: true,
        scalars: { ID: "string", Int64: "number", Time: "string" },
        skipTypename: true,
        strictScalars: true,
        useTypeImports: true,
      },
    },
    "src/generated/texts.ts": { plugins: write("texts") },
    "src/generated/documents.ts": { plugins: write("documents") },
    "persisted-documents.json": { plugins: [{ "./codegen/plugin.mjs": { write: "manifest" } }] },
  },
};

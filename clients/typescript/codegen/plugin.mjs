// What GraphQL Code Generator writes of each operation beside its types: the text that the client sends by itself, the
// document that Apollo and urql take, and the manifest of both for a server that runs known operations alone.
import { createHash } from "node:crypto";
import { concatAST, Kind, print, visit } from "graphql";

const TYPENAME = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };

// Each operation with the fragments that it needs, in the order of their names.
function operationsOf(documents) {
  const all = concatAST(documents.map(({ document }) => document));
  const fragments = new Map(
    all.definitions
      .filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const operations = all.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  operations.sort((a, b) => (a.name.value < b.name.value ? -1 : 1));
  return operations.map((operation) => {
    const needed = new Set();
    const collect = (definition) =>
      visit(definition, {
        FragmentSpread({ name }) {
          if (needed.has(name.value)) return;
          needed.add(name.value);
          collect(fragments.get(name.value));
        },
      });
    collect(operation);
    const definitions = [operation, ...[...needed].sort().map((name) => fragments.get(name))];
    return { name: operation.name.value, kind: operation.operation, document: { kind: Kind.DOCUMENT, definitions } };
  });
}

// Caches know an object by its type and id: every selection but the operation's own asks for the type.
const withTypenames = (document) =>
  visit(document, {
    SelectionSet(node, _key, parent) {
      if (parent.kind === Kind.OPERATION_DEFINITION) return undefined;
      return { ...node, selections: [TYPENAME, ...node.selections] };
    },
  });

// Without places in a source, and without what is empty or absent.
const bare = (document) =>
  JSON.parse(
    JSON.stringify(document, (key, value) => {
      const absent = key === "loc" || value === undefined || (Array.isArray(value) && value.length === 0);
      return absent ? undefined : value;
    }),
  );

const idOf = (text) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const suffixes = { query: "Query", mutation: "Mutation", subscription: "Subscription" };
const typeName = (name) => name[0].toUpperCase() + name.slice(1);
const typesOf = ({ name, kind }) => [
  `${typeName(name)}${suffixes[kind]}`,
  `${typeName(name)}${suffixes[kind]}Variables`,
];

const minified = (document) => print(document).replace(/\s+/g, " ").trim();

const writers = {
  texts(operations) {
    const types = operations.flatMap(typesOf);
    const declarations = operations.map((operation) => {
      const text = minified(operation.document);
      const fields = [`kind: "${operation.kind}"`, `id: "${idOf(text)}"`, `text: ${JSON.stringify(text)}`];
      return `export const ${typeName(operation.name)}: Operation<${typesOf(operation).join(", ")}> = {\n  ${fields.join(",\n  ")},\n};`;
    });
    return {
      prepend: [
        'import type { Operation } from "../operation.js";',
        `import type { ${types.join(", ")} } from "./types.js";`,
      ],
      content: declarations.join("\n\n"),
    };
  },
  documents(operations) {
    const types = operations.flatMap(typesOf);
    const declarations = operations.map((operation) => {
      const document = withTypenames(operation.document);
      const value = { ...bare(document), __meta__: { hash: idOf(minified(document)) } };
      const type = `TypedDocumentNode<${typesOf(operation).join(", ")}>`;
      return `export const ${typeName(operation.name)}Document = ${JSON.stringify(value)} as unknown as ${type};`;
    });
    return {
      prepend: [
        'import type { TypedDocumentNode } from "@graphql-typed-document-node/core";',
        `import type { ${types.join(", ")} } from "./types.js";`,
      ],
      content: declarations.join("\n\n"),
    };
  },
  manifest(operations) {
    const texts = operations.flatMap(({ document }) => [document, withTypenames(document)].map(minified));
    return JSON.stringify(Object.fromEntries(texts.map((text) => [idOf(text), text])), null, 2);
  },
};

export const plugin = (_schema, documents, { write }) => writers[write](operationsOf(documents));

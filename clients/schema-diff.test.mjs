// What `make schema-diff` says of a schema, and whether it fails.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "graphql";
import { changes } from "./schema-changes.mjs";

const RELEASED = `
  directive @auth(role: Role! = USER) on FIELD_DEFINITION
  enum Role { USER ADMIN }
  enum Kind { GENERATE REMIX }
  input JobInput { kind: Kind! prompt: String size: Int! = 1 }
  type Job { id: ID! kind: Kind! error: String owner: ID @auth }
  type Query { feed(first: Int! = 20): [Job!] }
  extend type Query { jobs(ids: [ID!]!): [Job] @auth log: String @auth(role: ADMIN) }
  extend type Mutation { start(input: JobInput!): Job @auth }
  type Mutation
  type Lost { id: ID }
`;

const cases = [
  // what is done, the text that is replaced, by what, what is told
  ["nothing", "USER ADMIN", "USER ADMIN"],
  ["a field is removed", " error: String", "", "breaking", /^FIELD_REMOVED: Job.error /],
  ["a field becomes nullable", "type Job { id: ID!", "type Job { id: ID", "breaking", /^FIELD_CHANGED_KIND: Job.id /],
  ["a field gets another type", "error: String", "error: Kind", "breaking", /^FIELD_CHANGED_KIND: Job.error /],
  ["a type is removed", "type Lost { id: ID }", "", "breaking", /^TYPE_REMOVED: Lost /],
  ["a required argument is added", "first: Int! = 20", "first: Int! = 20 of: ID!", "breaking", /^REQUIRED_ARG_ADDED: .* of on Query.feed /],
  ["an argument loses its default", "first: Int! = 20", "first: Int!", "breaking", /^DEFAULT_REMOVED: first of Query.feed /],
  ["an argument loses its default, and may be null", "first: Int! = 20", "first: Int", "dangerous", /^ARG_DEFAULT_VALUE_CHANGE: .* first /],
  ["a field of an input loses its default", "size: Int! = 1", "size: Int!", "breaking", /^DEFAULT_REMOVED: size of JobInput /],
  ["a field of an input gets another default", "size: Int! = 1", "size: Int! = 2", "dangerous", /^INPUT_DEFAULT_CHANGED: .* JobInput.size was 1, and is 2 now/],
  ["an argument is removed", "feed(first: Int! = 20)", "feed", "breaking", /^ARG_REMOVED: Query.feed arg first /],
  ["a required field of an input is added", "prompt: String", "prompt: String width: Int!", "breaking", /^REQUIRED_INPUT_FIELD_ADDED: .* width on input type JobInput /],
  ["a field of an input becomes required", "prompt: String", "prompt: String!", "breaking", /^FIELD_CHANGED_KIND: JobInput.prompt /],
  ["an enum's value is removed", "GENERATE REMIX", "GENERATE", "breaking", /^VALUE_REMOVED_FROM_ENUM: REMIX .* Kind/],
  ["a public field takes a token", "[Job!] }", "[Job!] @auth }", "breaking", /^AUTH_ADDED: Query.feed .* USER now/],
  ["a field takes another role", "[Job] @auth", "[Job] @auth(role: ADMIN)", "breaking", /^AUTH_ROLE_CHANGED: Query.jobs .* USER, .* ADMIN now/],
  ["a field takes the usual role", "@auth(role: ADMIN)", "@auth", "breaking", /^AUTH_ROLE_CHANGED: Query.log .* ADMIN, .* USER now/],
  ["the usual role is another", "= USER)", "= ADMIN)", "breaking", /^AUTH_ROLE_CHANGED: Mutation.start /],
  ["the usual role is spelled out", "[Job] @auth", "[Job] @auth(role: USER)"],
  ["a field of an object takes no token any more", "ID @auth", "ID", "dangerous", /^AUTH_REMOVED: Job.owner .* USER, and is public now/],
  ["an enum's value is added", "GENERATE REMIX", "GENERATE REMIX GLITCH", "dangerous", /^VALUE_ADDED_TO_ENUM: GLITCH .* Kind/],
  ["things are added", "type Job {", "type Page { next: ID @auth }\n type Job { page: Page"],
  ["an optional argument is added", "first: Int! = 20", "first: Int! = 20 after: ID", "dangerous", /^OPTIONAL_ARG_ADDED: .* after on Query.feed /],
  ["a field is deprecated", "error: String", 'error: String @deprecated(reason: "Use kind.")'],
  ["a field can no longer be null", "error: String", "error: String!"],
];

for (const [what, from, to, kind, says] of cases) {
  test(what, () => {
    assert.equal(RELEASED.split(from).length, 2, `once in the schema: ${from}`);
    const told = changes(parse(RELEASED), parse(RELEASED.replace(from, to)));
    const lines = told[kind]?.map(({ type, description }) => `${type}: ${description}`) ?? [];
    assert.equal(lines.some((line) => says.test(line)), kind !== undefined, JSON.stringify(told));
    if (kind !== "breaking") assert.deepEqual(told.breaking, []);
    if (kind === undefined) assert.deepEqual(told.dangerous, []);
  });
}

test("the script", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "reelgraph-schema."));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const run = (...names) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["schema-diff.mjs", ...names], { encoding: "utf8" });
    return { status, printed: stdout + stderr };
  };
  const released = file("released.graphql", RELEASED);

  // The order of the files and of what is in them does not matter.
  const half = RELEASED.indexOf("extend type Query");
  const halves = [file("a.graphqls", RELEASED.slice(half)), file("b.graphqls", RELEASED.slice(0, half))];
  assert.deepEqual(run(released, ...halves), { status: 0, printed: `No client of the last release, ${released}, breaks.\n` });

  const changed = RELEASED.replace(" error: String", "").replace(" REMIX", " GLITCH").replace("[Job!] }", "[Job!] @auth }");
  const { status, printed } = run(released, file("changed.graphql", changed));
  assert.equal(status, 1);
  assert.deepEqual(printed.match(/^(warning|BREAKING): \w+/gm).sort(), [
    "BREAKING: AUTH_ADDED",
    "BREAKING: FIELD_REMOVED",
    "BREAKING: VALUE_REMOVED_FROM_ENUM",
    "warning: VALUE_ADDED_TO_ENUM",
  ]);

  for (const [text, says] of [
    ["type Job {{", /changed\.graphql:1:11/],
    ["type Query { job: Jobs }", /Unknown type "Jobs"/],
  ]) {
    const fault = run(released, file("changed.graphql", text));
    assert.equal(fault.status, 2);
    assert.match(fault.printed, says);
  }
  const missing = run(join(folder, "nowhere.graphql"), released);
  assert.equal(missing.status, 2);
  assert.match(missing.printed, /nowhere\.graphql/);
  assert.match(run(released).printed, /usage: /);
});

test("the schema of the last release is one", () => {
  const names = readdirSync("../schema").filter((name) => name.endsWith(".graphqls"));
  assert.ok(names.length > 1);
  changes(parse(readFileSync("../schema/released/schema.graphql", "utf8")), parse(names.map((name) => readFileSync(`../schema/${name}`, "utf8")).join("\n")));
});

// What the playground remembers from one visit to the next: node --test
import assert from "node:assert/strict";
import { test } from "node:test";
import { Memory, openStorage, refresh } from "../assets/storage.mjs";

const bearer = (token) => ({ Authorization: `Bearer ${token}` });

// The settings of the demo's nth start.
const start = (n, change = {}) => ({
  headers: bearer(`user-${n}`),
  tabs: [
    { title: "Poll", query: "query Poll { a }", variables: `{"ids": [${n}]}` },
    { title: "Moderation", query: "query Moderation { b }", variables: "", headers: bearer(`moderator-${n}`) },
  ],
  ...change,
});

function visit(shelf, settings) {
  const storage = openStorage(settings, shelf);
  const persists = refresh(settings, storage);
  const state = JSON.parse(storage.getItem("graphiql:tabState") ?? "null");
  return {
    storage,
    persists,
    state,
    tab: (title) => state.tabs.find((tab) => tab.title === title),
    edit(change) {
      change(state);
      storage.setItem("graphiql:tabState", JSON.stringify(state));
    },
  };
}

const headersOf = (tab) => JSON.parse(tab.headers);

test("a first visit opens the examples with their headers", () => {
  const { state, storage, persists } = visit(new Memory(), start(1));
  assert.deepEqual(state.tabs.map(({ title }) => title), ["Poll", "Moderation"]);
  assert.deepEqual(state.tabs.map(headersOf), [bearer("user-1"), bearer("moderator-1")]);
  assert.equal(state.activeTabIndex, 0);
  assert.equal(storage.getItem("graphiql:variables"), '{"ids": [1]}');
  assert.equal(persists, true);
});

test("a token of the settings is never on the shelf", () => {
  const shelf = new Memory();
  const { storage } = visit(shelf, start(1));
  storage.setItem("graphiql:queries", JSON.stringify({ queries: [{ headers: JSON.stringify(bearer("user-1")) }] }));
  assert.doesNotMatch(JSON.stringify(shelf), /user-1|moderator-1/);
});

test("what nobody edited follows the settings, what somebody edited stays", () => {
  const shelf = new Memory();
  visit(shelf, start(1)).edit((state) => {
    state.tabs[0].query = "query Poll { mine }";
    state.tabs[0].headers = JSON.stringify({ ...bearer("user-1"), "X-Mine": "1" });
    state.tabs.push({ id: "guid", title: "Mine", query: "{ c }", variables: null, headers: JSON.stringify(bearer("user-1")) });
    state.activeTabIndex = 2;
  });

  const { state, storage, tab } = visit(shelf, start(2));
  assert.equal(tab("Poll").query, "query Poll { mine }");
  assert.equal(tab("Poll").variables, '{"ids": [2]}');
  assert.deepEqual(headersOf(tab("Poll")), { ...bearer("user-2"), "X-Mine": "1" });
  assert.deepEqual(headersOf(tab("Moderation")), bearer("moderator-2"));
  assert.deepEqual(headersOf(tab("Mine")), bearer("user-2"));
  assert.equal(state.activeTabIndex, 2);
  assert.equal(storage.getItem("graphiql:query"), "{ c }");
});

test("a request of the history is sent with the token of now", () => {
  const shelf = new Memory();
  visit(shelf, start(1)).storage.setItem("graphiql:queries", JSON.stringify([bearer("user-1")]));
  assert.deepEqual(JSON.parse(visit(shelf, start(2)).storage.getItem("graphiql:queries")), [bearer("user-2")]);
});

test("examples come and go; closed ones stay closed, edited ones stay open", () => {
  const shelf = new Memory();
  const example = (title) => ({ title, query: `query ${title} { a }`, variables: "" });
  const settings = (...titles) => start(1, { tabs: titles.map(example) });
  visit(shelf, settings("Closed", "Edited", "Untouched")).edit((state) => {
    state.tabs.shift();
    state.tabs[0].query += " # mine";
  });
  assert.deepEqual(visit(shelf, settings("Closed", "New")).state.tabs.map(({ title }) => title), ["Edited", "New"]);
});

test("a token that begins with another is not taken for it", () => {
  const shelf = new Memory();
  const settings = (n) => start(1, { headers: bearer("t"), tabs: [{ ...start(1).tabs[0], headers: bearer(`t-${n}`) }] });
  visit(shelf, settings(1)).edit((state) => {
    state.tabs[0].headers = JSON.stringify({ ...bearer("t-1"), "X-Mine": "1" });
  });
  assert.deepEqual(headersOf(visit(shelf, settings(2)).tab("Poll")), { ...bearer("t-2"), "X-Mine": "1" });
});

test("hostile titles and values leave the storage whole", () => {
  const shelf = new Memory();
  const settings = (value) => start(1, { tabs: [{ ...start(1).tabs[0], title: '"$&{{</script>', headers: { authorization: value } }] });
  visit(shelf, settings("Bearer plain")).edit((state) => {
    state.tabs[0].query = "{ mine }";
  });
  for (const value of ["$&", 'a"b\\c', "Bearer plain", "\u2028"]) {
    const [tab] = visit(shelf, settings(value)).state.tabs;
    assert.equal(tab.query, "{ mine }");
    assert.deepEqual(headersOf(tab), { authorization: value });
  }
});

test("without headers in the settings none are stored, unless the user says so", () => {
  const shelf = new Memory();
  const plain = { tabs: [] };
  const history = JSON.stringify({ queries: [{ query: "{ a }", headers: JSON.stringify(bearer("pasted")) }] });

  const first = visit(shelf, plain);
  assert.equal(first.persists, false);
  assert.equal(first.state, null);
  first.storage.setItem("graphiql:queries", history);
  assert.doesNotMatch(JSON.stringify(shelf), /pasted/);

  first.storage.setItem("graphiql:shouldPersistHeaders", "true");
  const second = visit(shelf, plain);
  assert.equal(second.persists, true);
  second.storage.setItem("graphiql:queries", history);
  assert.match(JSON.stringify(shelf), /pasted/);
});

test("a server with headers and one without share nothing", () => {
  const shelf = new Memory();
  visit(shelf, start(1));
  const { state, persists } = visit(shelf, { tabs: [] });
  assert.equal(state, null);
  assert.equal(persists, false);
});

test("what is on the shelf may be broken", () => {
  for (const broken of ["{", "null", "7", "{}", '{"tabs": 1}', '{"tabs": [null], "activeTabIndex": 0}']) {
    const shelf = new Memory();
    visit(shelf, start(1)).storage.setItem("graphiql:tabState", broken);
    assert.equal(visit(shelf, start(1)).tab("Poll").query, "query Poll { a }", broken);
    openStorage(start(1), shelf).setItem("examples", broken);
    assert.equal(visit(shelf, start(1)).tab("Poll").query, "query Poll { a }", broken);
  }
});

test("clearing takes the playground's own things alone", () => {
  const shelf = new Memory();
  shelf.setItem("graphiql:tabState", "of another page at this address");
  const { storage } = visit(shelf, start(1));
  assert.notEqual(storage.length, 0);
  storage.clear();
  assert.equal(storage.length, 0);
  assert.deepEqual(Object.keys(shelf), ["graphiql:tabState"]);
});

// What the playground remembers in the browser, and how it is kept from remembering wrong things.
//
// GraphiQL keeps tabs and a history of requests, both with their headers, in localStorage. But
// each start of the server may bring other settings: other tokens, other ids in the examples.
// Therefore
//   - an Authorization value of the settings is stored as a mark that names its place in them,
//     and read as the value that stands there now;
//   - what nobody has edited in an example is read as the settings have it now;
//   - headers typed by hand are stored where the settings bring headers themselves, and else
//     only when the user has told GraphiQL to.

const TABS = "graphiql:tabState";
const PERSIST_HEADERS = "graphiql:shouldPersistHeaders";
const HISTORY = ["graphiql:queries", "graphiql:favorites"];
const EXAMPLES = "examples";
const CONTENT = ["query", "variables", "headers"];

// Whether the settings bring headers, as the demo's do.
export const bringsHeaders = (settings) => [settings, ...settings.tabs].some((from) => from.headers);

export const headersText = (headers) => (headers ? JSON.stringify(headers, null, 2) : "");

// A shelf for one visit, where localStorage cannot be used.
export class Memory {
  getItem(key) {
    return this[key] ?? null;
  }

  setItem(key, text) {
    this[key] = text;
  }

  removeItem(key) {
    delete this[key];
  }
}

// The storage that GraphiQL is given, on a shelf such as localStorage. Pages that bring headers
// and pages that bring none share nothing.
export function openStorage(settings, shelf) {
  const prefix = bringsHeaders(settings) ? "reelgraph-given/" : "reelgraph/";
  const marks = marksOf(settings);
  const keys = () => Object.keys(shelf).filter((key) => key.startsWith(prefix));

  return {
    getItem(key) {
      const text = shelf.getItem(prefix + key);
      return text && marks.reduce((read, { mark, value }) => read.replaceAll(mark, value), text);
    },
    setItem(key, text) {
      // GraphiQL asks before it stores the headers of tabs, but not before those of the history.
      const asked = !HISTORY.includes(key) || this.getItem(PERSIST_HEADERS) === "true";
      const stored = asked ? text : withoutHeaders(text);
      shelf.setItem(prefix + key, marks.reduce((marked, { mark, value }) => marked.replaceAll(value, mark), stored));
    },
    removeItem: (key) => shelf.removeItem(prefix + key),
    get length() {
      return keys().length;
    },
    clear: () => keys().forEach((key) => shelf.removeItem(key)),
  };
}

// Brings what GraphiQL will find in its storage up to the settings of today. Returns whether it
// is to store headers.
export function refresh(settings, storage) {
  const persistHeaders = bringsHeaders(settings) || storage.getItem(PERSIST_HEADERS) === "true";
  storage.setItem(PERSIST_HEADERS, String(persistHeaders));

  const examples = settings.tabs.map((tab) => ({
    id: `example-${tab.title}`,
    title: tab.title,
    query: tab.query,
    variables: tab.variables,
    headers: headersText(tab.headers ?? settings.headers),
    operationName: null,
    response: null,
  }));
  const kept = parsed(storage.getItem(TABS));
  const earlier = parsed(storage.getItem(EXAMPLES));
  const state =
    isTabs(kept?.tabs) && isTabs(earlier)
      ? merged(kept, earlier, examples, headersText(settings.headers))
      : { tabs: examples, activeTabIndex: 0 };
  storage.setItem(EXAMPLES, JSON.stringify(examples));
  storeTabs(storage, state);
  return persistHeaders;
}

// The kept tabs, each field of an example as it is now unless it was edited, and the examples
// that are new. An example that is gone goes, unless it was edited; one that was closed stays so.
function merged(kept, earlier, examples, defaultHeaders) {
  const find = (tabs, id) => tabs.find((tab) => tab.id === id);
  const tabs = kept.tabs.flatMap((tab) => {
    const was = find(earlier, tab.id);
    const now = find(examples, tab.id);
    tab.headers ??= (now ?? was)?.headers ?? defaultHeaders;
    const untouched = CONTENT.filter((field) => was && (tab[field] ?? "") === was[field]);
    if (now) untouched.forEach((field) => (tab[field] = now[field]));
    return !now && untouched.length === CONTENT.length ? [] : [tab];
  });
  tabs.push(...examples.filter(({ id }) => !find(earlier, id) && !find(tabs, id)));
  return { tabs, activeTabIndex: Math.max(tabs.indexOf(kept.tabs[kept.activeTabIndex]), 0) };
}

// GraphiQL keeps the active tab's content a second time, and opens one more tab where the two differ.
function storeTabs(storage, { tabs, activeTabIndex }) {
  const active = tabs[activeTabIndex];
  for (const field of CONTENT) {
    storage.setItem(`graphiql:${field}`, active?.[field] ?? "");
  }
  if (active) storage.setItem(TABS, JSON.stringify({ tabs, activeTabIndex }));
  else storage.removeItem(TABS);
}

// Only values that JSON leaves as they are can be found in a text by searching; tokens are such.
// The longest comes first, lest it be taken for a shorter one that it begins with.
function marksOf(settings) {
  const places = [["every tab", settings.headers], ...settings.tabs.map((tab) => [`tab ${tab.title}`, tab.headers])];
  return places
    .flatMap(([place, headers]) => Object.entries(headers ?? {}).map(([name, value]) => ({ place, name, value })))
    .filter(({ name, value }) => name.toLowerCase() === "authorization" && /^[\w .~+/=-]+$/.test(value))
    .map(({ place, value }) => ({ mark: `{{Authorization of ${encodeURIComponent(place)}}}`, value }))
    .sort((a, b) => b.value.length - a.value.length);
}

const isTabs = (value) => Array.isArray(value) && value.every((tab) => typeof tab?.id === "string");

const withoutHeaders = (text) => JSON.stringify(JSON.parse(text), (key, value) => (key === "headers" ? undefined : value));

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

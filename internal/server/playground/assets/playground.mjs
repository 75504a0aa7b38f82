import { Memory, bringsHeaders, headersText, openStorage, refresh } from "./storage.mjs";

const { GraphiQL, React, ReactDOM } = window;
const settings = JSON.parse(document.getElementById("settings").textContent);

// Where localStorage is blocked or full, things are remembered until the page is left.
function remembering() {
  for (const shelf of [() => window.localStorage, () => new Memory()]) {
    try {
      const storage = openStorage(settings, shelf());
      return { storage, shouldPersistHeaders: refresh(settings, storage) };
    } catch (error) {
      console.warn("The playground cannot use this browser's storage:", error);
    }
  }
  return {};
}

// Subscriptions go over a WebSocket at the same path, with the headers of their tab.
const sockets = new URL(settings.endpoint, window.location.href);
sockets.protocol = sockets.protocol.replace("http", "ws");

const icon = document.querySelector("link[rel=icon]").href;
const wordmark = React.createElement(
  "span",
  { className: "wordmark" },
  React.createElement("img", { src: icon, alt: "" }),
  "reelgraph",
);

ReactDOM.createRoot(document.getElementById("playground")).render(
  React.createElement(
    GraphiQL,
    {
      ...remembering(),
      fetcher: GraphiQL.createFetcher({ url: settings.endpoint, subscriptionUrl: sockets.href }),
      defaultHeaders: headersText(settings.headers),
      isHeadersEditorEnabled: true,
      showPersistHeadersSettings: !bringsHeaders(settings),
      defaultEditorToolsVisibility: "variables",
    },
    React.createElement(GraphiQL.Logo, null, wordmark),
  ),
);

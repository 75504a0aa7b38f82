import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The reelgraph server that `npm run dev` shows: by default the demo. */
const server = process.env.REELGRAPH_URL ?? "http://127.0.0.1:8080";

const SETTINGS = /<script id="settings" type="application\/json">.*?<\/script>/s;

/** While developing, the page has the settings that the server would give it. */
function settingsOfServer(): Plugin {
  return {
    name: "settings-of-server",
    apply: "serve",
    async transformIndexHtml(html) {
      const answer = await fetch(new URL("/app", server)).catch(() => null);
      const served = answer?.ok ? (await answer.text()).match(SETTINGS) : null;
      return served ? html.replace(SETTINGS, () => served[0]) : html;
    },
  };
}

export default defineConfig({
  base: "/app/",
  plugins: [react(), settingsOfServer()],
  // The client package is linked and has its own copies, for its tests.
  resolve: { dedupe: ["@urql/core", "@urql/exchange-graphcache", "graphql", "graphql-ws", "react", "urql", "wonka"] },
  build: {
    target: "es2022",
    // light-dark() stays as it is written.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The page's content security policy has no data: for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Those of what is bundled want to be where it is.
    license: { fileName: "licenses.md" },
  },
  server: { proxy: { "/graphql": { target: server, ws: true } } },
});

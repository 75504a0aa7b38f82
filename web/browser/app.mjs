// A server of the program, and people who visit its app with a browser.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "../../clients/harness.mjs";
import { launch, watch } from "./browser.mjs";

const screenshots = fileURLToPath(new URL("screenshots/", import.meta.url));
mkdirSync(screenshots, { recursive: true });

export const screenshot = (name) => `${screenshots}${name}.png`;

/** How long something may take that a person waits for. */
const PATIENCE = 15_000;

/** The failures of requests, which browsers write on the console; nobody can keep them from it while a server is away. */
export const failedRequests = /^console: (Failed to load resource: |WebSocket connection to .* failed)/;

export class App {
  static async start() {
    const app = new App();
    app.browser = await launch();
    app.server = await Server.start({ PLAYGROUND: "on" });
    return app;
  }

  async close() {
    try {
      await this.browser.close();
    } finally {
      await this.server.close();
    }
  }

  /**
   * Has people use the app in a browser of their own, which knows their tokens as the demo's page knows its users'. They
   * come in English and from no other host, unless told otherwise. Fails where anything happened that must not.
   */
  async visit(people, use, { host = `127.0.0.1:${this.server.port}`, bearable, ...settings } = {}) {
    const context = await this.browser.newContext({
      locale: "en-US",
      viewport: { width: 1280, height: 900 },
      ...settings,
    });
    context.setDefaultTimeout(PATIENCE);
    try {
      const complaints = await watch(context, host);
      const unbearable = () => complaints.filter((complaint) => !bearable?.test(complaint));
      await context.addInitScript(introduce, { endpoint: "/graphql", users: people.map(asUser) });
      const visit = {
        open: async (path = "") => {
          const page = await context.newPage();
          await page.goto(`http://${host}/app${path}`);
          return page;
        },
      };
      await use(visit).catch((error) => {
        throw new Error([error.message, ...unbearable()].join("\n"), { cause: error });
      });
      assert.deepEqual(unbearable(), []);
    } catch (error) {
      await picture(context);
      throw error;
    } finally {
      await context.close();
    }
  }
}

/** Waits until what a locator finds has the focus. */
export const focused = (locator) => locator.and(locator.page().locator(":focus")).waitFor();

/** Keeps what the pages of a test that failed look like, as far as they can still be seen. */
export async function picture(context) {
  for (const page of context.pages()) {
    await page
      .screenshot({ path: screenshot(`failed-${basename(process.argv[1], ".test.mjs")}-${++failures}`) })
      .catch(() => {});
  }
}

let failures = 0;

/** In the page: puts people where the demo puts its users, just before the app's script reads it. */
function introduce(settings) {
  document.addEventListener("readystatechange", () => {
    const block = document.getElementById("settings");
    if (document.readyState === "interactive" && block) block.textContent = JSON.stringify(settings);
  });
}

const asUser = ({ id, token, name, roles = ["USER"] }) => ({
  id,
  token,
  roles,
  name: name ?? `p${id.slice(0, 8)}`,
  handle: `p${id.slice(0, 8)}`,
});

// The browser of all tests here and of the playground's, and what must never happen on a page in it.
import { chromium } from "playwright-core";

/** Starts Chromium, which finds no host but this machine. CHROMIUM names its program, by default /usr/bin/chromium. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });

/**
 * Blocks every host but one in a context's pages. What it returns fills with what must not happen on any of them:
 * requests to other hosts, errors on the console, exceptions that nobody caught, breaches of the content security policy.
 */
export async function watch(context, host) {
  const complaints = [];
  const foreign = (url) => !["data:", "blob:"].includes(url.protocol) && url.host !== host;
  await context.route(foreign, (route) => route.abort("blockedbyclient"));
  context.on("request", (request) => {
    if (foreign(new URL(request.url()))) complaints.push(`another host: ${request.url()}`);
  });
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()} ${message.location().url}`);
  });
  context.on("weberror", (thrown) => complaints.push(`page error: ${thrown.error().message}`));
  context.on("page", (page) => {
    page.on("websocket", (socket) => {
      if (new URL(socket.url()).host !== host) complaints.push(`another host: ${socket.url()}`);
    });
  });
  await context.exposeFunction("reportViolation", (violation) =>
    complaints.push(`content security policy: ${violation}`),
  );
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""}`);
    });
  });
  return complaints;
}

// What the other tests rely on: that nothing which must not happen on a page goes unnoticed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { launch, watch } from "./browser.mjs";

const html = `<!doctype html><title>careless</title><script>
  console.error("a complaint");
  setTimeout(() => { throw new Error("uncaught"); });
  fetch("http://other.example.com/script.js").catch(() => {});
  new WebSocket("ws://elsewhere.example.com/");
  new Image().src = "/forbidden.png";
</script>`;

test("whatever must not happen on a page is noticed, and other hosts are not reached", async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": "img-src 'none'" });
    response.end(html);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await launch();
  try {
    const host = `127.0.0.1:${server.address().port}`;
    const context = await browser.newContext();
    const complaints = await watch(context, host);
    const page = await context.newPage();
    const refused = page.waitForEvent("requestfailed", (request) => request.url().includes("other.example.com"));
    const closed = page.waitForEvent("websocket").then((socket) => socket.waitForEvent("socketerror"));
    await Promise.all([page.waitForEvent("pageerror"), refused, closed, page.goto(`http://${host}/`)]);
    // By then what the page has reported has come, too.
    await page.evaluate(() => window.reportViolation("the last"));
    for (const expected of [
      /^console: a complaint/,
      /^page error: uncaught/,
      /^another host: http:\/\/other\.example\.com\/script\.js/,
      /^another host: ws:\/\/elsewhere\.example\.com\//,
      /^content security policy: img-src /,
    ]) {
      assert.ok(
        complaints.some((complaint) => expected.test(complaint)),
        `${expected} in\n${complaints.join("\n")}`,
      );
    }
    assert.match((await refused).failure()?.errorText ?? "", /BLOCKED_BY_CLIENT/);
    assert.match(await closed, /ERR_NAME_NOT_RESOLVED/);
  } finally {
    await browser.close();
    server.close();
  }
});

// @vitest-environment happy-dom
// @vitest-environment-options { "settings": { "fetch": { "disableSameOriginPolicy": true } } }
// The examples of README.md and docs/clients.md, with the server behind them.
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import { NotificationCenter } from "../src/index.js";
import { claimJobs, clientFor, completed, notify, Person, report, Server, view } from "./harness.js";

let server: Server;
let person: Person;

beforeAll(async () => {
  server = await Server.start();
  person = await Person.join(server);
  vi.stubGlobal("WebSocket", NodeWebSocket);
  Reflect.get(window, "happyDOM").setURL(server.url);
  sessionStorage.setItem("token", person.token);
});
afterEach(cleanup);
afterAll(() => server.close());

const shown = (text: string | RegExp) => screen.findByText(text, {}, { timeout: 10_000 });

async function countersMove(viewsBefore: number) {
  await shown(`A boat: ${viewsBefore} views`);
  await view(server, person.video);
  await shown(`A boat: ${viewsBefore + 1} views`);
}

test("the feed with Apollo moves", async () => {
  const { App } = await import("../examples/react-apollo.js");
  render(<App />);
  await countersMove(0);
});

test("the feed with urql moves", async () => {
  const { App } = await import("../examples/react-urql.js");
  render(<App />);
  await countersMove(1);
});

test("the feed of the client alone moves", async () => {
  const { showFeed } = await import("../examples/plain.js");
  const list = document.body.appendChild(document.createElement("ul"));
  const stop = await showFeed(list);
  const views = (count: number) => vi.waitFor(() => expect(list.textContent).toBe(`A boat: ${count} views`), 10_000);
  await views(2);
  await view(server, person.video);
  await views(3);
  stop();
  list.remove();
});

test("the studio shows a job from its start to its result", async () => {
  const { Studio } = await import("../examples/react-jobs.js");
  const client = clientFor(server.url, person.token);
  render(<Studio client={client} />);
  fireEvent.click(screen.getByText("Start a job"));
  await shown("0 percent");
  const { myAIJobs } = await server.ask(person.token, "{ myAIJobs { nodes { id } } }");
  const { id } = myAIJobs.nodes[0];
  await claimJobs(server);
  await report(server, id, { progress: 40 });
  await shown("40 percent");
  await report(server, id, completed);
  await shown(`ready at ${completed.resultUrl}`);
  client.dispose();
});

test("the studio says what went wrong, and starts one job however often it has to be told", async () => {
  const { Studio } = await import("../examples/react-jobs.js");
  const starter = await Person.join(server);
  let lost = 1;
  const client = clientFor(server.url, starter.token, {
    async fetch(...request) {
      const response = await fetch(...request);
      if (lost-- > 0) throw new TypeError("The answer was lost.");
      return response;
    },
  });
  render(<Studio client={client} />);
  const started = async () => (await server.ask(starter.token, "{ myAIJobs { nodes { id } } }")).myAIJobs.nodes.length;
  fireEvent.click(screen.getByText("Start a job"));
  await screen.findByRole("alert", {}, { timeout: 10_000 });
  expect(await started()).toBe(1);
  fireEvent.click(screen.getByText("Start a job"));
  await shown("0 percent");
  expect(await started()).toBe(1);
  expect(screen.queryByRole("alert")).toBeNull();
  fireEvent.click(screen.getByText("Start a job"));
  await vi.waitFor(() => expect(screen.getAllByText("0 percent")).toHaveLength(2), 10_000);
  expect(await started()).toBe(2);
  client.dispose();
});

test("the bell shows what comes, and what is read", async () => {
  const { Bell } = await import("../examples/react-bell.js");
  const reader = await Person.join(server);
  const client = clientFor(server.url, reader.token);
  render(<Bell center={new NotificationCenter(client)} />);
  await shown("1 unread");
  await notify(server, reader, ["News"]);
  await shown("2 unread");
  fireEvent.click(await shown("News"));
  await shown("1 unread");
  fireEvent.click(screen.getByText("Read all"));
  await shown("0 unread");
  client.dispose();
});

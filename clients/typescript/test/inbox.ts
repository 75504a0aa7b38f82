// Pages that show notifications, and who sends them.
import { randomUUID } from "node:crypto";
import { afterEach } from "vitest";
import type { Client, Transport } from "../src/client.js";
import type { MessageFragment, NotificationCategory } from "../src/generated/types.js";
import {
  NotificationCenter,
  type NotificationCenterOptions,
  type NotificationCenterState,
} from "../src/notifications.js";
import { backend, clientFor, Gate, Heard, type Person, type Server, sign, until } from "./harness.js";

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A page that shows notifications, and its way to the server. */
export interface Tab {
  gate: Gate;
  client: Client;
  center: NotificationCenter;
  arrivals: Heard<MessageFragment>;
  states: NotificationCenterState[];
}

export interface TabOptions extends NotificationCenterOptions {
  transports?: readonly Transport[];
  /** What stands between the center and its client. */
  through?(client: Client): Client;
}

export async function open(
  at: Server,
  token: string,
  { transports, through, ...options }: TabOptions = {},
): Promise<Tab> {
  const gate = await Gate.start(at);
  const client = clientFor(gate.url, token, transports && { transports });
  const arrivals = new Heard<MessageFragment>();
  const center = new NotificationCenter(through?.(client) ?? client, { onArrival: arrivals.add, ...options });
  const states: NotificationCenterState[] = [];
  center.state.subscribe(() => states.push(center.state.getSnapshot()));
  endings.push(
    () => gate.close(),
    () => client.dispose(),
    () => center.dispose(),
  );
  return { gate, client, center, arrivals, states };
}

/** A page that has loaded, and is connected. */
export async function opened(at: Server, token: string, options: TabOptions = {}): Promise<Tab> {
  const tab = await open(at, token, options);
  tab.center.start();
  await listed(tab, "the first page", ({ loading, error }) => !loading && !error);
  await until(tab.client.connection, "a connection", (state) => state !== "connecting" && state !== "idle");
  return tab;
}

export const listed = ({ center }: Tab, what: string, wanted: (state: NotificationCenterState) => boolean) =>
  until(center.state, what, wanted);
export const titles = ({ center }: Tab) => center.state.getSnapshot().notifications.map(({ title }) => title);
export const unread = ({ center }: Tab) => center.state.getSnapshot().unread.total;
export const ids = ({ center }: Tab) => center.state.getSnapshot().notifications.map(({ id }) => id);
export const readOf = ({ center }: Tab) =>
  center.state.getSnapshot().notifications.map(({ readAt }) => readAt !== null);
export const numbered = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);

/** Waits until so many have arrived, and tells their titles. */
export async function arrived({ arrivals }: Tab, count: number): Promise<string[]> {
  while (arrivals.all.length < count) await arrivals.take(`${count} arrivals`);
  return arrivals.all.map(({ title }) => title);
}

/** A user with an inbox in which there is nothing. */
export async function newcomer(server: Server): Promise<{ id: string; token: string }> {
  const id = randomUUID();
  const user = { id, handle: `n${id.slice(0, 8)}`, displayName: "New" };
  const upsert = `mutation ($users: [UserInput!]!) { upsertUsers(users: $users) { users { id } } }`;
  await server.ask(backend, upsert, { users: [user] });
  return { id, token: sign(id) };
}

/** Sends notifications of these categories, caused by somebody if so. */
export async function send(
  server: Server,
  to: { id: string },
  categories: readonly NotificationCategory[],
  actorId?: string,
): Promise<void> {
  await server.ask(
    backend,
    `mutation ($batch: ID!, $notifications: [SendNotificationInput!]!) {
      sendNotifications(batchId: $batch, notifications: $notifications) { sentCount }
    }`,
    {
      batch: randomUUID(),
      notifications: categories.map((category) => ({ userId: to.id, category, title: category, actorId })),
    },
  );
}

export const blocks = (server: Server, person: Person, field: "blockUsers" | "unblockUsers", other: string) =>
  server.ask(person.token, `mutation ($ids: [ID!]!) { ${field}(ids: $ids) { ${field.slice(0, -5)}edCount } }`, {
    ids: [other],
  });

import { type ConnectionState, createClient } from "@reelgraph/client";

const notes: Record<ConnectionState, string> = {
  idle: "",
  connecting: "Connecting",
  socket: "Live",
  stream: "Live",
  polling: "Renewed every few seconds",
  offline: "No connection: what you see may be old",
};

/** A client whose connection is told in a corner of the page. */
export function connect(url: string, getToken: () => Promise<string | null>, note: HTMLElement) {
  const client = createClient({ url, getToken });
  client.connection.subscribe(() => note.replaceChildren(notes[client.connection.getSnapshot()]));
  return client;
}

import type { Client } from "@reelgraph/client";

/**
 * Calls back each time that a client is connected, by whatever transport; not for the connection that it has.
 * @returns Ends that.
 */
export function onConnected({ connection }: Client, callback: () => void): () => void {
  return connection.subscribe(() => {
    if (["socket", "stream", "polling"].includes(connection.getSnapshot())) callback();
  });
}

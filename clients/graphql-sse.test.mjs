// graphql-sse in its mode of distinct connections.
import { createClient } from "graphql-sse";
import { liveCases } from "./cases.mjs";
import { authorization, resuming } from "./harness.mjs";
import { codesOf } from "./sockets.mjs";

liveCases({
  name: "graphql-sse",
  socket: false,
  // What was refused before it ran is an HTTP response.
  codes: async (error) => codesOf(error.response ? (await error.response.json()).errors : error),
  open({ server, token, retry }) {
    const client = createClient({
      url: server.url,
      headers: () => authorization(token()),
      retryAttempts: retry ? Infinity : 0,
      retry,
    });
    return {
      subscribe(request, reading) {
        const next = ({ data, errors }) => (errors ? reading.error(errors) : reading.next(data));
        client.subscribe(...resuming(request, { ...reading, next }));
      },
      async query(request) {
        for await (const { data } of client.iterate(request)) return data;
      },
      close: () => client.dispose(),
    };
  },
});

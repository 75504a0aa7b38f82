// graphql-ws, which the others bring for WebSockets.
import { liveCases } from "./cases.mjs";
import { resuming } from "./harness.mjs";
import { codesOf, connect } from "./sockets.mjs";

liveCases({
  name: "graphql-ws",
  socket: true,
  codes: codesOf,
  open(options) {
    const client = connect(options);
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

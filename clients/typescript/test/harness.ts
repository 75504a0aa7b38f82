// What all tests here share: the program, people with tokens, a gate that shuts ways to it, and a client.
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { WebSocket as NodeWebSocket } from "ws";
import type { Server } from "../../harness.mjs";
import { within } from "../../harness.mjs";
import { type Client, type ClientOptions, createClient } from "../src/client.js";

export * from "../../harness.mjs";

type Way = "socket" | "stream" | "request";

/** Stands between clients and a server, as networks do that let some ways through and not others. */
export class Gate {
  sockets = true;
  streams = true;
  requests = true;
  /** What came, in order; requests by the name of their operation. */
  readonly seen: { kind: Way; operation?: string }[] = [];
  #port = 0;
  readonly #open = new Set<Socket>();
  readonly #http = createServer();

  /** One before a server, which may be started anew under the same port. */
  static async start(server: Server): Promise<Gate> {
    const gate = new Gate();
    gate.#http.on("connection", (socket: Socket) => gate.#keep(socket));
    gate.#http.on("upgrade", (request, socket, head) => gate.#upgrade(server.port, request, socket as Socket, head));
    gate.#http.on("request", async (request, response) => {
      const body = await text(request);
      const kind = request.headers.accept?.includes("text/event-stream") ? "stream" : "request";
      const operation = /(?:query|mutation|subscription) (\w+)/.exec(body)?.[1];
      gate.seen.push(operation === undefined ? { kind } : { kind, operation });
      if (!(kind === "stream" ? gate.streams : gate.requests)) {
        request.socket.destroy();
        return;
      }
      const { host: _, ...headers } = request.headers;
      const onward = httpRequest({
        port: server.port,
        host: "127.0.0.1",
        path: request.url,
        method: request.method,
        headers,
      });
      onward.on("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on("error", () => request.socket.destroy());
        answer.pipe(response);
      });
      onward.on("error", () => request.socket.destroy());
      response.on("close", () => onward.destroy());
      onward.end(body);
    });
    gate.#http.listen(0, "127.0.0.1");
    await once(gate.#http, "listening");
    gate.#port = (gate.#http.address() as AddressInfo).port;
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/graphql`;
  }

  /** How many connections are open. */
  get open(): number {
    return this.#open.size;
  }

  /** How often an operation was asked for by a request of its own, or a way was taken. */
  count(what: string): number {
    return this.seen.filter(({ kind, operation }) => kind === what || operation === what).length;
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Lets no byte more through what is open, and closes none of it: as if a cable were pulled. */
  freeze(): void {
    for (const socket of this.#open) socket.unpipe().pause();
  }

  async close(): Promise<void> {
    this.cut();
    this.#http.close();
    await once(this.#http, "close");
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    socket.on("close", () => this.#open.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  #upgrade(port: number, request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.seen.push({ kind: "socket" });
    if (!this.sockets) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    const onward = connect(port, "127.0.0.1", () => {
      const lines = request.rawHeaders.flatMap((name, i, all) => (i % 2 ? [] : [`${name}: ${all[i + 1]}`]));
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    this.#keep(onward);
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** A client with Node's most used WebSocket. */
export function clientFor(url: string, token?: string | (() => string), options: Partial<ClientOptions> = {}): Client {
  const getToken = () => (typeof token === "function" ? token() : token);
  return createClient({ url, getToken, webSocket: NodeWebSocket, ...options });
}

/** What callbacks were told, and a way to wait for it. */
export class Heard<T> {
  readonly all: T[] = [];
  #taken = 0;
  #news: () => void = () => {};

  readonly add = (value: T): void => {
    this.all.push(value);
    this.#news();
  };

  /** The next that is as wanted: those before it are passed over. */
  async take(what: string, wanted: (value: T) => boolean = () => true): Promise<T> {
    for (;;) {
      while (this.#taken < this.all.length) {
        const value = this.all[this.#taken++] as T;
        if (wanted(value)) return value;
      }
      await within(new Promise<void>((resolve) => (this.#news = resolve)), what);
    }
  }
}

/** Waits until a Readable, or anything else that tells of its changes, is as wanted. */
export function until<T>(
  readable: { getSnapshot(): T; subscribe(listener: () => void): () => void },
  what: string,
  wanted: (value: T) => boolean,
): Promise<T> {
  return within(
    new Promise<T>((resolve) => {
      const look = () => {
        const value = readable.getSnapshot();
        if (!wanted(value)) return;
        stop();
        resolve(value);
      };
      const stop = readable.subscribe(look);
      look();
    }),
    what,
  );
}

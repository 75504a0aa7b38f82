// A server that does what a test says where the real one does not: it closes when it should not, refuses, or leaves out.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { Client, Live, Operation } from "../src/index.js";
import { Heard } from "./harness.js";

interface Data {
  name: string;
}

/** A subscription that was asked for over a socket, and ways to answer it. */
export interface Asked {
  readonly name: string;
  next(): void;
  error(extensions: Record<string, unknown>): void;
  /** Closes the socket. */
  close(code: number): void;
}

export class Faulty {
  /** Whether upgrades are accepted. */
  sockets = true;
  /** What is done about a subscription over a socket; by default it is sent its name. */
  answer: (asked: Asked) => void = ({ next }) => next();
  /** When each socket was asked for. */
  readonly upgrades: number[] = [];
  /** The name of each subscription that was asked for, over sockets and streams. */
  readonly asked = new Heard<string>();
  readonly #http = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "graphql-transport-ws" });

  static async start(): Promise<Faulty> {
    const faulty = new Faulty();
    faulty.#http.on("upgrade", (request, socket, head) => {
      faulty.upgrades.push(Date.now());
      if (!faulty.sockets) socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      else faulty.#sockets.handleUpgrade(request, socket, head, (opened) => faulty.#serve(opened));
    });
    faulty.#http.on("request", async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      faulty.#stream(JSON.parse(Buffer.concat(parts).toString()).variables.name, response);
    });
    faulty.#http.listen(0, "127.0.0.1");
    await once(faulty.#http, "listening");
    return faulty;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/graphql`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, "close");
  }

  #serve(socket: WebSocket): void {
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on("message", (text) => {
      const { type, id, payload } = JSON.parse(String(text));
      if (type === "connection_init") send({ type: "connection_ack" });
      if (type === "ping") send({ type: "pong" });
      if (type !== "subscribe") return;
      const { name } = payload.variables;
      this.asked.add(name);
      this.answer({
        name,
        next: () => send({ type: "next", id, payload: { data: { name } } }),
        error: (extensions) => send({ type: "error", id, payload: [{ message: "no", extensions }] }),
        close: (code) => socket.close(code),
      });
    });
  }

  #stream(name: string, response: ServerResponse): void {
    this.asked.add(name);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(`event: next\ndata: ${JSON.stringify({ data: { name } })}\n\n`);
  }
}

const named: Operation<Data, Data> = { kind: "subscription", text: "subscription Name { name }" };

/** Follows a subscription by a name, and says what came of it. */
export function followed(client: Client, name: string, more: Partial<Live<Data, Data>> = {}) {
  const heard = new Heard<string>();
  const ends = new Heard<string>();
  const stop = client.live<Data, Data>({
    operation: named,
    variables: () => ({ name }),
    next: (data) => heard.add(data.name),
    error: ({ code }) => ends.add(code),
    complete: () => ends.add("complete"),
    ...more,
  });
  return { heard, ends, stop };
}

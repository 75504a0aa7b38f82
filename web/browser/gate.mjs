// A proxy before a server, as there are in networks that let some ways through and not others.
import { once } from "node:events";
import { request as ask, createServer } from "node:http";
import { connect } from "node:net";

export class Gate {
  /** Whether it lets sockets and event streams through. Those that are open stay until `cut`. */
  sockets = true;
  streams = true;
  #open = new Set();
  #http = createServer();

  static async start(server) {
    const gate = new Gate();
    const http = gate.#http;
    http.on("connection", (socket) => gate.#keep(socket));
    http.on("upgrade", (request, socket, head) => gate.#upgrade(server.port, request, socket, head));
    http.on("request", (request, response) => gate.#request(server.port, request, response));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    gate.host = `127.0.0.1:${http.address().port}`;
    return gate;
  }

  /** Breaks every connection. */
  cut() {
    for (const socket of this.#open) socket.destroy();
  }

  async close() {
    this.cut();
    this.#http.close();
    await once(this.#http, "close");
  }

  #keep(socket) {
    this.#open.add(socket);
    socket.on("close", () => this.#open.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  #request(port, request, response) {
    if (!this.streams && request.headers.accept?.includes("text/event-stream")) return request.socket.destroy();
    const { url: path, method, headers } = request;
    const onward = ask({ host: "127.0.0.1", port, path, method, headers });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.on("error", () => request.socket.destroy());
      answer.pipe(response);
    });
    onward.on("error", () => request.socket.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }

  #upgrade(port, request, socket, head) {
    if (!this.sockets) return socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    const onward = connect(port, "127.0.0.1", () => {
      const lines = [];
      for (let i = 0; i < request.rawHeaders.length; i += 2) {
        lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}\r\n`);
      }
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    this.#keep(onward);
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  }
}

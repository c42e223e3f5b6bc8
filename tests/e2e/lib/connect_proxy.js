/**
 * connect_proxy: `node connect_proxy.js PORT SOCKET LOG PROGRAM`, inside a network namespace of its own: the only
 * way out is an HTTP proxy that knows nothing but CONNECT. Starts PROGRAM beside it and ends with it.
 */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";

const [port, socket, log, program] = process.argv.slice(2);
const server = http.createServer((_request, response) => {
  response.writeHead(405).end();
});

server.on("connect", (request, client, head) => {
  appendFileSync(log, `CONNECT ${request.url}\n`);
  const out = net.connect(socket, () => {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    out.write(head);
    out.pipe(client).pipe(out);
  });
  out.on("error", () => client.destroy());
  client.on("error", () => out.destroy());
});

spawnSync("ip", ["link", "set", "lo", "up"]);
server.listen(Number(port), "127.0.0.1", () => {
  const child = spawn(program, [], {
    stdio: "inherit", env: { ...process.env, https_proxy: `http://127.0.0.1:${port}`, no_proxy: "", NO_PROXY: "" },
  });
  process.on("SIGTERM", () => child.kill());
  child.on("exit", () => process.exit());
});

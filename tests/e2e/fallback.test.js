/** Section 1: when the native door is closed the agent comes by the web door, through a proxy if there is one. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import test from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { answer } from "./lib/customer.js";
import { end, until } from "./lib/process.js";
import { redirect } from "./lib/program.js";
import { begin } from "./lib/robot.js";
import { ROOT } from "./lib/stack.js";
import { world } from "./lib/world.js";

const { stack, desk } = world(6);
const closed = stack.port + 3;

/** The session is a real one: the picture comes this way as well. @param {{ viewer: import("./lib/robot.js").RobotViewer, agent: any }} all */
async function assertWorks({ viewer, agent }) {
  viewer.session.ask("view");
  await answer(desk, "view");
  await viewer.state("view", "allowed");
  await until("a picture", () => viewer.count(Kind.PICTURE) > 0);
  viewer.session.end();
  await until("ended", () => viewer.ended);
  assert.equal(viewer.ended, "advisor");
  await end(agent);
}

test("with the native door open the agent takes it", async () => {
  const all = await begin(stack, desk);
  assert.equal(all.viewer.session.agent.transport, "native");
  await assertWorks(all);
});

test("with the native door closed the agent comes by the web door", async () => {
  const all = await begin(stack, desk, { change: (program) => redirect(stack, program, { nativePort: closed }) });
  assert.equal(all.viewer.session.agent.transport, "web");
  await assertWorks(all);
});

test("where nothing but an HTTP proxy leads out, the agent goes through its CONNECT", async () => {
  const path = join(stack.dir, "out.socket");
  const log = join(stack.dir, "proxy.log");
  const outside = net.createServer((inside) => {
    const web = net.connect(stack.port, "127.0.0.1");
    web.on("error", () => inside.destroy());
    inside.on("error", () => web.destroy());
    inside.pipe(web).pipe(inside);
  });
  await new Promise((resolve) => outside.listen(path, () => resolve(undefined)));
  const proxy = join(ROOT, "tests/e2e/lib/connect_proxy.js");
  const all = await begin(stack, desk, {
    launch: (program) => ["unshare", [process.getuid?.() ? "-rn" : "-n", process.execPath, proxy, "3128", path, log, program]],
  });
  assert.equal(all.viewer.session.agent.transport, "web");
  assert.equal(readFileSync(log, "utf8"), `CONNECT localhost:${stack.port}\n`);
  await assertWorks(all);
  outside.close();
});

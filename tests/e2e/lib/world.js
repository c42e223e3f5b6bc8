/** world: a stack and a desk for one test file, and their end. */
import { after, before } from "node:test";
import { assertCovered } from "./control_covered.js";
import { Desk } from "./desk.js";
import { leaveAll } from "./robot.js";
import { Stack } from "./stack.js";

/**
 * Port and displays of a test file: each has its own, so that files can run at the same time. GUICHET_PORT and
 * GUICHET_DISPLAY move the first of them.
 * @param {number} place  0, 1, … @param {{ hasDesk?: boolean, alertUrl?: string }} [options]
 */
export function world(place, { hasDesk = true, alertUrl } = {}) {
  const stack = new Stack({ port: Number(process.env.GUICHET_PORT ?? 8843) + 4 * place, alertUrl });
  const desk = new Desk(Number(process.env.GUICHET_DISPLAY ?? 950) + 2 * place);
  before(async () => {
    stack.start();
    if (hasDesk) await desk.open();
  });
  after(async () => {
    leaveAll();
    if (hasDesk) await desk.close();
    stack.stop();
    const journals = stack.sessions().map((session) => stack.journal(session));
    stack.clean();
    for (const journal of journals) assertCovered(journal); /* E8, for every session of every test */
  });
  return { stack, desk };
}

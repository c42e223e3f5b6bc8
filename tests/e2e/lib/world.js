/** world: a stack and a desk for one test file, and their end. */
import { after, before } from "node:test";
import { Desk } from "./desk.js";
import { leaveAll } from "./robot.js";
import { Stack } from "./stack.js";

/**
 * Port and displays of a test file: each has its own, so that files can run at the same time.
 * @param {number} place  0, 1, … @param {{ hasDesk?: boolean }} [options]
 */
export function world(place, { hasDesk = true } = {}) {
  const stack = new Stack({ port: 8843 + 4 * place });
  const desk = new Desk(950 + 2 * place);
  before(async () => {
    stack.start();
    if (hasDesk) await desk.open();
  });
  after(async () => {
    leaveAll();
    if (hasDesk) await desk.close();
    stack.stop();
    stack.clean();
  });
  return { stack, desk };
}

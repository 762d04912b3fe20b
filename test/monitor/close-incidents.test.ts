import { expect, test } from "bun:test";
import type { Script } from "./scripted-session.ts";
import { watching } from "./watching.ts";

const INTERVAL = 5000;

test("monitor() closes an incident whose tickets have all come to others, and not those", async () => {
  const script: Script = { verdicts: { "answers node/1": "violated" } };
  await using run = await watching(script);
  await run.clock.advance(2 * INTERVAL);
  const { database } = run;
  const tickets = database.incidents.tickets(1).map(({ id }) => id);
  const by = { atMs: run.clock.now(), actor: "person/ada", reason: "It is another matter" } as const;
  database.incidents.split(1, { ...by, title: "Another matter", beganAtMs: by.atMs, tickets });

  await run.clock.advance(INTERVAL);

  expect([1, 2].map((id) => database.incidents.get(id)?.state)).toEqual(["resolved", "open"]);
  expect(database.incidents.transitions(1).at(-1)?.reason).toBe("Its tickets belong to other incidents now");
});

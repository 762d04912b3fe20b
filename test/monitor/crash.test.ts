import { expect, test } from "bun:test";
import { entityKey } from "../../src/core/tickets/entity-state.ts";
import type { TicketTransition } from "../../src/core/tickets/ticket.ts";
import type { Verdict } from "../../src/core/words/verdict.ts";
import { temporaryDatabase } from "./scripted-session.ts";

const MONITOR = Bun.fileURLToPath(new URL("./dying-monitor.ts", import.meta.url));

test("a monitor that is killed again and again loses no transition and goes on where it was", async () => {
  using database = temporaryDatabase();

  for (let life = 0; life < 5; life++) {
    const running = Bun.spawn([process.execPath, MONITOR, database.path], { stdout: "pipe", stderr: "inherit" });
    let checked = 0;
    for await (const chunk of running.stdout) {
      checked += new TextDecoder().decode(chunk).split("\n").length - 1;
      if (checked > 25 + life) running.kill("SIGKILL");
    }
    await running.exited;
  }

  const tickets = database.tickets.list();
  expect(tickets.length).toBeGreaterThan(0);
  for (const { id, state } of tickets) {
    expect(isUnbroken(database.tickets.transitions(id))).toBe(true);
    const incident = database.incidents.ofTicket(id)?.state;
    if (state === "open") expect(incident).toBe("open");
    else expect(incident).toBeDefined();
  }
  const last = new Map<string, Verdict>();
  for (const { invariant = "", of: entity, said } of database.events.after(1, 0)) {
    if (!said) continue;
    const key = entityKey({ invariant, entity });
    // That something new holds is no event.
    expect(said.from).toBe(last.get(key) ?? (said.from === "holds" ? "holds" : undefined));
    last.set(key, said.to);
  }
  const entityStates = database.entityStates.load(1);
  for (const entityState of entityStates) expect(last.get(entityKey(entityState)) ?? "holds").toBe(entityState.verdict);
}, 120_000);

/** Opened first, and then resolved and reopened in turn. */
function isUnbroken(history: readonly TicketTransition[]): boolean {
  return history.every(({ change }, index) => {
    if (index === 0) return change === "opened";
    return change === (index % 2 === 1 ? "resolved" : "reopened");
  });
}

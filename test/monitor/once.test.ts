import { expect, test } from "bun:test";
import { ProbeError } from "../../src/core/text/errors.ts";
import type { Database } from "../../src/database/mod.ts";
import { checkOnce, type OnceResult } from "../../src/monitor/mod.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { monitorOptions, type Script, scripted, temporaryDatabase } from "./scripted-session.ts";

test("checkOnce() looks twice, a second apart, where there is no recent past, and once where there is", async () => {
  using database = temporaryDatabase();
  const clock = new VirtualClock();

  await once(database, clock, { verdicts: { "answers node/1": "holds" } });
  const first = database.checkups.list(1, 10).map(({ atMs }) => atMs);
  await clock.advance(5000);
  await once(database, clock, { verdicts: { "answers node/1": "holds" } });

  expect(first).toHaveLength(2);
  expect((first[0] ?? 0) - (first[1] ?? 0)).toBe(1000);
  expect(database.checkups.list(1, 10)).toHaveLength(3);
});

const VERDICTS: readonly (readonly [why: string, script: Script, verdict: OnceResult["verdict"]])[] = [
  ["holds where all holds", { verdicts: { "answers node/1": "holds" } }, "holds"],
  [
    "violated where anything is",
    { verdicts: { "answers node/1": "violated", "answers node/2": "unknown" } },
    "violated",
  ],
  ["unknown where something could not be seen", { verdicts: { "answers node/1": "unknown" } }, "unknown"],
  ["unknown where nothing answers", { verdicts: {}, fails: new ProbeError("refused") }, "unknown"],
];

for (const [why, script, verdict] of VERDICTS) {
  test(`checkOnce() answers ${why}`, async () => {
    using database = temporaryDatabase();

    const result = await once(database, new VirtualClock(), script);

    expect(result.verdict).toBe(verdict);
    expect(result.heldBy).toBeUndefined();
  });
}

test("checkOnce() says what this look saw, not what the first one of the same verdict did", async () => {
  using database = temporaryDatabase();
  const clock = new VirtualClock();
  await once(database, clock, { verdicts: {}, fails: new ProbeError("wrong password") });

  const { entityStates } = await once(database, clock, { verdicts: {}, fails: new ProbeError("connection refused") });

  expect(entityStates.map(({ summary }) => summary).join()).toContain("connection refused");
});

test("checkOnce() opens a ticket when called again and again, as from a timer", async () => {
  using database = temporaryDatabase();
  const clock = new VirtualClock();

  for (let call = 0; call < 3; call++) {
    await once(database, clock, { verdicts: { "answers node/1": "violated" } });
    await clock.advance(5000);
  }

  expect(database.tickets.list()).toMatchObject([{ state: "open" }]);
});

test("checkOnce() gives its lease up, and writes nothing while another holds it", async () => {
  using database = temporaryDatabase();
  const clock = new VirtualClock();
  await once(database, clock, { verdicts: { "answers node/1": "holds" } });
  expect(database.leases.current("monitor/1", clock.now())).toBeUndefined();

  database.leases.acquire("monitor/1", { holder: "monitor/other", nowMs: clock.now(), ttlMs: 60_000 });
  const result = await once(database, clock, { verdicts: { "answers node/1": "violated" } });

  expect(result).toMatchObject({ verdict: "violated", heldBy: { holder: "monitor/other" } });
  expect(database.checkups.list(1, 10)).toHaveLength(2);
});

async function once(database: Database, clock: VirtualClock, script: Script): Promise<OnceResult> {
  const { session } = scripted(clock, script);
  const options = monitorOptions(database, clock, { signal: new AbortController().signal });
  const result = checkOnce(session, options);
  await clock.advance(1000);
  return result;
}

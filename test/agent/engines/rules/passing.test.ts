import { expect, test } from "bun:test";
import { rules } from "../../../../src/agent/engines/rules/mod.ts";
import { aCase, aTicket, storedDesk } from "../../cases.ts";
import { diagnose, LAMPS } from "./lamps.ts";

test("rules asks why something was lost for a moment as the incident began, where no cause lasts", async () => {
  const earlier = [
    { atMs: 1600, brokenFrom: LAMPS, down: [] },
    { atMs: 1800, brokenFrom: [], down: ["lamp/3"] },
  ] as const;

  const { cause, unknowns } = await diagnose({ tickets: ["lamp/1"], earlier });

  expect(cause).toBeUndefined();
  expect(unknowns.slice(0, 2)).toEqual([
    "Why lamp/3 went down for a moment as it began",
    "Why lamp/1, lamp/2 lost mains/1 for a moment as it began",
  ]);
});

test("rules asks nothing of what is still lost", async () => {
  const { unknowns } = await diagnose({ tickets: ["lamp/1"], brokenLinksFrom: LAMPS });

  expect(unknowns).not.toContainEqual(expect.stringContaining("for a moment"));
});

test("rules asks why another invariant was violated for a moment, in its words, and of none that has a ticket or is still violated", async () => {
  const REST = { reason: "seen", evidence: {}, readAtMs: 2000 };
  const judged = (invariant: string, verdict: "holds" | "violated") => {
    return { invariant, entity: "lamp/1", on: "lamp/1", verdict, summary: "It is warm", ...REST } as const;
  };
  const violated = (invariant: string) => {
    return { atMs: 1500, event: "violated", of: "lamp/1", invariant, summary: `It was not ${invariant}` } as const;
  };
  const given = aCase({
    tickets: [aTicket({ invariant: "bright", on: "lamp/1" })],
    judgements: [judged("bright", "holds"), judged("warm", "holds"), judged("dry", "violated")],
    events: [violated("bright"), violated("warm"), violated("dry")],
  });

  const { unknowns } = await rules.investigate(given, storedDesk(given), AbortSignal.timeout(1000));

  expect(unknowns.filter((text) => text.startsWith("Why"))).toEqual([
    "Why warm was violated for a moment as it began: It was not warm",
  ]);
});

import { expect, test } from "bun:test";
import { rules } from "../../../../src/agent/engines/rules/mod.ts";
import type { ComponentId } from "../../../../src/core/words/ids.ts";
import { aCase, storedDesk } from "../../cases.ts";
import { diagnoseHall } from "./halls.ts";

const ALL = ["lamp/1", "lamp/2", "lamp/3"] as const;
const stalls = (on: ComponentId) => ({ symptom: "slow", on, reason: "stalled" }) as const;
const question = expect.stringContaining("all pause at once");

test("rules asks what all components of a kind share where all of them pause, and says how busy their machine is", async () => {
  const process = { id: "process", component: "lamp/2" as const, atMs: 109_000 };

  const { cause, unknowns } = await diagnoseHall({
    wrong: ALL.map(stalls),
    inspected: [{ ...process, value: { state: "running", host: { load_1m: 14.25, cores: 2 } } }],
  });

  expect(cause).toBeUndefined();
  expect(unknowns[0]).toBe(
    "Why lamp/1, lamp/2, lamp/3 all pause at once: what they share, such as their machine (load 14.3 on 2 cores), may be overloaded",
  );
});

test("rules asks nothing of what components share where some of them do not pause", async () => {
  const { unknowns } = await diagnoseHall({ wrong: ALL.slice(1).map(stalls) });

  expect(unknowns).not.toContainEqual(question);
});

test("rules counts pauses that are over, as far as they belong to the trouble", async () => {
  const parts = ALL.map((id) => ({ id, kind: "lamp", state: "up" as const }));
  const pause = (on: ComponentId, atMs: number) => {
    const said = { on, from: "holds" as const, to: "violated" as const, reason: "stalled", figures: {} };
    return { atMs, event: "violated" as const, of: on, invariant: "steady", summary: "It paused", said };
  };
  const ask = async (lastMs: number): Promise<readonly string[]> => {
    const given = aCase({
      picture: { atMs: 32_000, components: parts, links: [], series: [] },
      incident: { id: 1, title: "Dark", beganAtMs: 31_000, openedAtMs: 31_500 },
      events: [pause("lamp/1", 30_000), pause("lamp/2", 31_500), pause("lamp/3", lastMs)],
    });
    return (await rules.investigate(given, storedDesk(given), AbortSignal.timeout(1000))).unknowns;
  };

  expect(await ask(31_800)).toContain(
    "Why lamp/1, lamp/2, lamp/3 all pause at once: what they share, such as their machine, may be overloaded",
  );
  expect(await ask(1000)).not.toContainEqual(question);
});

test.each([
  ["is sure of a process that pauses alone", ["lamp/1"], {}, "confirmed"],
  ["is not sure of one of two that pause at once beside a third that runs", ["lamp/1", "lamp/2"], {}, "likely"],
  [
    "names none of two that pause at once beside a third that is gone",
    ["lamp/1", "lamp/2"],
    { "lamp/3": { state: "down", probe: "refused" } },
    undefined,
  ],
] as const)("rules %s", async (_, paused, now, verdict) => {
  const wrong = paused.map((on) => ({ symptom: "slow" as const, on, reason: "stalled" }));
  const { cause } = await diagnoseHall({ wrong, now });

  expect(cause?.mechanism === "hang" ? cause.verdict : undefined).toBe(verdict);
});

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  followTrack,
  retireTrack,
  type Sighting,
  type TicketRules,
  type Track,
  ticketRules,
} from "../../../src/core/tickets/track.ts";
import type { Verdict } from "../../../src/core/words/verdict.ts";

const RULES = ticketRules({ graceMs: 10_000 });

const VERDICTS: Readonly<Record<string, Verdict>> = { v: "violated", h: "holds", u: "unknown" };

/** One word per sighting, five seconds apart: what is said, and what became of the ticket. */
const TABLE: readonly (readonly [rule: string, said: string, changes: string])[] = [
  ["opens when the grace has passed", "vvv", "--o"],
  ["opens once", "vvvvv", "--o--"],
  ["does not open before the grace has passed", "vvhvv", "-----"],
  ["never opens on unknown", "vvuuu", "-----"],
  ["does not take unknown for an end of the violation", "vuv", "--o"],
  ["does not open on unknown alone", "uuuuuu", "------"],
  ["resolves after three holds that span the hold-down", "vvvhhh", "--o--r"],
  ["does not resolve on two holds", "vvvhhv", "--o---"],
  ["lets unknown break the row of holds", "vvvhhuhhh", "--o-----r"],
  ["never resolves on unknown", "vvvhhuuuuuu", "--o--------"],
  ["reopens after the grace, as the same ticket", "vvvhhhvvv", "--o--r--R"],
  ["does not reopen on a violation that does not last", "vvvhhhvhv", "--o--r---"],
];

for (const [rule, said, changes] of TABLE) {
  test(`followTrack() ${rule}`, () => {
    expect(run(said)).toBe(changes);
  });
}

test("followTrack() opens at once without a grace", () => {
  expect(run("v", ticketRules({ graceMs: 0 }))).toBe("o");
});

test("followTrack() opens a new ticket when the violation comes later than ten minutes", () => {
  const resolved = last("vvvhhh");

  const late = resolved.atMs + 600_001;
  const first = followTrack(resolved.track, sighting("violated", late), RULES);
  const second = followTrack(first.track, sighting("violated", late + 10_000), RULES);

  expect(second.change).toBe("opened");
});

test("followTrack() leaves a held ticket alone, and resolves it at once when it is let go", () => {
  const { track, atMs } = last("vvv");
  const held: Track = { ...track, ticket: { state: "open", held: true } };

  const [tracks, changes] = follow(held, "hhhhh", atMs);

  expect(changes).toBe("-----");
  const free: Track = { ...tracks, ticket: { state: "open", held: false } };
  expect(followTrack(free, sighting("holds", atMs + 30_000), RULES).change).toBe("resolved");
});

test("followTrack() counts anew when the clock has stepped", () => {
  const first = followTrack(undefined, sighting("violated", 100_000), RULES);
  const stepped = followTrack(first.track, { ...sighting("violated", 50_000), restart: true }, RULES);
  const early = followTrack(stepped.track, sighting("violated", 55_000), RULES);
  const due = followTrack(early.track, sighting("violated", 60_000), RULES);

  expect([stepped.change, early.change, due.change]).toEqual([undefined, undefined, "opened"]);
});

test("followTrack() counts holds anew when the clock has stepped", () => {
  const { track, atMs } = last("vvvhh");

  const stepped = followTrack(track, { ...sighting("holds", atMs + 500_000), restart: true }, RULES);

  expect(stepped.change).toBeUndefined();
  expect(stepped.track).toMatchObject({ holds: 1, holdsSinceMs: atMs + 500_000 });
});

test("followTrack() answers the same object while nothing changes", () => {
  const { track } = last("hhh");

  expect(followTrack(track, sighting("holds", 1_000_000), RULES).track).toBe(track);
});

test("followTrack() remembers since when nothing is said of an entity", () => {
  const { track } = last("h");

  const silent = followTrack(track, { ...sighting("unknown", 50_000), unjudged: true }, RULES).track;
  const still = followTrack(silent, { ...sighting("unknown", 60_000), unjudged: true }, RULES).track;
  const back = followTrack(still, sighting("holds", 70_000), RULES).track;

  expect([silent.unjudgedSinceMs, still.unjudgedSinceMs, back.unjudgedSinceMs]).toEqual([50_000, 50_000, undefined]);
});

test("retireTrack() resolves an open ticket and leaves a held one", () => {
  const { track } = last("vvv");

  expect(retireTrack(track, 99_000).change).toBe("resolved");
  expect(retireTrack({ ...track, ticket: { state: "open", held: true } }, 99_000).change).toBeUndefined();
  expect(retireTrack(last("h").track, 99_000).change).toBeUndefined();
});

const step = fc.record({
  verdict: fc.constantFrom<Verdict>("holds", "violated", "unknown"),
  /** Mostly an interval, sometimes a jump of the clock either way. */
  elapsedMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(5000) },
    { weight: 1, arbitrary: fc.integer({ min: -900_000, max: 900_000 }) },
  ),
  /** The process dies and what was stored is read again. */
  crash: fc.boolean(),
  hold: fc.option(fc.boolean(), { nil: undefined, freq: 8 }),
});

test("followTrack() opens only on a lasting violation and resolves only on a lasting row of holds, whatever comes", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      fc.record({ graceMs: fc.constantFrom(0, 5000, 12_000, 30_000), holdsToResolve: fc.integer({ min: 1, max: 4 }) }),
      (steps, partial) => {
        const rules = ticketRules(partial);
        const history: Sighting[] = [];
        let track: Track | undefined;
        let atMs = 1_000_000;
        let isOpen = false;
        for (const { verdict, elapsedMs, crash, hold } of steps) {
          atMs += elapsedMs;
          if (crash && track) track = JSON.parse(JSON.stringify(track));
          if (hold !== undefined && track?.ticket?.state === "open") {
            track = { ...track, ticket: { ...track.ticket, held: hold } };
          }
          const held = track?.ticket?.held === true;
          const seen = { ...sighting(verdict, atMs), restart: elapsedMs < 0 };
          history.push(seen);
          const result = followTrack(track, seen, rules);
          if (result.change === "resolved") {
            expect(held).toBe(false);
            expect(isOpen).toBe(true);
            expect(rowOf(history, ["holds"]).count).toBeGreaterThanOrEqual(rules.holdsToResolve);
            expect(rowOf(history, ["holds"]).spanMs).toBeGreaterThanOrEqual(rules.holdDownMs);
            isOpen = false;
          } else if (result.change) {
            expect(isOpen).toBe(false);
            expect(verdict).toBe("violated");
            expect(rowOf(history, ["violated", "unknown"]).violatedMs).toBeGreaterThanOrEqual(rules.graceMs);
            isOpen = true;
          } else if (verdict === "violated" && !isOpen) {
            expect(rowOf(history, ["violated", "unknown"]).violatedMs).toBeLessThan(rules.graceMs);
          }
          track = result.track;
          expect(track.ticket?.state === "open").toBe(isOpen);
        }
      },
    ),
  );
});

/** The unbroken row at the end of a history that says nothing else, back to the last step of the clock. */
function rowOf(history: readonly Sighting[], verdicts: readonly Verdict[]) {
  const row: Sighting[] = [];
  for (const seen of history.toReversed()) {
    if (!verdicts.includes(seen.verdict)) break;
    row.unshift(seen);
    if (seen.restart) break;
  }
  const end = row.at(-1)?.atMs ?? 0;
  // At a step of the clock the count begins with the step, if the violation was seen before it.
  const begin =
    row[0]?.restart && wasViolated(history, row.length) ? row[0] : row.find(({ verdict }) => verdict === "violated");
  return { count: row.length, spanMs: end - (row[0]?.atMs ?? end), violatedMs: end - (begin?.atMs ?? end) };
}

function wasViolated(history: readonly Sighting[], newest: number): boolean {
  const before = history.slice(0, -newest).toReversed();
  const end = before.findIndex(({ verdict }) => verdict === "holds");
  return before.slice(0, end < 0 ? undefined : end).some(({ verdict }) => verdict === "violated");
}

function sighting(verdict: Verdict, atMs: number): Sighting {
  return { atMs, restart: false, invariant: "answers", entity: "node/1", on: "node/1", verdict, summary: verdict };
}

function follow(start: Track | undefined, said: string, startMs: number, rules: TicketRules = RULES): [Track, string] {
  let track = start;
  let changes = "";
  for (const [index, letter] of said.split("").entries()) {
    const result = followTrack(track, sighting(VERDICTS[letter] ?? "unknown", startMs + index * 5000), rules);
    track = result.track;
    changes += { opened: "o", reopened: "R", resolved: "r", none: "-" }[result.change ?? "none"];
  }
  if (!track) throw new Error("Nothing was said");
  return [track, changes];
}

function run(said: string, rules?: TicketRules): string {
  return follow(undefined, said, 0, rules)[1];
}

function last(said: string): { track: Track; atMs: number } {
  return { track: follow(undefined, said, 0)[0], atMs: (said.length - 1) * 5000 };
}

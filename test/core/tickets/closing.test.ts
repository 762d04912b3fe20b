import { expect, test } from "bun:test";
import { type ClaimFinding, type ClosingRecord, followClaims } from "../../../src/core/tickets/closing.ts";

const MINUTE = 60_000;

test("followClaims() takes a cause without a persistent claim for one that cannot be left", () => {
  expect(follow([[]])).toEqual(["none"]);
});

test("followClaims() waits until a claim was false at K looks in a row", () => {
  const said = ["false", "false", "true", "false", "false", "false"];

  expect(follow(said.map((outcome) => [finding(outcome)]))).toEqual([
    "unknown",
    "unknown",
    "present",
    "unknown",
    "unknown",
    "gone",
  ]);
});

test("followClaims() gives what cannot be seen ten minutes", () => {
  const looks = Array.from({ length: 12 }, () => [finding("unknown")]);

  expect(follow(looks, MINUTE)).toEqual([...Array.from({ length: 10 }, () => "unknown"), "gone", "gone"]);
});

test("followClaims() waits no longer than ten minutes after a clock was put back", () => {
  const first = followClaims(undefined, [finding("unknown")], lookAt(60 * MINUTE));
  const back = followClaims(first.record, [finding("unknown")], lookAt(0));
  const later = followClaims(back.record, [finding("unknown")], lookAt(10 * MINUTE));

  expect([first, back, later].map(({ causeState }) => causeState)).toEqual(["unknown", "unknown", "gone"]);
});

test("followClaims() gives what a healthy system can show as well ten minutes after the last ticket", () => {
  const neutral = { ...finding("true"), isNeutral: true };
  const looks = Array.from({ length: 12 }, () => [neutral]);

  expect(follow(looks, MINUTE)).toEqual([...Array.from({ length: 10 }, () => "present"), "remains", "remains"]);
});

test("followClaims() keeps an incident open for ever while what no healthy system shows is there", () => {
  const looks = Array.from({ length: 100 }, () => [finding("true")]);

  expect(new Set(follow(looks, MINUTE))).toEqual(new Set(["present"]));
});

test("followClaims() says in figures what is left", () => {
  const neutral = { ...finding("true"), isNeutral: true };
  const look = { atMs: 11 * MINUTE, holdsToResolve: 3, quietSinceMs: 0 };

  expect(followClaims(undefined, [neutral], look).record.remains).toEqual(["so and so"]);
});

function lookAt(atMs: number) {
  return { atMs, holdsToResolve: 3, quietSinceMs: 0 };
}

function finding(outcome: string): ClaimFinding {
  const known = (["true", "false", "unknown"] as const).find((one) => one === outcome) ?? "unknown";
  return { key: "claim", outcome: known, figure: "so and so", isNeutral: false };
}

/** What comes of each look, the first of them at the moment at which the last ticket resolves. */
function follow(looks: readonly (readonly ClaimFinding[])[], everyMs = 1000): readonly string[] {
  let record: ClosingRecord | undefined;
  return looks.map((findings, index) => {
    const step = followClaims(record, findings, { atMs: index * everyMs, holdsToResolve: 3, quietSinceMs: 0 });
    record = step.record;
    return step.causeState;
  });
}

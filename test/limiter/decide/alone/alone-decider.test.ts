import { expect, test } from "bun:test";
import { AdmissionLog } from "../../../../src/limiter/admissions/admission-log.ts";
import { AloneDecider } from "../../../../src/limiter/decide/alone/alone-decider.ts";
import { WHOLE } from "../../../../src/limiter/decide/alone/standing.ts";
import { Denials } from "../../../../src/limiter/decide/denials.ts";
import { checkOf } from "../../checks.ts";

const HOUR_US = 3_600_000_000;

/** A node alone on a Cluster one of whose primaries has a clock that is an hour ahead. */
function open() {
  const clock = { nowMs: 1_000_000 };
  const nowUsOf = (key: string): number => clock.nowMs * 1000 + (key.startsWith("ahead") ? HOUR_US : 0);
  const log = new AdmissionLog({ nowUsOf });
  const denials = new Denials(() => clock.nowMs * 1000);
  const clocks = { nowMs: () => clock.nowMs, nowUsOf };
  const decider = new AloneDecider({ policy: "local", shares: WHOLE, log, denials, ...clocks, isUnmet: () => false });
  return { clock, log, decider };
}

test("a node alone forgets nothing that it admitted because the clocks of primaries disagree", () => {
  const { decider } = open();
  for (let at = 0; at < 5; at++) decider.decide(checkOf({ key: "a" }));

  for (let at = 0; at < 50; at++) decider.decide(checkOf({ key: `ahead ${at % 7}` }));

  expect(decider.decide(checkOf({ key: "a" }))).toMatchObject({ allowed: false, count: 5 });
});

test("a node alone goes on with what Redis told, whatever clock the next primary of the key has", () => {
  const { clock, log, decider } = open();
  const check = checkOf({ key: "ahead" });
  log.add(check, 0, 0).noteTold(check, 4, clock.nowMs * 1000 + 9_000_000);

  const first = decider.decide(check);
  const second = decider.decide(check);
  clock.nowMs += 9001;
  const later = decider.decide(check);

  expect([first, second, later].map(({ allowed, count }) => [allowed, count])).toEqual([
    [true, 5],
    [false, 5],
    [true, 2],
  ]);
});

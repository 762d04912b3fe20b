import { expect, test } from "bun:test";
import type { Decision } from "../../../src/limiter/decide/decision.ts";
import { Denials } from "../../../src/limiter/decide/denials.ts";
import { checkOf } from "../checks.ts";

const DENIED: Decision = {
  allowed: false,
  limit: 5,
  count: 5,
  retryAfterUs: 3000,
  moreQuotaUs: 2000,
  resetUs: 9000,
  source: "redis",
};

/** Denials by a clock that the test sets. */
function makeDenials() {
  const clock = { us: 1_000_000 };
  return { clock, denials: new Denials(() => clock.us) };
}

test("find() answers what was denied, with what is left of the waits", () => {
  const { clock, denials } = makeDenials();
  denials.add(checkOf(), DENIED, 1000);
  clock.us += 500;

  expect(denials.find(checkOf())).toEqual({
    ...DENIED,
    retryAfterUs: 2500,
    moreQuotaUs: 1500,
    resetUs: 8500,
    source: "cache",
  });
});

test("find() answers nothing from the moment on at which a unit leaves the window", () => {
  const { clock, denials } = makeDenials();
  denials.add(checkOf(), DENIED, 1000);

  clock.us += 1999;
  const before = denials.find(checkOf());
  clock.us += 1;

  expect([before?.allowed, denials.find(checkOf())]).toEqual([false, undefined]);
});

test("toldOf() is the count of the last denial of such a check, until all of it is free again", () => {
  const { clock, denials } = makeDenials();
  const told = (change = {}) => denials.toldOf(checkOf(change), 500);
  denials.add(checkOf(), DENIED, 1000);
  const first = [told(), told({ limit: 9 }), told({ windowMs: 9000 }), told({ algorithm: "gcra" }), told({ key: "b" })];

  clock.us += 8999;
  const found = denials.find(checkOf());
  const last = told();
  clock.us += 1;
  denials.find(checkOf());

  const count = DENIED.count;
  expect(first).toEqual([{ count, untilUs: 9500 }, { count, untilUs: 9500 }, undefined, undefined, undefined]);
  expect([found, last, told()]).toEqual([undefined, { count, untilUs: 501 }, undefined]);
});

test.each([
  ["a lower cost", { cost: 1 }],
  ["another limit", { limit: 6 }],
  ["another window", { windowMs: 9000 }],
  ["another algorithm", { algorithm: "gcra" }],
  ["another key", { key: "b" }],
] as const)("find() answers nothing to %s", (_name, change) => {
  const { denials } = makeDenials();
  denials.add(checkOf({ cost: 2 }), DENIED, 1000);

  expect(denials.find(checkOf({ cost: 2, ...change }))).toBeUndefined();
  expect(denials.find(checkOf({ cost: 3 }))?.allowed).toBe(false);
});

test("add() keeps no denial that waits for nothing to leave", () => {
  const { denials } = makeDenials();

  denials.add(checkOf({ cost: 9 }), { ...DENIED, count: 0, moreQuotaUs: 0 }, 1000);

  expect(denials.find(checkOf({ cost: 9 }))).toBeUndefined();
});

test("forget() drops one key or all, and what is asked for at that moment", () => {
  const { clock, denials } = makeDenials();
  for (const key of ["a", "b", "c"]) denials.add(checkOf({ key }), DENIED, 1000);

  denials.forget("a");
  const one = ["a", "b", "c"].map((key) => denials.find(checkOf({ key })) !== undefined);
  denials.forget();
  const all = ["a", "b", "c"].map((key) => denials.find(checkOf({ key })) !== undefined);
  denials.add(checkOf(), DENIED, clock.us / 1000 - 1);

  expect(one).toEqual([false, true, true]);
  expect(all).toEqual([false, false, false]);
  expect(denials.find(checkOf())).toBeUndefined();
});

test("add() drops the oldest of too many", () => {
  const { clock, denials } = makeDenials();
  clock.us += 1;

  for (let at = 0; at <= 100_000; at++) denials.add(checkOf({ key: `${at}` }), DENIED, 1000);

  expect(denials.find(checkOf({ key: "0" }))).toBeUndefined();
  expect(denials.find(checkOf({ key: "100000" }))?.allowed).toBe(false);
});

test("find() answers no longer than Redis said, counted from when it was asked, and tells waits from when it was heard", () => {
  const { clock, denials } = makeDenials();
  clock.us += 1500;
  denials.add(checkOf(), DENIED, 1000);
  const heard = denials.find(checkOf());

  clock.us += 500;

  expect(heard).toMatchObject({ retryAfterUs: 3000, moreQuotaUs: 2000, resetUs: 9000 });
  expect(denials.find(checkOf())).toBeUndefined();
});

test("find() answers for a second at most, since Redis may have lost the counter", () => {
  const { clock, denials } = makeDenials();
  denials.add(checkOf(), { ...DENIED, retryAfterUs: 60_000_000, moreQuotaUs: 60_000_000, resetUs: 60_000_000 }, 1000);

  clock.us += 999_999;
  const before = denials.find(checkOf());
  clock.us += 1;

  expect([before?.retryAfterUs, denials.find(checkOf())]).toEqual([59_000_001, undefined]);
});

test("doubt() has Redis asked again, and leaves what Redis told last", () => {
  const { clock, denials } = makeDenials();
  denials.add(checkOf(), DENIED, 1000);
  clock.us += 1;

  denials.doubt();
  const doubted = denials.find(checkOf());
  clock.us += 1;
  denials.add(checkOf({ key: "b" }), DENIED, clock.us / 1000);

  expect([doubted, denials.find(checkOf({ key: "b" }))?.allowed]).toEqual([undefined, false]);
  expect(denials.toldOf(checkOf(), 0)?.count).toBe(5);
});

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { type Admission, OverAdmissionCheck } from "../../../../src/subjects/ratelimiter/lab/over-admission.ts";

const WINDOW_MS = 1000;
const LIMIT = 5;

/** One request as a client and the limiter see it; times are milliseconds. */
const traffic = fc.array(
  fc.record({
    gapMs: fc.integer({ min: 0, max: 300 }),
    outboundMs: fc.integer({ min: 0, max: 400 }),
    inboundMs: fc.integer({ min: 0, max: 400 }),
    units: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 20, maxLength: 120 },
);

describe("OverAdmissionCheck", () => {
  test("never accuses an exact limiter, however slow the network and however its clock runs", () => {
    const clockRate = fc.double({ min: 0.9991, max: 1.0009, noNaN: true });
    fc.assert(
      fc.property(traffic, clockRate, (requests, rate) => {
        const check = checkOf(admit(requests, { rate, windowMs: WINDOW_MS }));

        expect(check.offences).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("never accuses a limiter whose limit and window change while it runs", () => {
    const change = fc.record({ limit: fc.integer({ min: 1, max: 9 }), windowMs: fc.integer({ min: 200, max: 2000 }) });
    fc.assert(
      fc.property(traffic, fc.array(change, { minLength: 1, maxLength: 5 }), (requests, changes) => {
        const at = (index: number): { limit: number; windowMs: number } =>
          changes[Math.floor(index / 10) % changes.length] ?? { limit: LIMIT, windowMs: WINDOW_MS };

        const check = checkOf(admit(requests, { rate: 1, windowMs: WINDOW_MS, at }));

        expect(check.offences).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("accuses exactly what lies wholly within one window, by comparison with every window there is", () => {
    fc.assert(
      fc.property(traffic, (requests) => {
        const admissions = admit(requests, { rate: 1, windowMs: WINDOW_MS / 2 });

        const [offence] = checkOf(admissions).offences;

        const most = Math.max(0, ...admissions.map(({ receivedMs }) => unitsBefore(receivedMs, admissions)));
        expect(offence?.units ?? 0).toBe(most > LIMIT ? most : 0);
      }),
      { numRuns: 300 },
    );
  });

  test("accuses a limiter that counts by the calendar of bursts on both sides of the hour", () => {
    const burst = (startMs: number): Admission[] =>
      Array.from({ length: LIMIT }, (_, at) => admission(startMs + at, startMs + at + 5));

    const check = checkOf([...burst(980), ...burst(1000)]);

    expect(check.offences).toEqual([{ key: 0, units: 10, limit: 5, windowMs: 1000 }]);
  });

  test("does not count what straddles the edge of the window", () => {
    const early = Array.from({ length: LIMIT }, () => admission(0, 1010));
    const late = Array.from({ length: LIMIT }, () => admission(1005, 1020));

    expect(checkOf([...early, ...late]).offences).toEqual([]);
  });

  test("lists the worst key first", () => {
    const check = new OverAdmissionCheck();
    for (const key of [1, 2, 2, 3]) {
      for (let units = 0; units < LIMIT; units++) check.note(key, admission(0, 1));
      check.note(3, admission(0, 1));
    }

    expect(check.offences.map(({ key, units }) => [key, units])).toEqual([
      [2, 10],
      [3, 9],
    ]);
    expect([check.keys, check.noted]).toEqual([3, 24]);
  });

  test("forgets rather than grows, says so, and accuses nobody for it", () => {
    const check = new OverAdmissionCheck(8);
    for (let at = 0; at < 100; at++) check.note(at % 4, admission(at, at + 1));

    expect(check.forgotten).toBe(92);
    expect(check.offences).toEqual([]);
  });

  test("starts afresh with a lower limit once the window has emptied", () => {
    const check = checkOf([
      { ...admission(0, 1), limit: 100 },
      ...Array.from({ length: LIMIT + 1 }, (_, at) => admission(5000 + at, 5001 + at)),
    ]);

    expect(check.offences).toHaveLength(1);
  });
});

function admission(sentMs: number, receivedMs: number): Admission {
  return { sentMs, receivedMs, units: 1, limit: LIMIT, windowMs: WINDOW_MS };
}

function checkOf(admissions: readonly Admission[]): OverAdmissionCheck {
  const check = new OverAdmissionCheck();
  for (const each of admissions.toSorted((a, b) => a.receivedMs - b.receivedMs)) check.note(0, each);
  return check;
}

interface Limiter {
  /** Milliseconds of its own clock per millisecond of the client's. */
  readonly rate: number;
  readonly windowMs: number;
  /** Limit and window in force for the decision of that number. */
  readonly at?: (index: number) => { limit: number; windowMs: number };
}

/** What a limiter that counts exactly would admit of the requests; it decides them in the order in which they reach it. */
function admit(requests: readonly (typeof traffic extends fc.Arbitrary<(infer R)[]> ? R : never)[], limiter: Limiter) {
  let sentMs = 0;
  const arriving = requests.map(({ gapMs, outboundMs, inboundMs, units }) => {
    sentMs += gapMs;
    return { sentMs, decidedMs: sentMs + outboundMs, receivedMs: sentMs + outboundMs + inboundMs, units };
  });
  const taken: { decidedMs: number; units: number }[] = [];
  const admitted: Admission[] = [];
  for (const [index, { sentMs, decidedMs, receivedMs, units }] of arriving
    .toSorted((a, b) => a.decidedMs - b.decidedMs)
    .entries()) {
    const { limit, windowMs } = limiter.at?.(index) ?? { limit: LIMIT, windowMs: limiter.windowMs };
    const ownMs = decidedMs * limiter.rate;
    const live = taken.filter((each) => each.decidedMs > ownMs - windowMs);
    if (live.reduce((sum, each) => sum + each.units, 0) + units > limit) continue;
    taken.push({ decidedMs: ownMs, units });
    admitted.push({ sentMs, receivedMs, units, limit, windowMs: limiter.at ? windowMs : WINDOW_MS });
  }
  return admitted;
}

/** Units of the admissions that lie wholly within the window that ends then; a shade shorter, as the check has it. */
function unitsBefore(endMs: number, admissions: readonly Admission[]): number {
  const startMs = endMs - WINDOW_MS * 0.999;
  return admissions
    .filter(({ sentMs, receivedMs }) => sentMs > startMs && receivedMs <= endMs)
    .reduce((sum, { units }) => sum + units, 0);
}

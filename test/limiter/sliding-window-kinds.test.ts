import { afterAll, describe, expect, test } from "bun:test";
import { SCRIPTS } from "../../src/limiter/decide/redis/scripts.ts";
import { startRedis } from "../redis-server.ts";
import { type Answer, connectForTest, play, type Step, withTestClock } from "./redis-clock.ts";

const SECOND = 1_000_000;
const WINDOW = 2000 * SECOND;
const START = 1_700_000_000 * SECOND;
const LIMIT = 50_000;

const server = await startRedis();
const client = await connectForTest(server.url);
const script = withTestClock(SCRIPTS["sliding-window"]);
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

let keys = 0;

class Key {
  readonly name = `key ${keys++}`;

  run(steps: readonly Step[]): Promise<Answer[]> {
    return play(client, script, steps, this.name);
  }

  kind(): Promise<string> {
    return client.getrange(this.name, 0, 0);
  }

  /** Units that count at each time, by checks whose cost is above the limit. */
  async counts(times: readonly number[], rule: Partial<Step> = {}): Promise<number[]> {
    const answers = await this.run(times.map((us) => step(us, { cost: LIMIT + 1, ...rule })));
    return answers.map(({ count }) => count);
  }
}

function step(us: number, change: Partial<Step> = {}): Step {
  return { atUs: START + us, limit: LIMIT, windowUs: WINDOW, cost: 1, ...change };
}

/** One step a microsecond. */
function steps(fromUs: number, count: number, change: Partial<Step> = {}): Step[] {
  return Array.from({ length: count }, (_, at) => step(fromUs + at, change));
}

describe("a log", () => {
  const limit = { limit: 100 };

  test("is appended to for a quarter of a window, and lives for all that is appended", async () => {
    const key = new Key();
    await key.run(steps(0, 2, limit));
    const header = await client.getrange(key.name, 0, 28);

    await key.run([step(WINDOW / 4, limit)]);
    const appended = [await client.getrange(key.name, 0, 28), await client.pttl(key.name)];
    await key.run([step(WINDOW / 4 + 2, limit)]);

    expect(appended).toEqual([header, expect.any(Number)]);
    expect(appended[1]).toBeGreaterThan((1.25 * WINDOW) / 1000);
    expect(await client.getrange(key.name, 0, 28)).not.toBe(header);
    expect(await key.counts([WINDOW / 4 + 3, WINDOW + 1, WINDOW + WINDOW / 4 + 1], limit)).toEqual([4, 3, 1]);
  });

  test("counts nothing again that was over when an entry was appended and the clock steps back", async () => {
    const key = new Key();
    await key.run([...steps(0, 2, limit), step(WINDOW, limit), step(WINDOW + 2, limit)]);

    expect(await key.counts([WINDOW], limit)).toEqual([2]);
  });
});

describe("a ring", () => {
  test.each([
    [1, "R"],
    [3, "r"],
  ])("of checks of cost %i forgets as many as have left, wherever it begins", async (cost, kind) => {
    const key = new Key();
    await key.run(steps(0, 1000, { cost }));
    // 1, 63, 64, 65, 128 and 200 at a time.
    const gone = [1, 64, 128, 193, 321, 521];

    const answers = await key.run(gone.map((us) => step(WINDOW + us, { cost })));

    expect(answers.map(({ count }) => count)).toEqual(gone.map((us, at) => (1000 - us + at + 1) * cost));
    expect(await key.kind()).toBe(kind);
  });

  test.each([1, 3])("of checks of cost %i grows and shrinks without losing a unit", async (cost) => {
    const key = new Key();
    await key.run(steps(0, 900, { cost }));
    await key.run(steps(WINDOW + 500, 900, { cost }));
    const full = await client.strlen(key.name);

    const [grown] = await key.counts([WINDOW + 1400]);
    await key.run([step(2 * WINDOW + 1250, { cost })]);

    expect(grown).toBe(900 * cost);
    expect(await key.counts([2 * WINDOW + 1250])).toEqual([151 * cost]);
    expect(await client.strlen(key.name)).toBeLessThan(full / 3);
  });

  test("of 8-byte entries says when so many units have left", async () => {
    const key = new Key();
    await key.run(steps(0, 1000, { cost: 50 }));

    const denied = await key.run([1, 50, 51, 100, 101, 49_951, 50_000].map((cost) => step(1000, { cost })));

    const leavesIn = (entry: number): number => WINDOW + 1 + entry - 1000;
    expect(denied.map(({ retryUs }) => retryUs)).toEqual([0, 0, 1, 1, 2, 999, 999].map(leavesIn));
  });
});

describe("a log", () => {
  test("keeps checks of one time as one entry, and says when so many units have left", async () => {
    const key = new Key();
    await key.run([0, 0, 0, 7, 7, 9].map((us) => step(us, { limit: 30, cost: 5 })));

    const denied = await key.run([1, 15, 16, 25, 26, 30].map((cost) => step(10, { limit: 30, cost })));

    expect(denied.map(({ retryUs }) => retryUs - WINDOW - 1 + 10)).toEqual([0, 0, 7, 7, 9, 9]);
    expect(await client.strlen(key.name)).toBe(33 + 3 * 8);
  });

  test("is of 4-byte entries again once nothing in it counts", async () => {
    const key = new Key();
    await key.run([step(0, { cost: 7 }), step(1)]);
    const before = await key.kind();

    const [answer] = await key.run([step(WINDOW + 2)]);

    expect([before, await key.kind(), answer?.count]).toEqual(["p", "P", 1]);
  });
});

describe("a change of rule", () => {
  test("to a limit of buckets keeps what a ring holds", async () => {
    const key = new Key();
    await key.run(steps(0, 700));

    const answers = await key.run(steps(1000, 700, { limit: 200_000 }));

    expect(answers.at(-1)?.count).toBe(1400);
    expect(await key.kind()).toBe("B");
  });

  test("to a cost above 1 keeps what a ring of 4-byte entries holds", async () => {
    const key = new Key();
    await key.run(steps(0, 3000));

    const [above] = await key.run([step(3000, { cost: 2 })]);

    expect(above?.count).toBe(3002);
    expect(await key.kind()).toBe("r");
    expect(await key.counts([WINDOW, WINDOW + 1, WINDOW + 2500, WINDOW + 3000, WINDOW + 3001])).toEqual([
      3002, 3001, 502, 2, 0,
    ]);
  });
});

describe("a counter written by version 0.1.0", () => {
  const stampsOf = (times: readonly number[]) => Buffer.concat(times.map((us) => uint32(START + us)));
  const header = (kind: string, limit: number, newest: number) =>
    Buffer.concat([Buffer.from(kind), uint32(limit), doubles(WINDOW, 0, newest)]);

  test("counts as a log, and at a cost above 1", async () => {
    const key = new Key();
    const times = [0, 0, 0, 5, 9];
    await client.set(key.name, Buffer.concat([header("P", 10, START + 9), stampsOf(times)]));

    const answers = await key.run([
      step(10, { limit: 10 }),
      step(11, { limit: 10, cost: 3 }),
      step(12, { limit: 10, cost: 4 }),
    ]);

    expect(answers.map(({ count }) => count)).toEqual([6, 9, 9]);
    expect(answers[2]?.retryUs).toBe(WINDOW + 1 - 12);
    expect(await key.counts([WINDOW, WINDOW + 1, WINDOW + 6], { limit: 10 })).toEqual([9, 6, 5]);
  });

  test("lives as a log for all that is counted in it", async () => {
    const key = new Key();
    await client.set(key.name, Buffer.concat([header("P", 10, START + 1), stampsOf([0, 1])]), "PX", WINDOW / 1000);

    await key.run([step(2, { limit: 10 })]);

    expect(await client.pttl(key.name)).toBeGreaterThan(WINDOW / 1000);
  });

  test("counts as a ring that goes round, and at a cost above 1", async () => {
    const key = new Key();
    const times = Array.from({ length: 700 }, (_, at) => at);
    const turned = [...times.slice(500), ...times.slice(0, 500)];
    const ring = Buffer.concat([...[700, 200, 700].map(uint32), uint32(START), doubles(START + 2 * WINDOW)]);
    await client.set(key.name, Buffer.concat([header("R", 1000, START + 699), ring, stampsOf(turned)]));

    const answers = await key.run([step(700, { limit: 1000 }), step(WINDOW + 100, { limit: 1000, cost: 3 })]);

    expect(answers.map(({ count }) => count)).toEqual([701, 604]);
    expect(await key.counts([WINDOW + 300, WINDOW + 700], { limit: 1000 })).toEqual([404, 4]);
  });

  test("counts as buckets", async () => {
    const key = new Key();
    const width = Math.ceil(WINDOW / 192);
    const filling = Math.floor(START / width);
    const counts = Array.from({ length: 193 }, (_, at) => (at > 190 ? 1000 : 0));
    const body = Buffer.concat([uint32(2000), doubles(filling - 1), ...counts.map(uint32)]);
    await client.set(key.name, Buffer.concat([header("B", 200_000, filling), body]));

    const answers = await key.run([step(0, { limit: 200_000, cost: 500 }), step(1, { limit: 3000, cost: 500 })]);

    expect(answers.map(({ count }) => count)).toEqual([2500, 3000]);
  });
});

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value % 2 ** 32);
  return bytes;
}

function doubles(...values: number[]): Buffer {
  return Buffer.from(Float64Array.from(values).buffer);
}

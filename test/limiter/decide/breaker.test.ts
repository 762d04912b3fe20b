import { expect, test } from "bun:test";
import { Breaker } from "../../../src/limiter/decide/breaker.ts";
import { until } from "../../redis-server.ts";

function options(answers: () => boolean) {
  let probes = 0;
  return {
    probe: async () => {
      probes += 1;
      if (!answers()) throw new Error("Not there");
    },
    reconnect: () => undefined,
    timeoutMs: 100,
    beginsClosed: false,
    probes: () => probes,
  };
}

test("Breaker closes once a probe is answered, and counts the time that it was open", async () => {
  let there = false;
  using breaker = new Breaker(options(() => there));

  expect(breaker.isClosed).toBe(false);
  there = true;
  await until(() => breaker.isClosed);

  expect(breaker.openForMs).toBeGreaterThan(0);
});

test("Breaker opens without any check when Redis stops answering", async () => {
  let there = true;
  using breaker = new Breaker(options(() => there));
  await until(() => breaker.isClosed);

  there = false;
  await until(() => !breaker.isClosed);
  there = true;
  await until(() => breaker.isClosed);
});

test("Breaker tells why a probe failed", async () => {
  const told: string[] = [];
  using breaker = new Breaker({ ...options(() => false), onProbeFailed: (why) => told.push(why) });

  await until(() => told.length > 1);

  expect(new Set(told)).toEqual(new Set(["Not there"]));
  expect(breaker.isClosed).toBe(false);
});

test("Breaker probes no more once it is disposed", async () => {
  const set = options(() => true);
  const breaker = new Breaker(set);
  await until(() => breaker.isClosed);

  breaker[Symbol.dispose]();
  const probes = set.probes();
  await Bun.sleep(250);

  expect(set.probes()).toBe(probes);
  expect(breaker.isClosed).toBe(false);
});

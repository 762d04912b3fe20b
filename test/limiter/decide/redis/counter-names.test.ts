import { expect, test } from "bun:test";
import { ALGORITHMS } from "../../../../lua/algorithms.ts";
import { slotOf } from "../../../../src/io/cluster-slot.ts";
import {
  counterName,
  counterPattern,
  parseCounterName,
  probeName,
} from "../../../../src/limiter/decide/redis/counter-names.ts";
import { startRedis } from "../../../redis-server.ts";

const KEYS = [
  "user:7",
  "",
  "}",
  "{",
  "{}",
  "}{",
  "a}b",
  "%",
  "%a",
  "a{b}c",
  "ünïcode 🦊",
  "}:gcra",
  "a:b:gcra",
  "*?[x]\\^",
];

test.each(KEYS)("counterName() of %p can be read back, and shares its slot with all others of the key", (key) => {
  const names = ALGORITHMS.map((algorithm) => counterName("ratelimit:", key, algorithm));

  expect(names.map((name) => parseCounterName("ratelimit:", name))).toEqual(
    ALGORITHMS.map((algorithm) => ({ key, algorithm })),
  );
  expect(new Set([...names, probeName("ratelimit:", key)].map(slotOf)).size).toBe(1);
});

test("counterName() names no two keys alike", () => {
  expect(new Set(KEYS.map((key) => counterName("ratelimit:", key, "gcra"))).size).toBe(KEYS.length);
});

test.each(["ratelimit:{a}:probe", "ratelimit:{registry}:nodes", "other:{a}:gcra", "ratelimit:a:gcra", "ratelimit:{a}"])(
  "parseCounterName() knows that %p names no counter",
  (name) => {
    expect(parseCounterName("ratelimit:", name)).toBeUndefined();
  },
);

test("counterPattern() finds the keys that begin so and no others", async () => {
  await using server = await startRedis();
  const keys = KEYS.filter((key) => key !== "");
  for (const key of keys) await server.cli("set", counterName("x[1]:", key, "gcra"), "1");

  const found = await Promise.all(
    ["", "a", "*", "%", "}"].map(async (prefix) => {
      const names = await server.cli("keys", counterPattern("x[1]:", prefix));
      return names.split("\n").map((name) => parseCounterName("x[1]:", name)?.key ?? "none");
    }),
  );

  expect(found.map((keys) => keys.toSorted())).toEqual([
    keys.toSorted(),
    keys.filter((key) => key.startsWith("a")).toSorted(),
    ["*?[x]\\^"],
    ["%", "%a"],
    keys.filter((key) => key.startsWith("}")).toSorted(),
  ]);
});

test("slotOf() agrees with Redis", async () => {
  await using server = await startRedis({ args: ["--cluster-enabled", "yes"] });
  const names = [...KEYS.map((key) => counterName("ratelimit:", key, "gcra")), "foo", "a{b", "a{}b", "{x}y{z}"];

  const slots = await Promise.all(names.map(async (name) => Number(await server.cli("cluster", "keyslot", name))));

  expect(names.map(slotOf)).toEqual(slots);
});

import { expect, test } from "bun:test";
import type { AdmissionSeries } from "../../../../src/subjects/ratelimiter/client/replies.ts";
import { entityOfKey, keysOf, worthALook } from "../../../../src/subjects/ratelimiter/keys/keys.ts";
import { series as logged, NO_DEMAND, NOW_US, node, read, SILENT } from "../observations.ts";

function logging(id: string, series: AdmissionSeries[]) {
  const page = { redisTimeUs: NOW_US, forgotten: false, demand: NO_DEMAND, series, unreadable: 0 };
  return node(id, { admissions: read(page) });
}

function log(key: string, units: number): AdmissionSeries {
  // Spread over time, so that no window holds too much.
  return logged({ 0: units / 2, 110: units / 2 }, { key });
}

test("keysOf() takes only keys, slashes and all", () => {
  expect(keysOf(["node/1", entityOfKey("a/b"), "counter/c"])).toEqual(["a/b", "c"]);
});

test.each([
  ["a\u001B[31m\nb", "counter/a\\u{1b}[31m\\u{a}b"],
  ["\u009B2J\u202E", "counter/\\u{9b}2J\\u{202e}"],
  ["C:\\users", "counter/C:\\users"],
  ["\\u{1b}", "counter/\\u{5c}u{1b}"],
  ["🔑é", "counter/🔑é"],
])("entityOfKey() makes %j fit to be shown, and keysOf() reads it back", (key, entity) => {
  expect<string>(entityOfKey(key)).toBe(entity);
  expect(keysOf([entityOfKey(key)])).toEqual([key]);
});

test("worthALook() adds up the nodes and takes the heaviest, some of them below their limit", () => {
  const full = Array.from({ length: 10 }, (_, index) => log(`full-${index}`, 150 - index));
  const filling = Array.from({ length: 10 }, (_, index) => log(`filling-${index}`, 60 - index));
  const nodes = [logging("1", full), logging("2", filling), node("3", { admissions: SILENT })];

  expect(worthALook({ nodes, given: [], last: [] })).toEqual([
    ..."full-0 full-1 full-2 full-3 full-4 full-5".split(" "),
    ..."filling-0 filling-1 filling-2 filling-3".split(" "),
  ]);
});

test("worthALook() takes whatever is given, and whatever seems to have been allowed too much", () => {
  const light = logged({ 5: 12 }, { key: "light", limit: 10 });
  const heavy = Array.from({ length: 20 }, (_, index) => log(`heavy-${index}`, 60));

  const names = worthALook({ nodes: [logging("1", [...heavy, light])], given: ["ticketed"], last: [] });

  expect(names).toContain("ticketed");
  expect(names).toContain("light");
});

test("worthALook() examines no more than it can, but all that are in trouble", () => {
  const logs = Array.from({ length: 20 }, (_, index) => log(`key-${index}`, 100));
  const given = Array.from({ length: 30 }, (_, index) => `ticketed-${index}`);

  expect(worthALook({ nodes: [logging("1", logs)], given, last: [] })).toEqual(given);
  expect(worthALook({ nodes: [logging("1", logs)], given: given.slice(0, 20), last: [] })).toHaveLength(24);
});

test("worthALook() stays with the keys of the last look while others are not much heavier", () => {
  const logs = Array.from({ length: 20 }, (_, index) => log(`key-${index}`, 100));
  const last = ["key-14", "key-15", "key-16", "key-17", "key-18", "key-19"];

  const names = worthALook({ nodes: [logging("1", [...logs, log("heavy", 160)])], given: [], last });

  expect(names.slice(0, 6)).toEqual(["heavy", ...last.slice(0, 5)]);
});

import { expect, test } from "bun:test";
import { CASE_VERSION, parseCase, readCase, writeCase } from "../../../src/agent/case/case.ts";
import { aCase, aTicket } from "../cases.ts";

const FULL = aCase({
  tickets: [aTicket({ invariant: "shines", on: "lamp/2" })],
  invariants: [{ id: "shines", severity: "critical", graceMs: 1000, rationale: "Dark", symptom: "unreachable" }],
  picture: {
    atMs: 2000,
    components: [
      {
        id: "lamp/2",
        kind: "lamp",
        state: "down",
        probe: "refused",
        process: {
          state: "exited",
          address: "h:1",
          owner: "toy",
          exit: { atMs: 1500, code: null, signal: "SIGKILL" },
        },
      },
    ],
    links: [{ from: "lamp/2", to: "mains/1", kind: "wire", state: "unknown" }],
    series: [],
  },
  events: [{ atMs: 1500, event: "went-down", of: "lamp/2", summary: "lamp/2 went down" }],
  series: {
    atMs: [1000, 2000],
    rows: [
      {
        metric: "current_amperes",
        labels: { component: "lamp/2" },
        unit: "amperes",
        kind: "gauge",
        signal: "node",
        values: [1, null],
      },
    ],
  },
  inspections: [
    {
      id: "config",
      component: "lamp/2",
      atMs: 1600,
      value: { watts: 60 },
      difference: { sinceMs: 1000, changes: [{ path: "watts", was: 40, is: 60 }] },
    },
  ],
});

test("readCase() reads what writeCase() has written, and nothing is lost", () => {
  expect(readCase(writeCase(FULL))).toEqual(FULL);
});

test("readCase() refuses a file of a newer version, and one that is cut short", () => {
  const text = writeCase(FULL);

  expect(() => readCase(text.replace(`"version":${CASE_VERSION}`, '"version":99'))).toThrow(
    `Cannot use case: its version is 99, expected at most ${CASE_VERSION}`,
  );
  expect(() => readCase(text.slice(0, -20))).toThrow("Cannot use case: it is no JSON or is cut short");
});

test.each([
  [{ ...FULL, atMs: "noon" }, "atMs"],
  [{ ...FULL, picture: { ...FULL.picture, components: [{ id: "lamp" }] } }, "picture.components.0.id"],
  [{ ...FULL, series: { atMs: [1], rows: [{ metric: 3 }] } }, "series.rows.0.metric"],
  [{ ...FULL, tickets: undefined }, "tickets"],
])("parseCase() refuses what is malformed and says where: case %#", (value, path) => {
  expect(() => parseCase(value)).toThrow(`Cannot use case at "${path}"`);
});

test("parseCase() refuses what is no object at all", () => {
  expect(() => parseCase(["a case"])).toThrow("Cannot use case at");
});

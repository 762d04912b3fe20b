import { afterEach, beforeEach, expect, test } from "bun:test";
import type { LogObject } from "consola/core";
import type { Session } from "../../../src/core/subject/subject.ts";
import { type Database, openDatabase } from "../../../src/database/mod.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { log } from "../../../src/io/log.ts";
import { type History, historyOf } from "../../../src/runtime/subjects/history.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";

const signal = new AbortController().signal;
const told: LogObject[] = [];
const reporters = log.options.reporters;

let answers: Record<string, string>;
let server: ReturnType<typeof serve>;
let database: Database;
let instance: number;

beforeEach(() => {
  answers = {};
  server = serve();
  database = openDatabase(":memory:");
  instance = database.instances.ensure({ subject: "pages", name: "test" }).id;
  told.length = 0;
  log.setReporters([{ log: (event) => void told.push(event) }]);
});
afterEach(async () => {
  log.setReporters(reporters);
  await server.stop(true);
  database[Symbol.dispose]();
});

test("historyOf() records the pages of a subject without a Prometheus, and tells of odd lines once", async () => {
  answers["/metrics"] = "process_resident_memory_bytes 5\n<html>\n<html>\n";
  const past = pastWith({});

  await past.record?.(signal);
  await past.record?.(signal);

  const windows = await past.series({ metric: "process_resident_memory_bytes", windowMs: 10_000 }, signal);
  expect(windows.map(({ points }) => points.map(({ value }) => value))).toEqual([[5, 5]]);
  expect(told.map(({ tag, args }) => [tag, ...args])).toEqual([
    [
      "metrics",
      "Left out lines of a metrics page that cannot be read",
      { component: "node/1", lines: 2, reason: expect.stringContaining('Cannot read line 2 of "http') },
    ],
  ]);
});

test("historyOf() asks the Prometheus that a subject declares, and tells once what an answer leaves out", async () => {
  const good = { metric: { __name__: "up" }, values: [[5, "1"]] };
  const data = { resultType: "matrix", result: [good, { metric: 7 }] };
  answers["/api/v1/query"] = JSON.stringify({ status: "success", data });
  const past = pastWith({ metricsUrl: `http://127.0.0.1:${server.port}` });

  const windows = await past.series({ metric: "up", windowMs: 1000 }, signal);
  await past.series({ metric: "up", windowMs: 1000 }, signal);

  expect(windows).toEqual([{ metric: "up", labels: {}, points: [{ atMs: 5000, value: 1 }] }]);
  expect(told.map(({ args }) => args[0])).toEqual(["Prometheus returned a partial answer"]);
});

test("a rate limiter declares its Prometheus by its configuration", async () => {
  const config = { nodes: "1=127.0.0.1:1", redis: "redis://127.0.0.1:1" };
  const open = (more: object) => ratelimiter.configure({ ...config, ...more }).open({ clock: systemClock });
  await using without = await open({});
  await using declared = await open({ prometheus: "http://127.0.0.1:9090" });

  expect([without.metricsUrl, declared.metricsUrl]).toEqual([undefined, "http://127.0.0.1:9090"]);
});

function pastWith(more: Pick<Session, "metricsUrl">): History {
  const target = { component: "node/1", url: `http://127.0.0.1:${server.port}/metrics` } as const;
  const session: Session = {
    look: () => Promise.reject(new Error("Cannot look")),
    topology: () => ({ components: [], links: [], groups: [] }),
    scrapes: () => [target],
    inspections: [],
    actions: new Map(),
    [Symbol.asyncDispose]: async () => {},
    ...more,
  };
  return historyOf({ subject: ratelimiter, session, instance, database, clock: systemClock });
}

function serve() {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => new Response(answers[new URL(request.url).pathname] ?? "none"),
  });
}

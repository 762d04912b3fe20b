import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { templateChanges, templatesOf } from "../../../src/core/system/log-templates.ts";
import type { LogEvent } from "../../../src/core/system/logs.ts";

test("templatesOf() takes lines that differ only in figures, addresses, paths and quotes for one", () => {
  const lines = [
    "Accepted connection from 10.0.0.1:4711 in 3 ms",
    "Accepted connection from 10.0.0.2:80 in 12 ms",
    'Opened "a.log" under /var/lib/a',
    'Opened "b.log" under /srv/b',
    "timeout after=250ms peer=a7",
    "timeout after=1s peer=b9",
  ];

  expect(templatesOf(lines.map((message, at) => eventOf(message, at))).map(({ text, count }) => [text, count])).toEqual(
    [
      ["Accepted connection from <*> in <*> ms", 2],
      ["Opened <*> under <*>", 2],
      ["timeout after=<*> peer=<*>", 2],
    ],
  );
});

test("templatesOf() finds out which words of a form vary, and keeps other forms and levels apart", () => {
  const events = ["alice", "bob", "carol"].map((user, at) => eventOf(`User ${user} has logged in`, at));
  const others = [eventOf("Disk of this machine is full", 3), eventOf("User dave has logged in", 4, "error")];

  expect(templatesOf([...events, ...others]).map(({ level, text, count }) => `${level} ${count} ${text}`)).toEqual([
    "info 3 User <*> has logged in",
    "info 1 Disk of this machine is full",
    "error 1 User dave has logged in",
  ]);
});

test("templatesOf() counts every line once, whatever is written", () => {
  const line = fc.record({
    message: fc.string({ unit: "grapheme", maxLength: 60 }),
    atMs: fc.nat(),
    level: fc.constantFrom("info", "error"),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
      const events = lines.map(({ message, atMs, level }) => eventOf(message, atMs, level));

      const templates = templatesOf(events);

      expect(templates.reduce((sum, { count }) => sum + count, 0)).toBe(events.length);
      expect(templates.every(({ firstAtMs, lastAtMs }) => firstAtMs <= lastAtMs)).toBe(true);
    }),
  );
});

test("templatesOf() stays bounded where no two lines are alike", () => {
  const word = (at: number): string =>
    String.fromCodePoint(97 + (at % 26), 97 + (Math.floor(at / 26) % 26), 97 + (at % 7));
  const events = Array.from({ length: 3000 }, (_, at) =>
    eventOf(`${word(at)} ${word(at * 3 + 1)} ${word(at * 7 + 2)}`, at),
  );

  expect(templatesOf(events).length).toBeLessThanOrEqual(200);
});

test("templateChanges() tells what is new, and what was regular and is missing", () => {
  const tick = Array.from({ length: 10 }, (_, at) => eventOf(`Heartbeat ${at} sent`, at * 1000));
  const chat = [eventOf("Started to serve", 0), eventOf("Compacted 3 files", 4000)];
  const trouble = [
    eventOf("Cannot reach 10.0.0.1", 11_000, "error"),
    eventOf("Cannot reach 10.0.0.2", 12_000, "error"),
  ];

  const { appeared, vanished } = templateChanges([...chat, ...tick, ...trouble], { sinceMs: 10_000, untilMs: 30_000 });

  expect(appeared.map(({ text, count }) => [text, count])).toEqual([["Cannot reach <*>", 2]]);
  expect(vanished.map(({ text }) => text)).toEqual(["Heartbeat <*> sent"]);
});

test("templateChanges() misses nothing that was not due yet", () => {
  const tick = Array.from({ length: 10 }, (_, at) => eventOf(`Heartbeat ${at} sent`, at * 1000));

  expect(templateChanges(tick, { sinceMs: 9500, untilMs: 12_000 }).vanished).toEqual([]);
});

function eventOf(message: string, atMs: number, level: LogEvent["level"] = "info"): LogEvent {
  return { atMs, component: "node/1", level, message, fields: {} };
}

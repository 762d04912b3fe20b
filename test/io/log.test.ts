import { expect, test } from "bun:test";
import { formatEvent } from "../../src/io/log.ts";

const event = {
  type: "info",
  level: 3,
  tag: "up",
  date: new Date(0),
  args: ["Ready", { node: 1, why: "a\nb" }],
} as const;

test("formatEvent() is one line with the time where a file is written", () => {
  expect(formatEvent({ ...event, args: [...event.args] })).toBe(
    `1970-01-01T00:00:00.000Z [info] [up] Ready { node: 1, why: 'a\\nb' }`,
  );
});

test("formatEvent() leaves the time out and folds where a person reads, and says of an error what it says", () => {
  const line = formatEvent({ ...event, type: "error", tag: "", args: [new TypeError("Cannot do it")] }, 20);

  expect(Bun.stripANSI(line)).toBe("[error] Cannot do it");
  const long = formatEvent({ ...event, args: ["one two three four"] }, 20);
  expect(Bun.stripANSI(long)).toBe("[info] [up] one\n  two three four");
});

test("formatEvent() lets no foreign text steer a terminal", () => {
  const foreign = "\u001B]0;title\u0007\u009B2J\u001B[31mred\u202E";
  const line = formatEvent({ ...event, args: [`Cannot read ${foreign}`, { why: foreign }] });

  expect(line).toEndWith("Cannot read ]0;titlered { why: ']0;titlered' }");
});

test("formatEvent() lets no foreign text forge an event", () => {
  const line = formatEvent({ ...event, args: ["Cannot read\r\n2026-01-01T00:00:00.000Z [info] all is well"] });

  expect(line.split("\n").slice(1)).toEqual(["  2026-01-01T00:00:00.000Z [info] all is well"]);
});

test("formatEvent() keeps the colours of its own on a terminal", () => {
  const line = formatEvent({ ...event, args: ["Ready \u001B[31mred", { node: 1 }] }, 80);

  expect(line).toEndWith(" Ready red { node: \u001B[33m1\u001B[39m }");
});

test("formatEvent() shows no secret, wherever it was typed", () => {
  const line = formatEvent({ ...event, args: ['Cannot use "redis://ann:hunter2@h", token:hunter2: no such flag'] });

  expect(line).not.toContain("hunter2");
});

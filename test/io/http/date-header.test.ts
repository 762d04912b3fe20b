import { expect, test } from "bun:test";
import { clockOffsetOf } from "../../../src/io/http/date-header.ts";

const SENT_AT_MS = Date.parse("2026-01-31T12:00:00.500Z");

test.each([
  ["the same second", "Sat, 31 Jan 2026 12:00:00 GMT", 0],
  ["a second that has not been written anew", "Sat, 31 Jan 2026 11:59:59 GMT", 0],
  ["a clock a minute ahead", "Sat, 31 Jan 2026 12:01:00 GMT", 59_400],
  ["a clock a minute behind", "Sat, 31 Jan 2026 11:59:00 GMT", -58_500],
  ["no date", undefined, undefined],
  ["a date that is none", "yesterday", undefined],
])("clockOffsetOf() is at least that far from 0: %s", (_what, date, wanted) => {
  expect(clockOffsetOf(reply(date === undefined ? {} : { date }))).toBe(wanted);
});

test("clockOffsetOf() does not know the clock behind a cache", () => {
  expect(clockOffsetOf(reply({ date: "Sat, 31 Jan 2026 11:00:00 GMT", age: "3600" }))).toBeUndefined();
});

test("clockOffsetOf() takes an answer that was long under way for no clock that is behind", () => {
  const late = reply({ date: "Sat, 31 Jan 2026 12:00:09 GMT" }, 10_000);

  expect(clockOffsetOf(late)).toBe(0);
});

test("clockOffsetOf() is plain 0 where a clock is behind by less than a millisecond", () => {
  const { headers, transcript } = reply({ date: "Sat, 31 Jan 2026 11:59:58 GMT" });

  expect(clockOffsetOf({ headers, transcript: { ...transcript, sentAtMs: SENT_AT_MS - 499.7 } })).toBe(0);
});

function reply(headers: Record<string, string>, headMs = 100) {
  const transcript = { sentAtMs: SENT_AT_MS, headMs, endedMs: headMs, bodyBytes: 0, firstBytes: new Uint8Array() };
  return { headers: new Headers(headers), transcript };
}

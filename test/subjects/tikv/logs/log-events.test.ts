import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { unifiedLogLine } from "../../../../src/emulators/tikv/unified-log-line.ts";
import { parseLog } from "../../../../src/subjects/tikv/logs/log-events.ts";
import { parseUnifiedLine } from "../../../../src/subjects/tikv/logs/unified-log.ts";

describe("parseUnifiedLine()", () => {
  test.each(["tikv-composed.txt", "pd-composed.txt", "pd-store-killed.txt", "pd-store-removed.txt"])(
    "reads every line of %s",
    (file) => {
      const unread = linesOf(file).filter((line) => parseUnifiedLine(line) === undefined);

      expect(unread).toEqual([]);
    },
  );

  test("reads back every line that the format can hold", () => {
    const text = fc.string({ unit: "binary-ascii" }).filter((one) => !/[\n\r]/.test(one));
    const fields = fc.dictionary(
      text.filter((one) => one !== "" && one !== "__proto__"),
      text,
      { maxKeys: 4 },
    );
    const line = fc.record({
      atMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      level: fc.constantFrom("INFO", "WARN", "ERROR", "FATAL"),
      message: text.filter((one) => one !== ""),
      fields,
    });

    fc.assert(
      fc.property(line, ({ level, ...said }) => {
        const parsed = parseUnifiedLine(
          unifiedLogLine({ ...said, level: level === "WARN" ? "WARN" : "INFO", source: "a.rs:1" }),
        );

        expect(parsed).toMatchObject({ atMs: said.atMs, message: said.message, source: "a.rs:1" });
        expect(parsed?.fields).toEqual(said.fields);
      }),
    );
  });

  test("never throws, whatever it is given, and takes no part of a line for a whole one", () => {
    const [whole = ""] = linesOf("tikv-composed.txt");

    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (line) => void parseUnifiedLine(line)));
    for (let length = 0; length < whole.length; length += 1) {
      const part = parseUnifiedLine(whole.slice(0, length));
      if (part) expect(whole.slice(0, length).trimEnd()).toEndWith("]");
    }
  });

  test.each([
    [
      "a value of zap's time, unquoted with spaces",
      "[last=2023/03/27 18:21:37.993 +08:00]",
      { last: "2023/03/27 18:21:37.993 +08:00" },
    ],
    ["an empty value", "[additional-info=]", { "additional-info": "" }],
    ["a key with spaces", '["msg type"=append]', { "msg type": "append" }],
    ["quotes within quotes", '[operator="\\"mv {peer}\\""]', { operator: '"mv {peer}"' }],
    ["an empty field", "[]", {}],
  ])("reads %s", (_what, field, fields) => {
    const parsed = parseUnifiedLine(`[2023/03/27 18:21:37.993 +08:00] [WARN] [tso.go:1] ["clock offset"] ${field}`);

    expect(parsed?.fields).toEqual(fields);
    expect(parsed?.atMs).toBe(Date.UTC(2023, 2, 27, 10, 21, 37, 993));
  });

  test.each(["2023/02/29", "2023/13/01", "2023/00/10", "2023/06/31"])(
    "refuses the day %s, which does not exist",
    (day) => {
      expect(parseUnifiedLine(`[${day} 18:21:37.993 +08:00] [WARN] [tso.go:1] [x]`)).toBe(undefined);
    },
  );

  test("reads the name of a logger before the source", () => {
    const parsed = parseUnifiedLine(
      '[2023/03/27 18:21:37.993 +00:00] [INFO] [raft] [zap_raft.go:77] ["became follower at term 9"]',
    );

    expect(parsed).toMatchObject({
      source: "zap_raft.go:77",
      message: "became follower at term 9",
      fields: { logger: "raft" },
    });
  });
});

describe("parseLog()", () => {
  test.each([
    [
      "tikv-composed.txt",
      [
        "election-started",
        "became-leader",
        "quorum-lost",
        "peer-unreachable",
        "snapshot-sent",
        "slow-query",
        "disk-almost-full",
      ],
    ],
    ["pd-store-removed.txt", ["store-offline", "store-removed", "changed-by"]],
    ["pd-composed.txt", ["operator-added", "operator-finished", "region-leader-changed"]],
  ])("tells the events of %s", (file, wanted) => {
    const events = new Set(linesOf(file).map((line) => parseLog(line, "store/1")?.fields["event"]));

    expect(wanted.filter((event) => !events.has(event))).toEqual([]);
  });
});

function linesOf(file: string): readonly string[] {
  const text = readFileSync(`${import.meta.dir}/../../../fixtures/tikv/${file}`, "utf8");
  return text.split("\n").filter((line) => line !== "");
}

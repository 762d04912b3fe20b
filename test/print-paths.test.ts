/** Whatever is printed goes through a gate, and no gate lets foreign text act on a terminal or tell a secret. */

import { afterEach, expect, spyOn, test } from "bun:test";
import { Glob } from "bun";
import { NO_INSTANCE, printJson, printLine, printPage, printReport, printText } from "../src/cli/args/output.ts";
import { tinted } from "../src/core/text/tones.ts";
import { log } from "../src/io/log.ts";
import { type Dashboard, renderDashboard } from "../src/render/live/dashboard.ts";
import { html } from "../src/render/report/html-text.ts";
import { openLiveRegion } from "../src/terminal/live-region.ts";
import { PLAIN } from "./core/text/redaction-corpus.ts";

/** Who may write, and why nobody else needs to. */
const WRITERS: Readonly<Record<string, RegExp>> = {
  "src/cli/args/output.ts": /process\.stdout\.(?:write|isTTY|columns)/,
  "src/io/log.ts": /process\.stderr(?:\.write|\))/,
  // The log of an emulated process, in the format of what it stands for; a file of its deployment.
  "src/cli/commands/cluster/emulate-tikv.ts": /process\.stdout\.write\(`\$\{line\}\\n`\)/,
  // The protocol between a supervisor and who started it: lines of JSON on a pipe.
  "src/cli/commands/cluster/supervise.ts": /writeSync\(1, line\)/,
};

/** Ways to look at a stream, or to hand it to the region, which is a gate. */
const HARMLESS = /process\.std(?:out|err)\.isTTY|(?:openLiveRegion|canDraw)\(process\.std(?:out|err)\)/g;
const WRITING = /process\.std(?:out|err)\b|\bconsole\.|writeSync\([12]\b|Bun\.std(?:out|err)\b|Bun\.write\(Bun/;

test("nothing but the gates writes to stdout and stderr", async () => {
  const strays: string[] = [];
  for (const file of new Glob("src/**/*.ts").scanSync(".")) {
    const text = (await Bun.file(file).text()).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "").replaceAll(HARMLESS, "");
    for (const line of text.split("\n").filter((line) => WRITING.test(line))) {
      // Only where the output breaks is nobody there to read.
      const isListener = file === "src/main.ts" && line.trim() === "process.stdout";
      if (!isListener && !WRITERS[file]?.test(line)) strays.push(`${file}: ${line.trim()}`);
    }
  }

  expect(strays).toEqual([]);
});

const HOSTILE = [
  "\u001B[2J\u001B[H\u001B[31mred\u001B[0m",
  "\u001B]0;owned\u0007\u001B]52;c;cm0gLXJm\u0007\u001B]8;;http://evil.example\u001B\\x",
  "\u009B31m\u009D0;owned\u009C",
  "bad\rgood\b\b\b\b\u0000\u007F",
  "\u202Egnp.exe\u2066 us\u200Ber:7\uFEFF",
  "a\u2028b\u2029c\u0085d",
  "\uD800 and \uDC00",
  `redis://:a/${PLAIN}@10.0.0.1:6379 --pass ${PLAIN} pass\u200Bword=${PLAIN}`,
  `${"x".repeat(200_000)} password=${PLAIN}`,
].map((text) => `lamp/1 ${text} end`);

/** What is left when every colour of ours and every end of a line is taken out. */
const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

function spied() {
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    spyOn(stream, "write").mockImplementation((text) => written.push(String(text)) > 0),
  );
  return { written, restore: () => spies.forEach((spy) => spy.mockRestore()) };
}

let restore = (): void => undefined;
afterEach(() => restore());

const SOME = { subject: "lamps", name: "hall" };

const GATES: Readonly<Record<string, (text: string) => void>> = {
  printLine: (text) => printLine(NO_INSTANCE, text),
  printText: (text) => printText(NO_INSTANCE, text, `  ${text}`),
  printReport: (text) => printReport(SOME, [text, `- ${text}`]),
  printPage: (text) => printPage(html`<p title="${text}">${text}</p>`),
  printJson: (text) => printJson(SOME, { [text]: [text], nested: { text } }),
  "log, as a sentence": (text) => log.error(text),
  "log, as an error": (text) => log.error(new Error(text)),
  "log, as a field": (text) => log.warn("Lost a probe", { why: text, list: [text] }),
};

for (const [name, print] of Object.entries(GATES)) {
  test(`${name} lets no foreign text act on a terminal or tell a secret`, () => {
    const output = spied();
    restore = output.restore;

    for (const text of HOSTILE) print(text);

    restore();
    const lines = output.written.join("").split("\n");
    expect(lines.filter((line) => ACTING.test(line) || line.includes(PLAIN))).toEqual([]);
    expect(output.written.every((text) => text.endsWith("\n"))).toBe(true);
    expect(lines.join("\n")).toContain("lamp/1 ");
  });
}

for (const isTTY of [true, false]) {
  test(`a live region ${isTTY ? "on" : "without"} a terminal shows foreign text with the colours of ours alone`, () => {
    const written: string[] = [];
    const output = { isTTY, columns: 120, rows: 40, write: (text: string) => written.push(text) };

    {
      using region = openLiveRegion(output);
      for (const text of HOSTILE) {
        region.print(`${text} ${tinted("bad", text, true)}`);
        region.draw([text, tinted("good", text, true)]);
      }
    }

    const drawing = /\p{Cc}\[(?:\?25[lh]|\d+A|J|31m|32m|39m)|^\r/gu;
    const lines = written.flatMap((text) => text.replaceAll(drawing, "").split("\n"));
    expect(lines.filter((line) => ACTING.test(line) || line.includes(PLAIN))).toEqual([]);
    expect(written.join("")).toContain("\u001B[31mlamp/1 ");
    if (isTTY) expect(written.every((text) => /^(?:\p{Cc}\[\?25[lh]$|\r)/u.test(text))).toBe(true);
  });
}

test("what is drawn of a hostile subject carries no colour but ours", () => {
  for (const text of HOSTILE) {
    const entity = `lamp/${text}` as const;
    const entityState = { invariant: text, entity, verdict: "violated" as const, verdictSinceMs: 0, summary: text };
    const view = {
      title: text,
      entityStates: [entityState],
      severities: new Map(),
      safety: { ladder: { rung: "observe" as const } },
      actions: [],
      charts: [],
      incidents: [{ id: 1, state: "open" as const, title: text }],
      tickets: [
        { id: 7, held: false, invariant: text, on: entity, affected: 2, problem: { reason: text, summary: text } },
      ],
    };
    const dashboard: Dashboard = {
      title: text,
      status: text,
      view,
      components: [{ id: entity, state: "up" }],
      news: [{ atMs: 0, tone: "bad", text, data: { kind: "verdict" } }],
      hint: text,
    };
    const written: string[] = [];

    {
      using region = openLiveRegion({ isTTY: true, columns: 300, rows: 60, write: (drawn) => written.push(drawn) });
      region.draw(renderDashboard(dashboard, { nowMs: 1000, colour: true, columns: 300 }));
    }

    const drawing = /\p{Cc}\[(?:\?25[lh]|\d+A|J|(?:1|22|31|32|33|39|90)m)|^\r/gu;
    const lines = written.flatMap((drawn) => drawn.replaceAll(drawing, "").split("\n"));
    expect(lines.filter((line) => ACTING.test(line) || line.includes(PLAIN))).toEqual([]);
  }
});

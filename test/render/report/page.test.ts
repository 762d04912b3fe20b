import { expect, test } from "bun:test";
import { html } from "../../../src/render/report/html-text.ts";
import { renderPage } from "../../../src/render/report/page.ts";
import type { IncidentView } from "../../../src/runtime/views/incident.ts";
import { PLAIN } from "../../core/text/redaction-corpus.ts";
import { DECISIVE, NOW_MS, sampleView, withText } from "./sample-view.ts";

/** What a browser makes of a page: each tag with its attributes, and the text between them. */
function read(page: string) {
  const tags: { readonly name: string; readonly attributes: ReadonlyMap<string, string> }[] = [];
  const texts: string[] = [];
  new HTMLRewriter()
    .on("*", {
      element: ({ tagName, attributes }) =>
        void tags.push({
          name: tagName,
          attributes: new Map(pairsOf(attributes)),
        }),
      comments: () => void tags.push({ name: "comment", attributes: new Map() }),
    })
    .on("main, title, footer", { text: ({ text }) => void texts.push(text) })
    .transform(page);
  return { tags, text: decoded(texts.join("")).replaceAll(/\s+/g, " ") };
}

function pairsOf(attributes: Iterable<string[]>): readonly (readonly [string, string])[] {
  return [...attributes].map((pair) => [pair[0] ?? "", pair[1] ?? ""]);
}

function decoded(text: string): string {
  const signs: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', "#x27": "'", amp: "&" };
  return text.replaceAll(/&(lt|gt|quot|#x27|amp);/g, (_, name: string) => signs[name] ?? "");
}

function pageOf(view: IncidentView): string {
  return String(renderPage(view, NOW_MS));
}

test("renderPage() answers first, then shows what was measured, and tells the rest section by section", () => {
  const page = pageOf(sampleView());
  const headings = [...page.matchAll(/<h([123])>([^<]*)<\/h/g)].map(([, level, text]) => `${level} ${text}`);

  expect(headings).toEqual([
    "1 Incident 3: lamp/2: heat 90 degrees",
    "2 What was measured",
    "2 Timeline",
    "2 How it spread",
    "2 Cause",
    "3 Claims that the data ruled out",
    "2 Second opinion",
    "2 Options ruled out",
    "3 crash of lamp/1",
    "3 load-surge of room/1",
    "2 Suggested actions",
    "2 Actions on record",
    "2 Not known",
    "2 Tickets",
    "2 Not up when it opened",
    "2 Changed since the last healthy look",
    "2 Log of lamp/2",
    "2 Investigation and its cost",
  ]);
  const { text } = read(page);
  expect(text).toContain("revert mains=mains/1. Approve with:operator actions approve 4");
  expect(text).toContain("✗ formains/1 restarted (not so: mains/1 did not restart)");
  expect(text).toContain("speaks for claudemains/1 was reconfigured");
  expect(page).toContain("<del>mains/1 restarted</del>");
});

test("renderPage() draws each series with its threshold, scale, clock times and moments, and the verdicts", () => {
  const page = pageOf(sampleView());

  expect([...page.matchAll(/aria-label="([^"]*)"/g)].map(([, label]) => label)).toEqual([
    "heat_degrees of lamp/2, threshold 50 degrees: from 20 degrees to 90 degrees",
    "cool of lamp/2: holds from 03:02:00, violated from 03:03:00, unknown from 03:04:50",
    "lit of lamp/1: unknown from 03:02:00",
    "volts_total of mains/1, wire a: from 7 volts/s to 7 volts/s",
  ]);
  const first = page.slice(page.indexOf('<figure class="series">'), page.indexOf('<figure class="verdicts">'));
  expect(first).toContain('<path class="limit" d="M0 44.44H1000"/>');
  expect(first).toContain('<path class="line" d="M0 77.78h0L5.56 77.78');
  expect(first).toContain('<path class="moment" d="M333.33 0V100"/>');
  expect(first.match(/<span[^>]*>[^<]*/g)).toEqual([
    '<span class="top">90 degrees',
    '<span class="limit" style="top:44.44%">50 degrees',
    '<span class="base">0 degrees',
    '<span class="from" style="left:0%">03:02',
    '<span class="at" style="left:33.33%">03:03',
    '<span class="at" style="left:66.67%">03:04',
    '<span class="to" style="right:0%">03:05',
    '<span class="at" style="left:33.33%">03:03:00 began',
  ]);
  expect(page).toContain('<rect class="violated" x="333.33" y="0" width="611.11" height="10">');
});

test("renderPage() breaks a line where samples did not come, and thins a long series without losing a peak", () => {
  const { chart } = DECISIVE;
  if (!chart) throw new Error("Cannot test without a chart");
  const at = (ms: number, value: number) => ({ atMs: DECISIVE.span.fromMs + ms, value });
  const broken = [at(0, 1), at(1000, 1), at(2000, 1), at(90_000, 1), at(91_000, 1)];
  const long = Array.from({ length: 18_000 }, (_, index) => at(index * 10, index === 9000 ? 77 : 1));
  const pathOf = (points: readonly { readonly atMs: number; readonly value: number }[]): string => {
    const decisive = { ...DECISIVE, chart: { ...chart, window: { ...chart.window, points } } };
    return /class="line" d="([^"]*)"/.exec(pageOf(sampleView({ decisive })))?.[1] ?? "";
  };

  expect(pathOf(broken).match(/M/g)).toHaveLength(2);
  expect(pathOf(long).length).toBeLessThan(20_000);
  expect(pathOf(long).match(/M/g)).toHaveLength(1);
  expect(pathOf(long)).toMatch(/ 0L/);
  expect(pathOf([])).toBe("");
});

test("renderPage() marks what an action did and when it ended, and leaves out what is not there", () => {
  const {
    diagnosis: _diagnosis,
    investigation: _investigation,
    ...bare
  } = sampleView({ earlier: [], evidence: { moved: [] } });
  const [action] = bare.actions;
  if (!action) throw new Error("Cannot test without an action");
  const run = { ...action.run, state: "verified" as const, effectAtMs: NOW_MS - 60_000 };
  const incident = { ...bare.incident, state: "resolved", outcome: "action", resolvedAtMs: NOW_MS - 1000 } as const;

  const page = pageOf({ ...bare, incident, actions: [{ ...action, run }] });
  const timeless = pageOf({ ...bare, decisive: { span: { fromMs: 0, toMs: 0 }, cited: [], verdicts: [] } });

  expect(page).toContain('<li class="standing over">resolved by action after 1m59s</li>');
  expect(page).toContain("03:04:00 action 4</span>");
  expect(page).toContain("03:04:59 resolved</span>");
  expect(page).not.toContain("<h2>Cause");
  expect(timeless).not.toContain("What was measured");
});

const HOSTILE = [
  "<script>alert(1)</script>",
  "</title></style></pre></svg><script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "<!-- a --> <![CDATA[a]]> <?a?>",
  "&lt;b&gt; &amp;amp; &#60;i&#62;",
  '<a href="https://evil.example">a</a> javascript:alert(1)',
  "}</style><style>*{display:none}</style>",
  "<svg/onload=alert(1)> <math><mi//xlink:href=x>",
];

test.each(HOSTILE)("renderPage() shows %j as text, whatever carries it", (hostile) => {
  const plain = read(pageOf(sampleView()));

  const { tags, text } = read(pageOf(withText(sampleView(), ` ${hostile} end`)));

  const names = (of: typeof tags) => of.map(({ name }) => name);
  expect(new Set(names(tags))).toEqual(new Set(names(plain.tags)));
  expect(names(tags).filter((name) => name !== "span")).toEqual(names(plain.tags).filter((name) => name !== "span"));
  const attributes = new Set(tags.flatMap((tag) => [...tag.attributes.keys()]));
  expect(attributes).toEqual(new Set(plain.tags.flatMap((tag) => [...tag.attributes.keys()])));
  const styles = tags.flatMap((tag) => tag.attributes.get("style") ?? []);
  expect(styles.filter((style) => !/^(?:left|right|top):[\d.]+%$/.test(style))).toEqual([]);
  expect(text).toContain(`mains/1 was reconfigured ${hostile} end`);
});

test("renderPage() shows no secret and no control character, whatever carries them", () => {
  const page = pageOf(withText(sampleView(), ` redis://:${PLAIN}@10.0.0.1:6379 \u001B[2J\u202E\u0000 end`));

  expect(page).not.toContain(PLAIN);
  expect(page.match(/[^\n\P{Cc}]|[\u202E]/gu)).toBeNull();
});

test("renderPage() needs no script, no link and no address", () => {
  const { tags } = read(pageOf(sampleView()));

  const fetching = ["src", "href", "srcset", "action", "data", "poster", "background"];
  expect(tags.filter(({ name }) => ["script", "link", "img", "iframe", "object"].includes(name))).toEqual([]);
  expect(tags.filter((tag) => fetching.some((name) => tag.attributes.has(name)))).toEqual([]);
  expect(pageOf(sampleView())).not.toMatch(/url\(|@import|:\/\//);
  expect(pageOf(sampleView())).toContain("default-src 'none'");
});

test("html() escapes text, numbers that are none, and lists", () => {
  expect(String(html`<b title="${'"'}">${"<"}${1}${Number.NaN}${[html`<i>`, html`</i>`]}</b>`)).toBe(
    '<b title="&quot;">&lt;1<i></i></b>',
  );
});

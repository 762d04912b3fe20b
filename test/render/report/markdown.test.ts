import { expect, test } from "bun:test";
import { renderMarkdown } from "../../../src/render/report/markdown.ts";
import type { IncidentView } from "../../../src/runtime/views/incident.ts";
import { NOW_MS, sampleView, withText } from "./sample-view.ts";

/** As a page that understands what trackers understand shows it. */
function shown(view: IncidentView): string {
  return Bun.markdown.html(`${renderMarkdown(view, NOW_MS).join("\n")}\n`, { autolinks: true, latexMath: true });
}

/** What a reader sees, in one line. */
function textOf(page: string): string {
  const text = page.replaceAll(/<[^>]*>/g, " ");
  return decoded(text).replaceAll(/\s+/g, " ");
}

function decoded(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

test("renderMarkdown() answers first, then tells the rest section by section", () => {
  const lines = renderMarkdown(sampleView(), NOW_MS);

  expect(lines.slice(0, 7)).toEqual([
    "# Incident 3: lamp/2: heat 90 degrees",
    "",
    "**awaiting-approval, open for 2m · critical · lamps hall**",
    "",
    "- **What:** lamp/2: heat 90 degrees (cool)",
    "- **Since:** 2026-01-02T03:03:00.000Z; 2 tickets, open",
    "- **Why:** configuration-change of mains/1, confirmed (confidence 0.9): mains/1 has another voltage",
  ]);
  expect(lines.filter((line) => line.startsWith("## ")).map((line) => line.slice(3))).toEqual([
    "What was measured",
    "Timeline",
    "How it spread",
    "Cause",
    "Second opinion",
    "Options ruled out",
    "Suggested actions",
    "Actions on record",
    "Not known",
    "Tickets",
    "Not up when it opened",
    "Changed since the last healthy look",
    "Log of lamp/2",
    "Investigation and its cost",
  ]);
});

test("renderMarkdown() strikes what the data ruled out, and says for whom a claim speaks", () => {
  const lines = renderMarkdown(sampleView(), NOW_MS);

  expect(lines).toContain("- ✓ for: mains/1 was reconfigured at 03:02:58");
  expect(lines).toContain("- ✗ for: ~~mains/1 restarted~~ (not so: mains/1 did not restart)");
  expect(lines).toContain("rules found saturation of lamp/2 (likely). They disagree.");
  expect(lines).toContain("- speaks for claude: ✓ for: mains/1 was reconfigured at 03:02:58");
  expect(lines).toContain("  - ✗ for: ~~mains/1 restarted~~ (not so: mains/1 did not restart)");
});

test("renderMarkdown() leaves out what is not there", () => {
  const {
    diagnosis: _diagnosis,
    investigation: _investigation,
    ...bare
  } = sampleView({
    actions: [],
    earlier: [],
    evidence: { moved: [] },
    decisive: { span: { fromMs: 0, toMs: 0 }, cited: [], verdicts: [] },
  });

  const headings = renderMarkdown(bare, NOW_MS).filter((line) => line.startsWith("## "));

  expect(headings).toEqual(["## Timeline", "## Tickets"]);
});

const HOSTILE = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "<!-- a --> <?a?> <![CDATA[a]]>",
  "[a](javascript:alert(1)) ![b](x.png) [c]: d",
  "[https://evil.example](https://evil.example) <https://evil.example> www.evil.example (www.evil.example)",
  "someone@evil.example @someone #12 owner/name#12 GH-12 :tada:",
  "a | b \\| c \\\\| d@e|<b>f",
  "`a` ``b`` ```c ~~~d `@e` ```@f",
  "**a** *b* _c_ __d__ ~~e~~ $f$ $$g$$ &lt; &#60;",
  "\\<b> \\\\<b> \\`<b>",
  "\n\n# a\n\n- b\n\n1. c\n\n> d\n\n    e\n\n---\n\n===",
];

test.each(HOSTILE)("renderMarkdown() shows %j as text, whatever carries it", (hostile) => {
  const page = shown(withText(sampleView(), ` ${hostile} end`));
  const tags = new Set([...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/^<\/?/, "")));

  const known = "h1> h2> p> strong> ul> li> table> thead> tbody> tr> th> td> del> code> pre>".split(" ");
  expect([...tags].filter((tag) => !known.includes(tag) && tag !== 'code class="language-text">')).toEqual([]);
  const words = `mains/1 was reconfigured ${hostile} end`.replaceAll(/\s+/g, " ");
  expect(textOf(page)).toContain(words.replace("d@e|<b>f", "d@e¦<b>f"));
});

test.each(["# a", "- a", "+ a", "1. a", "1) a", "> a", "=== a", "--- a", "    a"])(
  "renderMarkdown() shows a text that begins with %j as it is",
  (text) => {
    const page = shown(sampleView({ diagnosis: { ...sampleDiagnosis(), unknowns: [text] } }));

    expect(decoded(page)).toContain(`<li>${text.trim()}</li>`);
  },
);

function sampleDiagnosis() {
  const { diagnosis } = sampleView();
  if (!diagnosis) throw new Error("Cannot test without a diagnosis");
  return diagnosis;
}

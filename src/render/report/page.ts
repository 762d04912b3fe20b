/** A report as one page in HTML: no script, nothing that is fetched, every foreign text escaped. */

import type { IncidentView } from "../../runtime/views/incident.ts";
import type { AnswerRow } from "../records/answer-words.ts";
import type { ClaimWords } from "../records/claim.ts";
import { isoTime } from "../time.ts";
import { type ChartFrame, type Moment, seriesFigure, verdictFigure } from "./chart.ts";
import { type Html, html, NO_HTML } from "./html-text.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { type Block, type Report, type ReportClaim, type ReportEvent, type ReportOption, reportOf } from "./report.ts";

/** The whole report as a document. */
export function renderPage(view: IncidentView, nowMs: number): Html {
  const report = reportOf(view, nowMs);
  const { id, title, sections, madeAtMs } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${`Incident ${id}: ${title}`}</title>
${PAGE_STYLE}
</head>
<body>
<main>
${headerOf(report)}${measuredSection(view)}${sections.map(
  (section) => html`<section>
<h2>${section.title}</h2>
${section.blocks.map(blockOf)}</section>
`,
)}</main>
<footer>
<p>Written by operator at ${timeOf(madeAtMs, isoTime(madeAtMs))}. Code evaluated every claim on the stored evidence; claims that the data ruled out are <del>struck through</del>.</p>
</footer>
</body>
</html>`;
}

function headerOf({ id, title, standing, isOver, severity, instance, answer }: Report): Html {
  const facts = [...(severity === undefined ? [] : [severity]), instance];
  return html`<header>
<h1>${`Incident ${id}: ${title}`}</h1>
<ul class="facts">
<li class="standing ${isOver ? "over" : ""}">${standing}</li>
${facts.map(
  (fact) => html`<li>${fact}</li>
`,
)}</ul>
<dl class="answer">
${answer.map(answerRow)}</dl>
</header>
`;
}

function answerRow({ label, text, command }: AnswerRow): Html {
  const name = label === "" ? NO_HTML : html`<dt>${label}</dt>`;
  const typed = command === undefined ? NO_HTML : html`<dd class="command"><code>${command}</code></dd>`;
  return html`${name}<dd>${text}</dd>${typed}
`;
}

/** What is decisive first, then the verdicts, then what is cited besides. */
function measuredSection({ decisive, incident, actions }: IncidentView): Html {
  const { span, chart, cited, verdicts } = decisive;
  if (span.toMs <= span.fromMs) return NO_HTML;
  const { beganAtMs, resolvedAtMs } = incident;
  const effects = actions.flatMap(({ run }): readonly Moment[] =>
    run.effectAtMs === undefined ? [] : [{ atMs: run.effectAtMs, word: `action ${run.id}` }],
  );
  const moments = [
    { atMs: beganAtMs, word: "began" },
    ...effects,
    ...(resolvedAtMs === undefined ? [] : [{ atMs: resolvedAtMs, word: "resolved" }]),
  ].filter(({ atMs }) => atMs >= span.fromMs && atMs <= span.toMs);
  const frame: ChartFrame = { span, moments };
  return html`<section>
<h2>What was measured</h2>
${chart ? seriesFigure(chart, frame) : NO_HTML}${
  verdicts.length > 0 ? verdictFigure(verdicts, frame) : NO_HTML
}${cited.map((one) => seriesFigure(one, frame))}</section>
`;
}

function blockOf(block: Block): Html {
  switch (block.kind) {
    case "text":
      return html`<p>${block.text}</p>
`;
    case "list":
      return html`<ul>${block.items.map(
        (item) => html`<li>${item}</li>
`,
      )}</ul>
`;
    case "timeline":
      return timelineOf(block.rows);
    case "table":
      return tableOf(block);
    case "claims":
      return claimsOf(block);
    case "options":
      return html`${block.options.map(optionOf)}`;
    case "log":
      return html`<pre>${block.lines.map(
        (line) => html`${line}
`,
      )}</pre>
`;
  }
}

/** The date stands where it changes. */
function timelineOf(rows: readonly ReportEvent[]): Html {
  const lines = rows.map(({ atMs, offset, who, text }, index) => {
    const [date = "", clock = ""] = isoTime(atMs).split("T");
    const isSame = index > 0 && isoTime(rows[index - 1]?.atMs ?? 0).startsWith(date);
    const shown = isSame ? clock : `${date} ${clock}`;
    return html`<tr><td class="short">${timeOf(atMs, shown)}</td><td class="short offset">${offset}</td><td class="${widthOf(who)}">${who}</td><td>${text}</td></tr>
`;
  });
  return html`<table class="timeline">
<thead><tr><th>Time (UTC)</th><th>From start</th><th>Who</th><th>What</th></tr></thead>
<tbody>
${lines}</tbody>
</table>
`;
}

function timeOf(atMs: number, shown: string): Html {
  return html`<time datetime="${isoTime(atMs)}">${shown}</time>`;
}

/** Signs of which shapes of series are made. */
const SHAPE = /^[▁▂▃▄▅▆▇█ ]+$/;
/** Characters of a cell that is never broken. */
const MOST_SHORT = 20;

function tableOf({ head, rows }: Extract<Block, { kind: "table" }>): Html {
  const heads = head.map((name) => html`<th>${name}</th>`);
  const lines = rows.map(
    (row) => html`<tr>${row.map((cell, column) => cellOf(cell, head[column]))}</tr>
`,
  );
  return html`<table>
${
  head.length > 0
    ? html`<thead><tr>${heads}</tr></thead>
`
    : NO_HTML
}<tbody>
${lines}</tbody>
</table>
`;
}

/** On a narrow screen a row is a list, in which each cell begins with its name. */
function cellOf(cell: string, name: string | undefined): Html {
  const isShape = cell !== "" && SHAPE.test(cell);
  const kind = isShape ? "shape" : widthOf(cell);
  return name === undefined
    ? html`<td class="${kind}">${cell}</td>`
    : html`<td class="${kind}" data-name="${name}">${cell}</td>`;
}

function widthOf(cell: string): string {
  return cell.length <= MOST_SHORT ? "short" : "long";
}

function claimsOf({ title, claims }: { readonly title?: string; readonly claims: readonly ReportClaim[] }): Html {
  if (claims.length === 0) return NO_HTML;
  const head =
    title === undefined
      ? NO_HTML
      : html`<h3>${title}</h3>
`;
  return html`${head}<ul class="claims">
${claims.map(claimOf)}</ul>
`;
}

function claimOf({ speaks, mark, said, note, isStruck }: ReportClaim): Html {
  const words = isStruck ? html`<del>${said}</del>` : html`${said}`;
  const whose = speaks === undefined ? NO_HTML : html`<span class="speaks">${speaks}</span>`;
  const more = note === undefined ? NO_HTML : html` <span class="note">(${note})</span>`;
  return html`<li><span class="mark ${toneOf(mark)}">${mark}</span><div>${whose}${words}${more}</div></li>
`;
}

function toneOf(mark: ClaimWords["mark"]): string {
  if (mark.startsWith("✓")) return "good";
  return mark.startsWith("✗") ? "bad" : "open";
}

function optionOf({ name, because, claims }: ReportOption): Html {
  return html`<h3>${name}</h3>
<p>${because}</p>
${claimsOf({ claims })}`;
}

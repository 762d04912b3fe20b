/** How a report looks: on a wide screen and on a narrow one, in the light and in the dark, and on paper. */

import { type Html, styleSheet } from "./html-text.ts";

/** The whole style sheet; it fetches nothing. */
export const PAGE_STYLE: Html = styleSheet`
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1b2026; --muted: #535c67; --edge: #d5dae1;
  --line: #0a5fc2; --limit: #8f4a00; --bad: #b3202c; --good: #1d6f42; --unknown: #656e79; --code: #eceff3;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0f1317; --card: #171c22; --text: #e4e8ed; --muted: #a3adb9; --edge: #313a45;
    --line: #6db3ff; --limit: #f2ad55; --bad: #ff7b7b; --good: #5cc98a; --unknown: #98a2ae; --code: #232a33;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text); line-height: 1.5;
  font-family: system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-size: 16px;
  overflow-wrap: anywhere;
}
main, footer { max-width: 62rem; margin: 0 auto; padding: 1.5rem; }
footer { padding-top: 0; color: var(--muted); font-size: 0.85rem; }
h1 { margin: 0 0 0.6rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 0 0 0.75rem; font-size: 1.15rem; line-height: 1.3; }
h3 { margin: 1rem 0 0.4rem; font-size: 1rem; }
p { margin: 0 0 0.75rem; }
section > :last-child, section > :last-child > :last-child { margin-bottom: 0; }
header, section {
  margin-bottom: 1.25rem; padding: 1.1rem 1.3rem; background: var(--card); border: 1px solid var(--edge); border-radius: 8px;
}
code, pre, td.shape { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.875em; }
code { padding: 0.1em 0.35em; background: var(--code); border-radius: 4px; }
pre { margin: 0; padding: 0.75rem; background: var(--code); border-radius: 6px; white-space: pre-wrap; }

.facts { display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0 0 1rem; padding: 0; list-style: none; }
.facts li { padding: 0.1rem 0.6rem; border: 1px solid var(--edge); border-radius: 1rem; font-size: 0.85rem; color: var(--muted); }
.facts li.standing { color: var(--bad); border-color: var(--bad); font-weight: 600; }
.facts li.standing.over { color: var(--good); border-color: var(--good); }
dl.answer { display: grid; grid-template-columns: 5.5rem 1fr; gap: 0.35rem 1rem; margin: 0; }
dl.answer dt { color: var(--muted); font-weight: 600; }
dl.answer dd { margin: 0; }
dl.answer dd + dd { grid-column: 2; }
dl.answer dd.command code { display: inline-block; margin-top: 0.2rem; padding: 0.35rem 0.6rem; user-select: all; }

figure { margin: 0 0 1.4rem; break-inside: avoid; }
figcaption { margin-bottom: 0.4rem; font-weight: 600; font-size: 0.95rem; }
.plot { display: grid; grid-template-columns: 6.5rem 1fr; column-gap: 0.6rem; font-size: 0.78rem; color: var(--muted); }
.scale { position: relative; text-align: right; line-height: 1.1; }
.scale span { position: absolute; right: 0; max-height: 2.2em; overflow: hidden; }
.scale .top { top: 0; }
.scale .base { bottom: 0; }
.scale .limit { transform: translateY(-50%); color: var(--limit); }
.plot svg { grid-column: 2; display: block; width: 100%; height: 8rem; overflow: visible; border-bottom: 1px solid var(--edge); }
.plot svg.strip { height: 1.1rem; margin-bottom: 0.5rem; }
p.strip { grid-column: 2; margin: 0; color: var(--text); }
path { fill: none; vector-effect: non-scaling-stroke; }
path.line { stroke: var(--line); stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
path.limit { stroke: var(--limit); stroke-width: 1.25; stroke-dasharray: 6 4; }
path.tick { stroke: var(--edge); stroke-width: 1; }
path.moment { stroke: var(--bad); stroke-width: 1.25; stroke-dasharray: 2 3; }
rect.violated { fill: var(--bad); }
rect.holds { fill: var(--good); }
rect.unknown { fill: var(--unknown); }
.times, .moments { position: relative; grid-column: 2; height: 1.3rem; white-space: nowrap; }
.moments { color: var(--bad); }
.times span, .moments span { position: absolute; top: 0.1rem; }
.times .at, .moments .at { transform: translateX(-50%); }
.unit { text-align: right; padding-top: 0.1rem; }
.key { margin-left: 0.9rem; font-weight: 400; font-size: 0.8rem; color: var(--muted); white-space: nowrap; }
.key::before { content: ""; display: inline-block; width: 0.9rem; margin-right: 0.35rem; vertical-align: baseline; }
.key.violated::before { height: 0.8rem; background: var(--bad); }
.key.holds::before { height: 0.25rem; background: var(--good); }
.key.unknown::before { height: 0.1rem; background: var(--unknown); vertical-align: middle; }

ul { margin: 0 0 0.75rem; padding-left: 1.2rem; }
ul.claims { padding: 0; list-style: none; }
ul.claims li { display: grid; grid-template-columns: 5.2rem 1fr; gap: 0.75rem; padding: 0.2rem 0; }
ul.claims .mark { font-weight: 600; white-space: nowrap; }
.mark.good { color: var(--good); }
.mark.bad { color: var(--bad); }
.mark.open, .note, .speaks, .offset, time { color: var(--muted); }
.speaks { display: block; font-size: 0.85rem; }
del { text-decoration-thickness: 1px; }

table { width: 100%; margin: 0 0 0.75rem; border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--edge); text-align: left; vertical-align: top; }
th { color: var(--muted); font-weight: 600; }
tr:last-child td { border-bottom: 0; }
td.short { white-space: nowrap; }
td.shape { white-space: nowrap; line-height: 1.2; }
time { font-variant-numeric: tabular-nums; }

@media (max-width: 40rem) {
  main, footer { padding: 0.75rem; }
  header, section { padding: 0.9rem; }
  h1 { font-size: 1.3rem; }
  dl.answer { grid-template-columns: 1fr; gap: 0; }
  dl.answer dt { margin-top: 0.6rem; }
  dl.answer dd + dd { grid-column: 1; }
  .plot { grid-template-columns: 4.4rem 1fr; column-gap: 0.5rem; font-size: 0.72rem; }
  .plot svg { height: 6.5rem; }
  ul.claims li { grid-template-columns: 1fr; gap: 0; padding: 0.35rem 0; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; }
  tr { padding: 0.5rem 0; border-bottom: 1px solid var(--edge); }
  tr:last-child { border-bottom: 0; }
  td, td.short { padding: 0; border: 0; white-space: normal; }
  td[data-name]::before { content: attr(data-name) ": "; color: var(--muted); }
  td.shape { overflow: hidden; }
  table.timeline td.short { display: inline; margin-right: 0.6rem; }
}
@media print {
  :root { --page: #ffffff; --code: #f1f3f5; }
  body { font-size: 10.5pt; }
  main, footer { max-width: none; padding: 0; }
  header, section { padding: 0; margin-bottom: 1.2rem; border: 0; }
  h2, h3 { break-after: avoid; }
  tr, ul.claims li { break-inside: avoid; }
  svg, .key::before { print-color-adjust: exact; }
}
`;

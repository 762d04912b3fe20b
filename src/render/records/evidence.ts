/** Frozen evidence as text: the series that moved, what was down, what the logs said. */

import { excerptOf } from "../../core/text/excerpt.ts";
import type { FrozenEvidence } from "../../database/mod.ts";
import type { EvidenceView } from "../../runtime/views/evidence.ts";
import { changeRows } from "../inspection.ts";
import { chartRows } from "../live/charts.ts";
import { tableLines } from "../table.ts";
import { isoTime } from "../time.ts";

/** Newest lines of each component's log. */
const LOG_LINES = 10;

/** Changes at most that are shown. */
const CHANGES = 30;
const COUNTERS = 5;

/** How much of it is shown. */
export interface EvidenceOptions {
  /** Width of the terminal. */
  readonly columns: number;
  /** Epoch milliseconds before which nothing was written that belongs to it. */
  readonly sinceMs: number;
  /** Components whose logs belong to it. @default all */
  readonly components?: ReadonlySet<string>;
}

/** A heading, and rows or lines below it. */
export interface EvidenceSection {
  readonly title: string;
  /** Names of the cells of a row, where it is shown as a table. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** As they were written, one below the other. */
  readonly isLog?: boolean;
}

/** Headings and lines of so many columns; none at all where there is nothing to show. */
export function renderEvidence(view: EvidenceView, options: EvidenceOptions): readonly string[] {
  return evidenceSections(view, options).flatMap(({ title, rows, isLog }) => [
    "",
    title,
    ...(isLog ? rows.map((cells) => cells.join(" ")) : tableLines(rows)).map((line) => `  ${line}`),
  ]);
}

/** What there is to show, section by section. */
export function evidenceSections(
  { frozen, moved }: EvidenceView,
  options: EvidenceOptions,
): readonly EvidenceSection[] {
  const { columns, components } = options;
  const logs = (frozen?.logs ?? []).filter(({ component }) => components?.has(component) ?? true);
  const sections = [
    {
      title: "Series that moved",
      head: ["Component", "Metric", "Over time", "Last"],
      rows: chartRows(moved, { columns: columns - 2 }),
    },
    { title: "Not up when it opened", head: ["What", "State", "Probe"], rows: absentOf(frozen) },
    {
      title: "Changed since the last healthy look",
      head: ["Component", "Where", "Change"],
      rows: changesOf(frozen, components),
    },
    ...logs.map((log) => ({ title: `Log of ${log.component}`, head: [], rows: logRows(log, options), isLog: true })),
  ];
  return sections.filter(({ rows }) => rows.length > 0);
}

function logRows({ events, failed }: FrozenEvidence["logs"][number], { sinceMs }: EvidenceOptions) {
  const lines = events.filter(({ atMs }) => atMs >= sinceMs).slice(-LOG_LINES);
  return [
    ...lines.map(({ atMs, level, message }) => [isoTime(atMs), level, excerptOf(message)]),
    ...(failed === undefined ? [] : [[`Cannot read it: ${excerptOf(failed)}`]]),
  ];
}

function absentOf(frozen: FrozenEvidence | undefined): readonly (readonly string[])[] {
  const { components = [], links = [] } = frozen?.picture ?? {};
  return [
    ...components.filter(({ state }) => state !== "up").map(({ id, state, probe = "" }) => [id, state, probe]),
    ...links.filter(({ state }) => state === "down").map(({ from, to, state }) => [`${from} to ${to}`, state, ""]),
  ];
}

/** Of what belongs to it: first values that are others, then counters, which rise all the time. */
function changesOf(
  frozen: FrozenEvidence | undefined,
  components: ReadonlySet<string> | undefined,
): readonly (readonly string[])[] {
  const own = (frozen?.inspections ?? []).filter(({ component }) => components?.has(component) ?? true);
  const [changed, counted] = [false, true].map((isCounter) =>
    changeRows(
      own.flatMap(({ difference, ...inspected }) => {
        const changes = (difference?.changes ?? []).filter(({ by }) => (by !== undefined) === isCounter);
        return difference && changes.length > 0 ? [{ ...inspected, difference: { ...difference, changes } }] : [];
      }),
    ),
  );
  return [...(changed ?? []), ...(counted ?? []).slice(0, COUNTERS)].slice(0, CHANGES);
}

/** The demo's live figures: pure state to lines. */

import type { LoadTick } from "../core/subject/load-report.ts";
import type { State } from "../core/system/picture.ts";
import { type Tone, tinted } from "../core/text/tones.ts";
import { formatDurationMs } from "../core/text/units.ts";
import type { Verdict } from "../core/words/verdict.ts";
import { sparkline } from "../render/charts.ts";
import { padded } from "../render/table.ts";

/** Everything that the live figures follow from. */
export interface DemoState {
  /** What is going on, in a few words. */
  readonly chapter: string;
  readonly components: readonly { readonly id: string; readonly state: State }[];
  readonly verdicts: readonly { readonly entity: string; readonly verdict: Verdict; readonly summary: string }[];
  /** The last seconds of traffic, oldest first. */
  readonly ticks: readonly LoadTick[];
}

const TONES: Readonly<Record<State | Verdict, Tone>> = {
  up: "good",
  down: "bad",
  holds: "good",
  violated: "bad",
  unknown: "warn",
};
const MARKS: Readonly<Record<State, string>> = { up: "●", down: "✕", unknown: "?" };

/** The region below the story. */
export function renderDemo(state: DemoState, colour: boolean): readonly string[] {
  return [
    "",
    tinted("strong", `  ${state.chapter}`, colour),
    `  ${state.components.map((component) => renderComponent(component, colour)).join("   ")}`,
    ...renderTraffic(state.ticks, colour),
    ...state.verdicts
      .filter(({ verdict }) => verdict !== "holds")
      .map(({ verdict, summary }) => `  ${tinted(TONES[verdict], padded(verdict, 9), colour)} ${summary}`),
    tinted("dim", "  any key ends the demo and takes everything down", colour),
  ];
}

/** One second of traffic as words. */
export function renderTraffic(ticks: readonly LoadTick[], colour: boolean): readonly string[] {
  const last = ticks.at(-1);
  if (!last) return [];
  const { allowed = 0, limited = 0 } = last.outcomes;
  const failed = tinted(last.failed > 0 ? "bad" : "dim", `failed ${padded(String(last.failed), 4)}`, colour);
  const chart = sparkline(ticks.map(({ ratePerSecond, failed }) => ratePerSecond - failed));
  const figures = `allowed ${padded(String(allowed), 4)} limited ${padded(String(limited), 4)} ${failed}`;
  return [
    `  ${Math.round(last.ratePerSecond)} checks/s  ${figures}  p50 ${formatDurationMs(last.p50Ms)}  p99 ${formatDurationMs(last.p99Ms)}`,
    tinted("dim", `  ${chart}`, colour),
  ];
}

function renderComponent({ id, state }: DemoState["components"][number], colour: boolean): string {
  return tinted(TONES[state], `${MARKS[state]} ${id}`, colour);
}

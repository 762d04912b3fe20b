/** How an instance stands, in a few lines: how far it may be acted upon, who watches it, and what waits for a person. */

import { commandOf } from "../../core/safety/action-command.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { HomeStanding, StandingView } from "../../runtime/views/home.ts";
import { ageOf } from "../time.ts";
import { renderLadder } from "./ladder.ts";

/** Incidents and actions at most, each. */
const MOST_LINES = 5;

/** Its lines; why nothing is known where nothing can be read. */
export function renderStanding(standing: HomeStanding, nowMs: number): readonly string[] {
  if ("failed" in standing) return [`state unknown: ${standing.failed}`];
  const { ladder, halt, incidents, waiting } = standing;
  return [
    `actions ${renderLadder(ladder, halt)}`,
    watchWords(standing, nowMs),
    ...cutOff(
      incidents.map(
        ({ incident: { id, state, title, beganAtMs } }) =>
          `incident ${id} ${state}${state === "open" ? "" : ", open"} for ${ageOf(beganAtMs, nowMs)}: ${excerptOf(title, 120)}`,
      ),
      "incidents list",
    ),
    ...cutOff(
      waiting.map(({ run, waits, advice }) => {
        const words = [commandOf(run), ...(waits === undefined ? [] : [waits])].join(": ");
        return `action ${run.id} ${run.state}: ${words}${advice === undefined ? "" : `. ${advice}`}`;
      }),
      "actions list",
    ),
  ];
}

/** What is not watched is not said to be well. */
function watchWords({ watcher, lookedAtMs, incidents }: StandingView, nowMs: number): string {
  const look = lookedAtMs === undefined ? undefined : `last look ${ageOf(lookedAtMs, nowMs)} ago`;
  const open = look !== undefined && incidents.length === 0 ? "; no incident is open" : "";
  if (watcher !== undefined) return `watched by ${watcher}, ${look ?? "no look yet"}${open}`;
  return look === undefined ? "never watched; watch with: operator watch" : `not watched, ${look}${open}`;
}

function cutOff(lines: readonly string[], command: string): readonly string[] {
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `and ${more} more: operator ${command}`] : lines;
}

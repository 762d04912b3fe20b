/**
 * Answers about a window that is too short for the pace of the scrapes: a rate over 10 s of what is scraped every 5 or 30 s would
 * be known at some looks and not at others.
 */

import type { AggregateQuestion, SeriesQuestion, SeriesWindow } from "../core/system/series.ts";
import { isAggregate } from "../core/system/series-question.ts";

/** Answers a question from what is stored. */
export type Ask = (question: SeriesQuestion) => readonly SeriesWindow[];

/** Scrapes further apart are no pace: in between, nobody recorded. */
const LOOKBACK_MS = 300_000;

/** So much longer than the time before may the time between two scrapes be; a scrape may have been missed. */
const UNEVEN = 2.5;

/** So many times the pace may have passed since the newest scrape. */
const LATE = 1.5;

/** Asks again over a longer window where the window of a question holds fewer scrapes than its answer needs. */
export function sparselyRecorded(ask: Ask): Ask {
  return (question) => {
    const answer = ask(question);
    if (answer.length > 0 || !isAggregate(question)) return answer;
    const overMs = longerWindow(question, ask);
    return overMs === undefined ? answer : ask({ ...question, overMs });
  };
}

/** Milliseconds that hold the newest scrapes; `undefined` where the window holds enough, or where there is no steady pace. */
function longerWindow({ aggregation, overMs, range }: AggregateQuestion, ask: Ask): number | undefined {
  const { startMs, endMs } = range;
  if (startMs !== endMs) return undefined;
  const needed = aggregation === "last" ? 1 : 2;
  if (scrapesBefore(endMs, overMs - 1, ask).length >= needed) return undefined;
  const [newest, second, third] = scrapesBefore(endMs, LOOKBACK_MS, ask).toReversed();
  if (newest === undefined || second === undefined || third === undefined) return undefined;
  const paceMs = newest - second;
  if (paceMs > UNEVEN * (second - third) || endMs - newest > Math.max(overMs, LATE * paceMs)) return undefined;
  return endMs - (needed === 1 ? newest : second) + 1;
}

/** Epoch milliseconds of the scrapes of a span, oldest first. */
function scrapesBefore(endMs: number, windowMs: number, ask: Ask): readonly number[] {
  const pages = ask({ metric: "up", windowMs, endMs });
  return [...new Set(pages.flatMap(({ points }) => points.map(({ atMs }) => atMs)))].toSorted((a, b) => a - b);
}

/** Keeps history without a Prometheus: scrapes metrics pages and answers from its samples, as a Prometheus would. */

import { probe } from "../core/subject/probe.ts";
import type { ScrapeTarget } from "../core/subject/subject.ts";
import type { Clock } from "../core/system/clock.ts";
import type { SeriesSource } from "../core/system/series.ts";
import { datedQuestion } from "../core/system/series-question.ts";
import type { Database, Sample as StoredSample } from "../database/mod.ts";
import type { OddLines } from "./exposition.ts";
import type { Sample } from "./sample-line.ts";
import { scrape } from "./scrape.ts";
import { sparselyRecorded } from "./sparsely-recorded.ts";

/** Where samples are kept, and which ones. */
export interface RecorderOptions {
  readonly samples: Pick<Database["samples"], "append" | "query">;
  /** Number of the subject instance that the samples belong to. */
  readonly instance: number;
  /** Names of samples (`x_bucket`) or of their metrics (`x`). */
  readonly wanted: ReadonlySet<string>;
  readonly clock: Clock;
  /** Milliseconds that one page may take. @default {5000} */
  readonly timeoutMs?: number;
}

/** How the scrape of one target went. */
export interface ScrapeOutcome {
  readonly target: ScrapeTarget;
  /** Samples kept, `up` not counted. */
  readonly sampleCount: number;
  readonly failed?: string;
  /** Lines of the page that could not be read; absent where there were none. */
  readonly odd?: OddLines;
}

/** Scrapes and stores samples. */
export interface Recorder {
  /**
   * Scrapes all targets at once and stores what is wanted, besides `up`: 1 if a page was read, 0 if not. A scrape that
   * the signal aborts is stored neither as up nor as down.
   */
  record(targets: readonly ScrapeTarget[], signal: AbortSignal): Promise<readonly ScrapeOutcome[]>;
  /** Answers from what was stored; over at least two scrapes, also where these are rarer than a question expects. */
  readonly series: SeriesSource;
}

/** A recorder of one subject instance. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { samples, instance, clock } = options;
  const ask = sparselyRecorded((question) => samples.query(instance, question));
  return {
    record: (targets, signal) => {
      const atMs = clock.now();
      return Promise.all(targets.map((target) => recordOne(target, options, { atMs, signal })));
    },
    series: async (question) => ask(datedQuestion(question, clock)),
  };
}

interface Round {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly signal: AbortSignal;
}

async function recordOne(
  target: ScrapeTarget,
  { samples, instance, wanted, timeoutMs }: RecorderOptions,
  { atMs, signal }: Round,
): Promise<ScrapeOutcome> {
  const labels = { instance: instanceLabelOf(target.url) };
  const page = await probe(() => scrape(target.url, { signal, wanted, ...(timeoutMs !== undefined && { timeoutMs }) }));
  if ("failed" in page) {
    if (!signal.aborted) samples.append(instance, atMs, [{ metric: "up", labels, value: 0 }]);
    return { target, sampleCount: 0, failed: page.failed };
  }
  const kept = withoutDuplicates(page.value.samples.map((sample) => asScraped(sample, labels.instance)));
  samples.append(instance, atMs, [{ metric: "up", labels, value: 1 }, ...kept]);
  const { odd } = page.value;
  return { target, sampleCount: kept.length, ...(odd.count > 0 && { odd }) };
}

/** The address of the target, port included, as a Prometheus labels it. */
function instanceLabelOf(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return url;
  return parsed.port ? parsed.host : `${parsed.host}:${parsed.protocol === "https:" ? 443 : 80}`;
}

/** The labels `instance` and `job` of the scrape replace those of the target, and empty labels are dropped. */
function asScraped({ name, labels, value }: Sample, instance: string): StoredSample {
  const own = Object.entries(labels)
    .filter(([, text]) => text !== "")
    .map(([label, text]) => [label === "instance" || label === "job" ? `exported_${label}` : label, text] as const);
  return { metric: name, labels: Object.fromEntries([...own, ["instance", instance]]), value };
}

/** If a page has a series twice, the first one counts. */
function withoutDuplicates(samples: readonly StoredSample[]): readonly StoredSample[] {
  const seen = new Set<string>();
  return samples.filter(({ metric, labels }) => {
    const identity = `${metric} ${JSON.stringify(labels)}`;
    return !seen.has(identity) && seen.add(identity);
  });
}

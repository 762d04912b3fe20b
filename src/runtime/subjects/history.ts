/** The history of a subject: read from its Prometheus if it has one, else recorded by this process. */

import type { Session, Subject } from "../../core/subject/subject.ts";
import type { Clock } from "../../core/system/clock.ts";
import type { SeriesSource } from "../../core/system/series.ts";
import { datedQuestion } from "../../core/system/series-question.ts";
import type { Database } from "../../database/mod.ts";
import { log } from "../../io/log.ts";
import type { MonitorOptions } from "../../monitor/mod.ts";
import { asSeriesSource, PrometheusClient } from "../../prometheus/promql.ts";
import { createRecorder } from "../../prometheus/recorder.ts";

/** How a monitor stores and queries history. */
export type History = Pick<MonitorOptions, "series" | "record" | "evidenceMetrics">;

/** The instance, and where its history is stored. */
export interface HistoryOptions {
  readonly subject: Subject;
  readonly session: Session;
  /** Id of the instance. */
  readonly instance: number;
  readonly database: Database;
  readonly clock: Clock;
}

/** Milliseconds of one query, which must not delay its round. */
const PAGE_TIMEOUT_MS = 1000;
const QUERY_TIMEOUT_MS = 2000;

/** Maximum of remembered warnings. */
const MOST_TOLD = 1000;

/** The source of history; series of pictures are always in the database. */
export function historyOf(options: HistoryOptions): History {
  const { subject, session, instance, database, clock } = options;
  const { metricsUrl: url } = session;
  if (url === undefined) return recorded(options);
  const tell = tellOnce();
  const client = new PrometheusClient({ url, timeoutMs: QUERY_TIMEOUT_MS });
  const prometheus = asSeriesSource(client, (warning) =>
    tell(warning, "Prometheus returned a partial answer", { warning }),
  );
  const series: SeriesSource = async (question, signal) => {
    const own = database.samples.query(instance, datedQuestion(question, clock));
    return own.length > 0 ? own : await prometheus(question, signal);
  };
  return { series, evidenceMetrics: subject.metrics };
}

function recorded({ subject, session, instance, database, clock }: HistoryOptions): History {
  const wanted = new Set(subject.metrics);
  const { samples } = database;
  const recorder = createRecorder({ samples, instance, wanted, clock, timeoutMs: PAGE_TIMEOUT_MS });
  if (session.scrapes().length === 0) return { series: recorder.series };
  const tell = tellOnce();
  return {
    series: recorder.series,
    async record(signal) {
      const outcomes = await recorder.record(session.scrapes(), signal);
      for (const { target, odd } of outcomes) {
        const fields = { component: target.component, lines: odd?.count, reason: odd?.first };
        if (odd) tell(target.component, "Left out lines of a metrics page that cannot be read", fields);
      }
      const failures = outcomes.flatMap(({ failed }) => failed ?? []);
      if (failures.length === outcomes.length) throw new Error(`Cannot record any metrics: ${failures[0]}`);
    },
  };
}

/** Warns of each thing once, not at every look. */
function tellOnce(): (thing: string, sentence: string, fields: object) => void {
  const told = new Set<string>();
  return (thing, sentence, fields) => {
    if (told.has(thing)) return;
    if (told.size >= MOST_TOLD) told.clear();
    told.add(thing);
    log.withTag("metrics").warn(sentence, fields);
  };
}

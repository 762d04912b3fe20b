/** The past of a subject: asked of its Prometheus where it has one, else recorded by this process. */

import * as v from "valibot";
import type { Clock } from "../core/clock.ts";
import type { SeriesSource } from "../core/series.ts";
import type { Session, Subject } from "../core/subject.ts";
import type { Database } from "../database/mod.ts";
import type { MonitorOptions } from "../monitor/mod.ts";
import { asSeriesSource, PrometheusClient } from "../prometheus/promql.ts";
import { createRecorder } from "../prometheus/recorder.ts";

/** How a monitor keeps the past and asks for it. */
export type Past = Pick<MonitorOptions, "series" | "record" | "evidenceMetrics">;

/** Whose past, and where it is kept. */
export interface PastOptions {
  readonly subject: Subject;
  readonly session: Session;
  /** Id of the instance. */
  readonly instance: number;
  readonly config: unknown;
  readonly database: Database;
  readonly clock: Clock;
}

/** By convention the field of a subject's configuration that says where its Prometheus is. */
const Keeper = v.object({ prometheus: v.string() });

/** What takes longer would hold up the round that it belongs to. */
const PAGE_TIMEOUT_MS = 1000;
const QUERY_TIMEOUT_MS = 2000;

/** Whatever keeps the metrics, the figures of pictures are in the database. */
export function pastOf(options: PastOptions): Past {
  const { subject, config, instance, database, clock } = options;
  const keeper = v.safeParse(Keeper, config);
  if (!keeper.success) return recorded(options);
  const prometheus = asSeriesSource(
    new PrometheusClient({ url: keeper.output.prometheus, timeoutMs: QUERY_TIMEOUT_MS }),
  );
  const series: SeriesSource = async (question, signal) => {
    const endMs = question.endMs ?? clock.now();
    const own = database.samples.query(instance, { ...question, endMs });
    return own.length > 0 ? own : await prometheus(question, signal);
  };
  return { series, evidenceMetrics: subject.metrics };
}

function recorded({ subject, session, instance, database, clock }: PastOptions): Past {
  const wanted = new Set(subject.metrics);
  const { samples } = database;
  const recorder = createRecorder({ samples, instance, wanted, clock, timeoutMs: PAGE_TIMEOUT_MS });
  if (session.scrapes().length === 0) return { series: recorder.series };
  return {
    series: recorder.series,
    async record(signal) {
      const outcomes = await recorder.record(session.scrapes(), signal);
      const failures = outcomes.flatMap(({ failed }) => failed ?? []);
      if (failures.length === outcomes.length) throw new Error(`Cannot record any metrics: ${failures[0]}`);
    },
  };
}

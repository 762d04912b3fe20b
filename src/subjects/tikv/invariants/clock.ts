/** Judges clocks: PD's, by which all timestamps are given, and each store's, against those timestamps. */

import { type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import { formatDurationMs } from "../../../core/text/units.ts";
import type { ComponentId } from "../../../core/words/ids.ts";
import { clockOffsetMs } from "../clock-offset.ts";
import { invariant, type MembersReading, type TikvReadings } from "../observation.ts";
import { hostPort } from "../topology.ts";
import { thresholdOf } from "./each-store.ts";

/** Clocks agree and do not jump. Alert `PD_system_time_slow`. */
export const clock = invariant({
  id: "clock",
  severity: "critical",
  symptom: "clock",
  graceMs: 30_000,
  rationale:
    "Timestamps come from PD's clock: a jump stops transactions, and stores that are behind serve stale reads.",
  needs: ["members", "stores", "status", "metrics"],
  thresholds: {
    offsetMs: {
      default: 2000,
      description: "Maximum difference between PD's clock and the observer's in milliseconds.",
    },
    resolvedGapMs: { default: 60_000, description: "Maximum milliseconds that a store is behind PD's timestamps." },
  },
  reasons: ["agrees", "ahead", "behind", "jumped-back", "not-measured"],
  check: ({ members, stores, status, metrics }, { thresholds, atMs }) => [
    ...judgeEach(members.pds, (pd) =>
      judgePd(pd, {
        offsetMs:
          pd.name !== undefined && pd.name === members.leader
            ? clockOffsetMs({ stores: { value: stores, atMs } })
            : undefined,
        metrics: metrics.pds[hostPort(pd.address)],
        mostMs: thresholdOf(thresholds, "offsetMs"),
      }),
    ),
    ...judgeEach(status, ({ component, store }) =>
      judgeStore(
        component,
        metrics.stores[store.statusAddress]?.resolvedGapMs,
        thresholdOf(thresholds, "resolvedGapMs"),
      ),
    ),
  ],
});

type Reason = "agrees" | "ahead" | "behind" | "jumped-back" | "not-measured";

interface PdClock {
  /** Of the leader only. */
  readonly offsetMs: number | undefined;
  readonly metrics: TikvReadings["metrics"]["pds"][string] | undefined;
  readonly mostMs: number;
}

function judgePd(
  { component }: MembersReading["pds"][number],
  { offsetMs, metrics, mostMs }: PdClock,
): Judgement<Reason> {
  const about = { entity: component, on: component };
  const jumps = (metrics?.timeJumpsPerSecond ?? 0) + (metrics?.timeSlowPerSecond ?? 0);
  const evidence = { offsetMs: offsetMs ?? null, offsetMsThreshold: mostMs, jumpsPerSecond: jumps };
  if (jumps > 0) {
    return {
      ...about,
      verdict: "violated",
      reason: "jumped-back",
      summary: `${component}: its clock jumped back`,
      evidence,
    };
  }
  if (offsetMs === undefined) {
    if (metrics) {
      const summary = `${component}: its clock has not jumped back`;
      return { ...about, verdict: "holds", reason: "agrees", summary, evidence };
    }
    const summary = `Unknown: no metrics of ${component} about clock jumps`;
    return { ...about, verdict: "unknown", reason: "not-measured", summary, evidence };
  }
  const isOff = Math.abs(offsetMs) > mostMs;
  const side = offsetMs > 0 ? "ahead" : "behind";
  const summary = `${component}: its clock is ${offsetMs === 0 ? "within seconds of" : `at least ${formatDurationMs(Math.abs(offsetMs))} ${side} of`} the observer's (threshold ${formatDurationMs(mostMs)})`;
  return { ...about, verdict: isOff ? "violated" : "holds", reason: isOff ? side : "agrees", summary, evidence };
}

function judgeStore(component: ComponentId, gapMs: number | undefined, mostMs: number): Judgement<Reason> {
  const about = { entity: component, on: component };
  if (gapMs === undefined) {
    return {
      ...about,
      verdict: "unknown",
      reason: "not-measured",
      summary: `Unknown: ${component} reports no resolved timestamp`,
      evidence: {},
    };
  }
  const isOff = gapMs > mostMs;
  const summary = `${component}: ${formatDurationMs(gapMs)} between its clock and the timestamps that it serves (threshold ${formatDurationMs(mostMs)})`;
  return {
    ...about,
    verdict: isOff ? "violated" : "holds",
    reason: isOff ? "ahead" : "agrees",
    summary,
    evidence: { resolvedGapMs: gapMs, resolvedGapMsThreshold: mostMs },
  };
}

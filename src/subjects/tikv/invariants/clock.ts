/** Judges clocks: PD's, by which all timestamps are given, each store's own, and how old the timestamps are that it serves. */

import { type Judgement, judgeEach } from "../../../core/subject/invariant.ts";
import { formatDurationMs } from "../../../core/text/units.ts";
import { clocksOf } from "../clock-offset.ts";
import { invariant, type MembersReading, type StoreReading, type TikvReadings } from "../observation.ts";
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
  needs: ["members"],
  // Without a leader, which alone knows the stores, each member and each store still dates its answers.
  sees: ["stores", "status", "metrics"],
  thresholds: {
    offsetMs: {
      default: 2000,
      description: "Maximum difference between the clock of PD or a store and the observer's in milliseconds.",
    },
    resolvedGapMs: { default: 60_000, description: "Maximum milliseconds that a store is behind PD's timestamps." },
  },
  reasons: ["agrees", "ahead", "behind", "jumped-back", "old-timestamps", "not-measured"],
  check: ({ members, stores, status, metrics }, { thresholds, atMs }) => {
    const clocks = clocksOf({ members: { value: members, atMs }, status, stores });
    const measured: Measured = "value" in metrics ? metrics.value : { stores: {}, pds: {} };
    const mostMs = thresholdOf(thresholds, "offsetMs");
    return [
      ...judgeEach(members.pds, (pd) => {
        // All timestamps are the leader's: it is held against the observer, who may be the one that is off.
        const isLeader = pd.name !== undefined && pd.name === members.leader;
        const usualMs = isLeader ? 0 : clocks.usualMs;
        const own = { offsetMs: clocks.offsetsMs.get(pd.component), usualMs, mostMs };
        return judgePd(pd, { own, metrics: measured.pds[hostPort(pd.address)] });
      }),
      ...judgeEach("value" in status ? status.value : [], (store) =>
        judgeStore(store, {
          own: { offsetMs: clocks.offsetsMs.get(store.component), usualMs: clocks.usualMs, mostMs },
          gapMs: measured.stores[store.store.statusAddress]?.resolvedGapMs,
          mostGapMs: thresholdOf(thresholds, "resolvedGapMs"),
        }),
      ),
    ];
  },
});

type Reason = "agrees" | "ahead" | "behind" | "jumped-back" | "old-timestamps" | "not-measured";

type Measured = Pick<TikvReadings["metrics"], "stores" | "pds">;

/** One clock, and what it is held against. */
interface OwnClock {
  readonly offsetMs: number | undefined;
  /** That of most others, where the observer's is the one that is off. */
  readonly usualMs: number;
  readonly mostMs: number;
}

/** Two offsets that are each known to a second or two. */
const UNSHARP_MS = 2000;

interface Said {
  readonly isOff: boolean;
  readonly reason: "agrees" | "ahead" | "behind";
  readonly summary: string;
}

/** `undefined` where the clock is not known. */
function compare({ offsetMs, usualMs, mostMs }: OwnClock): Said | undefined {
  if (offsetMs === undefined) return undefined;
  const apartMs = offsetMs - usualMs;
  const isOff = Math.abs(apartMs) > mostMs + (usualMs === 0 ? 0 : UNSHARP_MS);
  const side = apartMs > 0 ? "ahead" : "behind";
  const way = apartMs > 0 ? "ahead of" : "behind";
  const apart = apartMs === 0 ? "within seconds of" : `at least ${formatDurationMs(Math.abs(apartMs))} ${way}`;
  const others = usualMs === 0 ? "the observer's" : "most others'";
  const summary = `its clock is ${apart} ${others} (threshold ${formatDurationMs(mostMs)})`;
  return { isOff, reason: isOff ? side : "agrees", summary };
}

interface PdClock {
  readonly own: OwnClock;
  readonly metrics: TikvReadings["metrics"]["pds"][string] | undefined;
}

function judgePd({ component }: MembersReading["pds"][number], { own, metrics }: PdClock): Judgement<Reason> {
  const about = { entity: component, on: component };
  const jumps = (metrics?.timeJumpsPerSecond ?? 0) + (metrics?.timeSlowPerSecond ?? 0);
  const evidence = { offsetMs: own.offsetMs ?? null, offsetMsThreshold: own.mostMs, jumpsPerSecond: jumps };
  if (jumps > 0) {
    const summary = `${component}: its clock jumped back`;
    return { ...about, verdict: "violated", reason: "jumped-back", summary, evidence };
  }
  const said = compare(own);
  if (said) {
    const { isOff, reason, summary } = said;
    return {
      ...about,
      verdict: isOff ? "violated" : "holds",
      reason,
      summary: `${component}: ${summary}`,
      evidence,
    };
  }
  if (metrics) {
    const summary = `${component}: its clock has not jumped back`;
    return { ...about, verdict: "holds", reason: "agrees", summary, evidence };
  }
  const summary = `Unknown: no metrics of ${component} about clock jumps`;
  return { ...about, verdict: "unknown", reason: "not-measured", summary, evidence };
}

interface StoreClock {
  readonly own: OwnClock;
  /** Between the store's clock and the oldest timestamp that it serves. */
  readonly gapMs: number | undefined;
  readonly mostGapMs: number;
}

function judgeStore(
  { component, store, status }: StoreReading,
  { own, gapMs, mostGapMs }: StoreClock,
): Judgement<Reason> {
  const about = { entity: component, on: component };
  const said = compare(own);
  const evidence = {
    ...(own.offsetMs !== undefined && { offsetMs: own.offsetMs, offsetMsThreshold: own.mostMs }),
    ...(gapMs !== undefined && { resolvedGapMs: gapMs, resolvedGapMsThreshold: mostGapMs }),
  };
  if (said?.isOff) {
    const { reason, summary } = said;
    return { ...about, verdict: "violated", reason, summary: `${component}: ${summary}`, evidence };
  }
  if (gapMs === undefined && !said) {
    const answers = `${component} reports no resolved timestamp, and does not date its answers`;
    const asked = "failed" in status ? `${component} does not answer` : answers;
    const summary = `Unknown: ${store.statusAddress === "" ? `PD has no status address of ${component}` : asked}`;
    return { ...about, verdict: "unknown", reason: "not-measured", summary, evidence };
  }
  if (gapMs === undefined)
    return { ...about, verdict: "holds", reason: "agrees", summary: `${component}: ${said?.summary}`, evidence };
  const summary = `${component}: ${formatDurationMs(gapMs)} between its clock and the timestamps that it serves (threshold ${formatDurationMs(mostGapMs)})`;
  if (gapMs <= mostGapMs) return { ...about, verdict: "holds", reason: "agrees", summary, evidence };
  // Its own clock agrees, so the timestamps are old; where that is not known, it may be ahead.
  const reason = said ? "old-timestamps" : "ahead";
  return { ...about, verdict: "violated", reason, summary, evidence };
}

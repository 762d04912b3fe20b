/** The workload of a rate limiter: its requests, the meaning of the answers, and the verdict on its limits. */

import * as v from "valibot";
import type { Answer, Exchange, Reading, Workload, WorkloadVerdict } from "../../../core/subject/workload.ts";
import { formatDurationMs } from "../../../core/text/units.ts";
import type { Flags, MakeWorkload } from "../../../deployments/lab.ts";
import { CostOf, LimitOf, WindowOf } from "../quantities.ts";
import { OverAdmissionCheck } from "./over-admission.ts";

/** What each request asks for, and whether the answers are checked against the limit. */
export interface ChecksOptions {
  /** Units that each request takes. @default {1} */
  readonly cost?: number;
  /** Units per window that each request asks for; the limiter's own limit where absent. */
  readonly limit?: number;
  /** Milliseconds of the window that each request asks for; the limiter's own window where absent. A limit set for the key outranks it. */
  readonly windowMs?: number;
  /** Prefix of key names. @default {"load"} */
  readonly prefix?: string;
  /** Whether over-admission is checked. */
  readonly check: boolean;
}

/** The limiter's own window, for requests without one. */
const DEFAULT_WINDOW_MS = 60_000;

const Reply = v.object({ allowed: v.boolean(), limit: v.number(), degraded: v.optional(v.boolean()) });
type Reply = v.InferOutput<typeof Reply>;

const ALLOWED = { outcome: "allowed", correct: true, degraded: false };
const LIMITED = { outcome: "limited", correct: true, degraded: false };

/** Flags of `operator load` for a limiter. */
export const loadFlags: Flags<MakeWorkload> = v.pipe(
  v.object({
    cost: v.optional(v.pipe(CostOf, v.description("Units that each request takes"), v.metadata({ hint: "count" }))),
    limit: v.optional(
      v.pipe(LimitOf, v.description("Limit that each request asks for"), v.metadata({ hint: "count" })),
    ),
    window: v.optional(
      v.pipe(
        WindowOf,
        v.description("Window that each request asks for; pattern boundary aims at its end"),
        v.metadata({ hint: "duration" }),
      ),
    ),
  }),
  v.transform(({ cost, limit, window }): MakeWorkload => {
    const asked = { ...(cost !== undefined && { cost }), ...(limit !== undefined && { limit }) };
    return ({ check }) => checks({ ...asked, ...(window !== undefined && { windowMs: window }), check });
  }),
);

/** A workload of checks on many keys. 200 and 429 are both correct; everything else is a failure. */
export function checks(options: ChecksOptions): Workload {
  const { cost = 1, limit, windowMs, prefix, check } = options;
  // JSON leaves out what is undefined.
  const fields = JSON.stringify({ cost: options.cost, limit, window_ms: windowMs }).slice(1);
  const rest = fields === "}" ? fields : `,${fields}`;
  const seen = { admissions: new OverAdmissionCheck(), answers: 0, blind: 0 };

  function note({ key, sentMs, receivedMs, answer }: Exchange, reply: Reply): void {
    seen.answers += 1;
    if (!reply.allowed) return;
    const shortestMs = shortestWindowMs(answer, windowMs);
    if (shortestMs === 0) seen.blind += 1;
    else seen.admissions.note(key, { sentMs, receivedMs, units: cost, limit: reply.limit, windowMs: shortestMs });
  }

  return {
    id: "checks",
    outcomes: [ALLOWED.outcome, LIMITED.outcome],
    periodMs: windowMs ?? DEFAULT_WINDOW_MS,
    request: (key) => ({ method: "POST", path: "/check", body: `{"key":"${keyName(key, prefix)}"${rest}` }),
    read(exchange) {
      const { status } = exchange.answer;
      if (status !== 200 && status !== 429) return failed(`status-${status}`);
      const reply = readReply(exchange.answer);
      if (reply?.allowed !== (status === 200)) return failed("malformed");
      if (check) note(exchange, reply);
      const reading = reply.allowed ? ALLOWED : LIMITED;
      return reply.degraded ? { ...reading, degraded: true } : reading;
    },
    ...(check && { verdict: () => judge(seen) }),
  };
}

/** The name of the key of that number. */
export function keyName(key: number, prefix = "load"): string {
  return `${prefix}-${key}`;
}

function failed(outcome: string): Reading {
  return { outcome, correct: false, degraded: false };
}

function readReply({ body }: Answer): Reply | undefined {
  try {
    const parsed = v.safeParse(Reply, JSON.parse(body));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** The shortest window that the rounded-up seconds of the policy allow; 0 if unknown. */
function shortestWindowMs(answer: Answer, askedMs: number | undefined): number {
  const policy = /;w=(\d+)/.exec(answer.header("ratelimit-policy") ?? "")?.[1];
  if (policy === undefined) return 0;
  const seconds = Number(policy);
  return askedMs !== undefined && Math.ceil(askedMs / 1000) === seconds ? askedMs : Math.max(0, seconds - 1) * 1000;
}

interface Seen {
  readonly admissions: OverAdmissionCheck;
  /** Correct answers. */
  readonly answers: number;
  /** Admissions with an unknown window. */
  readonly blind: number;
}

function judge({ admissions, answers, blind }: Seen): WorkloadVerdict {
  const { offences, noted, forgotten } = admissions;
  const [worst] = offences;
  const evidence = {
    answers,
    admissionsJudged: noted,
    admissionsUnjudged: blind + forgotten,
    offences: offences.length,
  };
  if (worst) {
    const { units, limit, windowMs } = worst;
    const key = keyName(worst.key);
    const figures = `"${key}" got ${units} within ${formatDurationMs(windowMs)}, expected at most ${limit}`;
    return {
      verdict: "violated",
      summary: `Keys that were allowed more than their limit: ${offences.length}; the worst: ${figures}`,
      evidence: { ...evidence, worstKey: key, worstUnits: units, worstLimit: limit, windowMs },
    };
  }
  if (answers === 0)
    return { verdict: "unknown", summary: "Cannot judge the limits: no request was answered", evidence };
  if (blind > 0) {
    const wanted = "expected --window, or an answer with a window of more than a second";
    return {
      verdict: "unknown",
      summary: `Cannot judge ${blind} allowed requests: their window is not known, ${wanted}`,
      evidence,
    };
  }
  return { verdict: "holds", summary: "No key exceeded its limit within a window in any answer", evidence };
}

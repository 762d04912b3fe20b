/** One investigation by the `claude` engine against the fake API, on a small case of lamps. */

import { type BudgetLimits, DEFAULT_LIMITS, openBudget } from "../../../../src/agent/budgets.ts";
import { type Case, parseCase } from "../../../../src/agent/case/case.ts";
import { storedSources } from "../../../../src/agent/desk/stored.ts";
import { claude } from "../../../../src/agent/engines/claude/mod.ts";
import type { ClaudeSettings } from "../../../../src/agent/engines/claude/settings.ts";
import type { Model } from "../../../../src/agent/engines/claude/wire/endpoint.ts";
import type { Conclusion } from "../../../../src/core/diagnosis/diagnosis.ts";
import type { Spending, Step } from "../../../../src/core/diagnosis/investigation.ts";
import { aCase, aTicket, storedDesk } from "../../cases.ts";
import { type FakeApi, KEY, openFakeApi, type Script, type Writing } from "./fake-api.ts";

/** A lamp and its mains, both refusing: the mains has crashed, and took the lamp with it. */
export const LAMPS = aCase({
  tickets: [aTicket({ invariant: "shines", on: "lamp/2", reason: "refused" })],
  invariants: [{ id: "shines", severity: "critical", graceMs: 1000, rationale: "It is dark", symptom: "unreachable" }],
  topology: {
    components: [
      { id: "lamp/2", kind: "lamp" },
      { id: "mains/1", kind: "mains" },
    ],
    links: [{ from: "lamp/2", to: "mains/1", kind: "wire" }],
    groups: [],
  },
  picture: {
    atMs: 2000,
    components: [
      { id: "lamp/2", kind: "lamp", state: "down", probe: "refused" },
      { id: "mains/1", kind: "mains", state: "up", probe: "answered", labels: { mode: "dim" } },
    ],
    links: [{ from: "lamp/2", to: "mains/1", kind: "wire", state: "down" }],
    series: [],
  },
  pictureBefore: {
    atMs: 1000,
    components: [
      { id: "lamp/2", kind: "lamp", state: "up", probe: "answered" },
      { id: "mains/1", kind: "mains", state: "up", probe: "answered" },
    ],
    links: [{ from: "lamp/2", to: "mains/1", kind: "wire", state: "up" }],
    series: [],
  },
});

/** What became of it. */
export interface Talk {
  readonly conclusion?: Conclusion;
  readonly error?: unknown;
  readonly steps: readonly Step[];
  readonly spent: Spending;
  /** Milliseconds of each pause. */
  readonly pauses: readonly number[];
  readonly api: Pick<FakeApi, "received" | "problems">;
}

/** How it is held. */
export interface TalkOptions {
  readonly case?: Case;
  readonly limits?: Partial<BudgetLimits>;
  readonly settings?: Partial<ClaudeSettings>;
  readonly writing?: Writing;
  /** `short` ends it after 80 ms. */
  readonly signal?: AbortSignal | "short";
  readonly model?: Model;
}

/** Investigates against a script; pauses take no time and are counted. */
export async function talk(script: Script, options: TalkOptions = {}): Promise<Talk> {
  const { limits = {}, settings = {}, writing, model, signal: asked } = options;
  // As it is built and read back: fields in the order of the schema.
  const given = parseCase(options.case ?? LAMPS);
  const signal = asked === "short" ? AbortSignal.timeout(80) : (asked ?? AbortSignal.timeout(20_000));
  await using api = openFakeApi(script, writing);
  const steps: Step[] = [];
  const pauses: number[] = [];
  const slept = (): number => pauses.reduce((sum, pause) => sum + pause, 0);
  const clock = { monotonic: slept, sleep: async (ms: number) => void pauses.push(ms) };
  const budget = openBudget({ ...DEFAULT_LIMITS, wallMs: 600_000, ...limits }, clock);
  const desk = storedDesk(given, { budget, sources: storedSources(given), record: (step) => steps.push(step) });
  const engine = claude(
    { apiKey: KEY, baseUrl: api.url, ...settings },
    { clock, random: () => 0, ...(model && { model }) },
  );
  const kept = { steps, pauses, api };
  try {
    const conclusion = await engine.investigate(given, desk, signal);
    return { ...kept, conclusion, spent: budget.spent() };
  } catch (error) {
    return { ...kept, error, spent: budget.spent() };
  }
}

/** A cause with claims that hold in {@linkcode LAMPS}, as a model proposes it. */
export const CRASH = {
  component: "lamp/2",
  mechanism: "crash",
  summary: "The lamp is out",
  claims: [
    claimOf("state", "down"),
    claimOf("probe", "refused"),
    { side: "for", predicate: { kind: "changed", component: "lamp/2", change: "went-down" } },
  ],
} as const;

/** A claim on a field of the lamp. */
export function claimOf(path: string, value: string) {
  return { side: "for", predicate: { kind: "state-is", component: "lamp/2", path, comparison: "is", value } } as const;
}

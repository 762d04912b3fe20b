/** Breaks something for a while: journal first, then the effect, and healing however the while ends. */

import type { GroundTruth } from "../core/subject/fault.ts";
import { faultyComponent } from "../core/subject/fault.ts";
import type { Clock } from "../core/system/clock.ts";
import { seededRandom } from "../core/system/random.ts";
import type { BoundFault, OpenLab } from "../deployments/lab.ts";
import type { Journal } from "./journal.ts";

/** How long healing may take after the fault itself is over, before others may step in. */
const HEALING_MS = 30_000;

/** What is to be broken, by whom and for how long. */
export interface InjectOptions {
  readonly fault: string;
  /** A component of the deployment. */
  readonly target?: string;
  readonly seed: number;
  /** How strong it is, as a multiple of its usual strength. @default {1} */
  readonly strength?: number;
  /** Milliseconds after which anybody may heal it. */
  readonly forMs: number;
  readonly subject: string;
}

/** What a chosen fault would do. */
export interface Plan {
  readonly fault: BoundFault;
  readonly input: unknown;
  /** The component at fault. */
  readonly component: string;
  readonly truth: GroundTruth;
}

/** A fault in force. Disposing heals it. */
export interface Injected extends AsyncDisposable {
  readonly id: number;
  readonly plan: Plan;
  /** Epoch milliseconds at which it was seen to bite. */
  readonly atMs: number;
  /** Ends the fault. Does nothing the second time. */
  heal(): Promise<void>;
}

/** What breaking needs of its surroundings. */
export interface InjectContext {
  readonly lab: OpenLab;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Chooses what the person left open; breaks nothing. */
export async function plan(
  options: InjectOptions,
  { lab, signal }: Pick<InjectContext, "lab" | "signal">,
): Promise<Plan> {
  const fault = lab.fault(options.fault);
  const { target, forMs, seed, strength } = options;
  const open = { random: seededRandom(seed), forMs, signal };
  const input = await fault.choose({ ...open, ...(target && { target }), ...(strength !== undefined && { strength }) });
  return { fault, input, component: faultyComponent(fault.truth, input), truth: fault.truth };
}

/**
 * Breaks and answers once the fault is in force.
 * @throws {ActionError} If it does not bite; then it was healed again.
 */
export async function inject(options: InjectOptions, context: InjectContext): Promise<Injected> {
  const { journal, clock, signal, lab } = context;
  const chosen = await plan(options, context);
  const armedAtMs = clock.now();
  const id = journal.arm({
    subject: options.subject,
    deployment: lab.deployment.id,
    fault: options.fault,
    input: chosen.input,
    seed: options.seed,
    armedAtMs,
    leaseUntilMs: armedAtMs + options.forMs + HEALING_MS,
  });
  try {
    await chosen.fault.inject(chosen.input, signal);
  } catch (error) {
    // `inject` has healed already; a failure to heal has thrown another error, and the row stays open.
    if (await healsNow(chosen)) journal.healed(id, clock.now());
    throw error;
  }
  const atMs = clock.now();
  journal.injected(id, atMs);
  let healing: Promise<void> | undefined;
  async function heal(): Promise<void> {
    await chosen.fault.heal(chosen.input, AbortSignal.timeout(HEALING_MS));
    journal.healed(id, clock.now());
  }
  const once = (): Promise<void> => (healing ??= heal());
  return { id, plan: chosen, atMs, heal: once, [Symbol.asyncDispose]: once };
}

/** How a fault is held. */
export interface HoldOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told once a second what is left, in milliseconds. */
  readonly onLeft?: (leftMs: number) => void;
  /** Asked once a second whether the fault is gone already. */
  readonly isOver?: () => Promise<boolean>;
}

/** Returns when the time is up, by a clock that is never put back, when the fault is gone or when the signal aborts. */
export async function holdFor(forMs: number, { clock, signal, onLeft, isOver }: HoldOptions): Promise<void> {
  const untilMs = clock.monotonic() + forMs;
  for (let leftMs = forMs; leftMs > 0; leftMs = untilMs - clock.monotonic()) {
    if (await isOver?.()) return;
    onLeft?.(leftMs);
    try {
      await clock.sleep(Math.min(1000, leftMs), signal);
    } catch {
      return; // interrupted: the healing comes next
    }
  }
}

async function healsNow({ fault, input }: Plan): Promise<boolean> {
  try {
    await fault.heal(input, AbortSignal.timeout(HEALING_MS));
    return true;
  } catch {
    return false;
  }
}

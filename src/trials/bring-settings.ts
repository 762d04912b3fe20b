/** The settings that a lab brings along for a trial: in force from before its traffic until after it, and journaled. */

import { type InjectContext, inject } from "../chaos/inject.ts";

/** Settings in force. Disposing puts back what was there before. */
export interface TrialSettings extends AsyncDisposable {
  /** Sets again what an earlier fault may have wiped out. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
}

/** How they are brought. */
export interface BringOptions extends InjectContext {
  readonly seed: number;
  /** Milliseconds after which anybody may put things back. */
  readonly forMs: number;
}

/** Sets what the lab's faults need to be seen; nothing where it needs nothing. */
export async function bringSettings({ seed, forMs, ...context }: BringOptions): Promise<TrialSettings> {
  const { lab } = context;
  const { trialSettings } = lab;
  if (!trialSettings) return { prepare: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
  const injected = await inject({ fault: trialSettings.id, subject: lab.deployment.subject, seed, forMs }, context);
  const { fault, input } = injected.plan;
  return {
    prepare: (signal) => fault.inject(input, signal),
    [Symbol.asyncDispose]: () => injected.heal(),
  };
}

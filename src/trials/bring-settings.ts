/** Settings that a lab applies for a trial: in force from before its traffic until after it, and journaled. */

import { type InjectContext, inject } from "../chaos/inject.ts";

/** Settings in force. Disposing restores the former ones. */
export interface TrialSettings extends AsyncDisposable {
  /** Applies the settings again, since an earlier fault may have removed them. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
}

/** Options of the settings. */
export interface BringOptions extends InjectContext {
  readonly seed: number;
  /** Milliseconds after which any process may restore the former settings. */
  readonly forMs: number;
}

/** Applies the settings that the lab's faults need to be visible, if there are any. */
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

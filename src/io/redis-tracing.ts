/** Stops ioredis from tracing every command: tracing channels of Bun 1.4.5 lack `hasSubscribers`, which ioredis checks. */

import { type Channel, tracingChannel } from "node:diagnostics_channel";

const STAGES = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/** Completes the tracing channels of the runtime by `hasSubscribers`, as Node.js documents it; if they have it, nothing changes. */
export function completeTracingChannels(): void {
  const prototype: unknown = Object.getPrototypeOf(tracingChannel("operator"));
  if (typeof prototype !== "object" || prototype === null || "hasSubscribers" in prototype) return;
  Object.defineProperty(prototype, "hasSubscribers", {
    configurable: true,
    get(this: Readonly<Record<(typeof STAGES)[number], Channel>>): boolean {
      return STAGES.some((stage) => this[stage].hasSubscribers);
    },
  });
}

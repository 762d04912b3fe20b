/** The generated cluster as a process of its own, and what it counts. */

import { join } from "node:path";
import * as v from "valibot";

const Ports = v.object({ pd: v.number(), prometheus: v.number() });

const CountsReply = v.object({
  paths: v.record(v.string(), v.object({ requests: v.number(), bytes: v.number(), listed: v.number() })),
});

/** What PD was asked. */
export interface Counts {
  readonly paths: Readonly<
    Record<string, { readonly requests: number; readonly bytes: number; readonly listed: number }>
  >;
  readonly overSeconds: number;
}

/** One that runs. */
export interface ScaledCluster extends AsyncDisposable {
  readonly pd: string;
  readonly prometheus: string;
  /** From now on every region lacks a replica. */
  breakRegions(): Promise<void>;
  /** What was asked since the last time. */
  counts(): Promise<Counts>;
}

/** Starts it and waits until it says where it is. */
export async function startCluster(): Promise<ScaledCluster> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "..", "servers", "tikv-at-scale.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  const { pd, prometheus } = v.parse(Ports, JSON.parse(value ?? "null"));
  const ask = (path: string) => fetch(`http://127.0.0.1:${pd}/bench/${path}`);
  let sinceMs = performance.now();
  return {
    pd: `127.0.0.1:${pd}`,
    prometheus: `http://127.0.0.1:${prometheus}`,
    async breakRegions() {
      await ask("storm");
    },
    async counts() {
      const { paths } = v.parse(CountsReply, await (await ask("counts")).json());
      await ask("reset");
      const overSeconds = (performance.now() - sinceMs) / 1000;
      sinceMs = performance.now();
      return { paths, overSeconds };
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

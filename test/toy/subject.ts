/** The smallest subject that there is: plain HTTP endpoints, of which all but one must answer. */

import * as v from "valibot";
import { ProbeError } from "../../src/core/errors.ts";
import type { ComponentId } from "../../src/core/ids.ts";
import { type Invariant, judgeEach, type Probed, probe } from "../../src/core/invariant.ts";
import type { Picture, Topology } from "../../src/core/picture.ts";
import { defineSubject, type ObserveOptions, type Subject } from "../../src/core/subject.ts";
import { requestJson } from "../../src/io/http.ts";

const ToyConfig = v.object({
  endpoints: v.array(v.object({ name: v.string(), address: v.string() })),
  probeTimeoutMs: v.optional(v.number(), 2000),
});

const Reply = v.object({ startedAtMs: v.number() });

interface Reading {
  readonly id: ComponentId;
  readonly address: string;
  readonly reply: Probed<v.InferOutput<typeof Reply>>;
}

interface ToyObservation {
  readonly atMs: number;
  readonly readings: readonly Reading[];
}

const answers: Invariant<ToyObservation> = {
  id: "endpoint-answers",
  severity: "critical",
  graceMs: 15_000,
  rationale: "Who asks an endpoint that does not answer waits in vain.",
  check: ({ readings }) =>
    judgeEach(readings, ({ id, reply }) => ({
      entity: id,
      on: id,
      verdict: "value" in reply ? "holds" : "violated",
      summary: "value" in reply ? `${id} answers` : `${id} does not answer: ${reply.failed}`,
      evidence: {},
    })),
};

/** Plain HTTP endpoints. */
export const toy: Subject = defineSubject({
  id: "toy",
  description: "Plain HTTP endpoints without state.",
  vocabulary: {},
  config: ToyConfig,
  connect: async (config: v.InferOutput<typeof ToyConfig>) => new ToyClient(config),
  observe,
  topology,
  model,
  invariants: [answers],
  actions: [],
});

class ToyClient implements AsyncDisposable {
  readonly config: v.InferOutput<typeof ToyConfig>;

  constructor(config: v.InferOutput<typeof ToyConfig>) {
    this.config = config;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function observe({ config }: ToyClient, { signal }: ObserveOptions): Promise<ToyObservation> {
  const { endpoints, probeTimeoutMs: timeoutMs } = config;
  const readings = endpoints.map(async ({ name, address }): Promise<Reading> => {
    const reply = await probe(() => requestJson(`http://${address}/`, Reply, { signal, timeoutMs }));
    return { id: `endpoint/${name}`, address, reply };
  });
  const all = await Promise.all(readings);
  if (all.every(({ reply }) => "failed" in reply)) throw new ProbeError("Cannot observe the toy: no endpoint answers");
  return { atMs: Date.now(), readings: all };
}

function topology({ endpoints }: v.InferOutput<typeof ToyConfig>): Topology {
  const components = endpoints.map(
    ({ name, address }) => ({ id: `endpoint/${name}`, kind: "endpoint", address }) as const,
  );
  const members = components.map(({ id }) => id);
  return { components, links: [], groups: [{ id: "group/endpoints", members, minimumUp: members.length - 1 }] };
}

function model({ atMs, readings }: ToyObservation): Picture {
  const components = readings.map(({ id, address, reply }) => {
    if (!("value" in reply)) return { id, kind: "endpoint", address, state: "down", probe: reply.outcome } as const;
    const { startedAtMs } = reply.value;
    return { id, kind: "endpoint", address, state: "up", probe: "answered", startedAtMs } as const;
  });
  return { atMs, components, links: [], series: [] };
}

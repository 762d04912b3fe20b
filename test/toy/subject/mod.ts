/** The smallest subject that there is: plain HTTP endpoints, of which all but one must answer. */

import * as v from "valibot";
import { invariantsOn, judgeEach } from "../../../src/core/subject/invariant.ts";
import { type Observation, type Probe, type Probed, probe } from "../../../src/core/subject/probe.ts";
import { unreached } from "../../../src/core/subject/reachability.ts";
import { defineSubject, type ModelContext, type Subject, type SubjectSpec } from "../../../src/core/subject/subject.ts";
import type { Picture, Topology } from "../../../src/core/system/picture.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";
import { isAnswer, PROBE_FAILURES } from "../../../src/core/words/probe-outcome.ts";
import { requestJson, requestText } from "../../../src/io/http/http.ts";

const ToyConfig = v.object({
  endpoints: v.array(v.object({ name: v.string(), address: v.string() })),
  probeTimeoutMs: v.optional(v.number(), 2000),
});

const Reply = v.object({
  startedAtMs: v.number(),
  /** Names and addresses of all endpoints that it knows. */
  peers: v.optional(v.array(v.object({ name: v.string(), address: v.string() })), []),
});

type ToyConfig = v.InferOutput<typeof ToyConfig>;

interface EndpointReading {
  readonly id: ComponentId;
  readonly address: string;
  readonly reply: Probed<v.InferOutput<typeof Reply>>;
}

interface ToyReadings {
  readonly endpoints: readonly EndpointReading[];
}

const endpoints: Probe<ToyClient, ToyReadings["endpoints"]> = {
  everyMs: 0,
  timeoutMs: ({ config }) => config.probeTimeoutMs + 500,
  read: ({ config }, { signal }) =>
    Promise.all(
      config.endpoints.map(async ({ name, address }) => {
        const timeoutMs = config.probeTimeoutMs;
        const reply = await probe(() => requestJson(`http://${address}/`, Reply, { signal, timeoutMs }));
        return { id: `endpoint/${name}` as const, address, reply };
      }),
    ),
  silence: (all) =>
    all.every(({ reply }) => "failed" in reply && !isAnswer(reply.outcome)) ? "no endpoint answers" : undefined,
};

const answers = invariantsOn<ToyReadings>()({
  id: "endpoint-answers",
  severity: "critical",
  graceMs: 15_000,
  rationale: "A client that asks an endpoint that does not answer waits for its time-out.",
  needs: ["endpoints"],
  reasons: ["answers", ...PROBE_FAILURES],
  check: ({ endpoints }, context) =>
    judgeEach(endpoints, ({ id, address, reply }) => ({
      entity: id,
      on: id,
      ...(unreached({ component: id, address, failure: "failed" in reply ? reply : undefined }, context) ?? {
        verdict: "holds",
        reason: "answers",
        summary: `${id} answers`,
        evidence: {},
      }),
    })),
});

const spec: SubjectSpec<typeof ToyConfig, ToyClient, ToyReadings> = {
  id: "toy",
  description: "Plain HTTP endpoints without state.",
  vocabulary: {},
  config: ToyConfig,
  connect: async (config: ToyConfig) => new ToyClient(config),
  isEmulated: ({ config }, signal) => Promise.any(config.endpoints.map((endpoint) => pretends(endpoint, signal))),
  probes: { endpoints },
  topology,
  model,
  invariants: [answers],
  actions: [],
};

/** Plain HTTP endpoints. */
export const toy: Subject = defineSubject(spec);

/** The same, where endpoints register with each other. */
export const toyWithRegister: Subject = defineSubject({
  ...spec,
  register: { probe: "endpoints", kind: "endpoint" },
});

class ToyClient implements AsyncDisposable {
  readonly config: ToyConfig;

  constructor(config: ToyConfig) {
    this.config = config;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function pretends({ address }: { readonly address: string }, signal: AbortSignal): Promise<boolean> {
  const { headers } = await requestText(`http://${address}/`, { signal });
  return headers.has("x-pretends");
}

function topology({ endpoints }: ToyConfig): Topology {
  const components = endpoints.map(
    ({ name, address }) => ({ id: `endpoint/${name}`, kind: "endpoint", address }) as const,
  );
  const members = components.map(({ id }) => id);
  return { components, links: [], groups: [{ id: "group/endpoints", members, minimumUp: members.length - 1 }] };
}

function model({ endpoints }: Observation<ToyReadings>, { atMs }: ModelContext<ToyConfig>): Picture {
  const readings = "value" in endpoints ? endpoints.value : [];
  const probedAtMs = endpoints.atMs;
  const components = readings.map(({ id, address, reply }) => {
    const part = { id, kind: "endpoint", address, probedAtMs };
    if (!("value" in reply)) return { ...part, state: "down", probe: reply.outcome } as const;
    return { ...part, state: "up", probe: "answered", startedAtMs: reply.value.startedAtMs } as const;
  });
  const known = new Set<string>(components.map(({ id }) => id));
  const peers = readings.flatMap(({ reply }) => ("value" in reply ? reply.value.peers : []));
  const strangers = [...new Map(peers.map((peer) => [peer.name, peer])).values()]
    .filter(({ name }) => !known.has(`endpoint/${name}`))
    .map(({ name, address }) => ({ id: `endpoint/${name}`, kind: "endpoint", address, state: "up" }) as const);
  return { atMs, components: [...components, ...strangers], links: [], series: [] };
}

/** What a deployment adds to a look: each component's process, and whether both sides mean the same by a component. */

import type { Clock } from "../system/clock.ts";
import { type Join, joinDeployed, sameAddress } from "../system/join.ts";
import type { Component, Picture } from "../system/picture.ts";
import type { DeployedProcess, ProcessSource, ProcessState } from "../system/process.ts";
import { formatDurationMs } from "../text/units.ts";
import type { ComponentId } from "../words/ids.ts";
import { isAnswer } from "../words/probe-outcome.ts";
import type { InvariantJudgement, SourceState } from "./checkup.ts";
import { within } from "./looks.ts";

/** The core's own invariant on identities. */
export const COMPONENT_IDENTITY_ID = "component-identity";

/** What was read of a deployment. */
export interface DeploymentReading {
  readonly owner: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly processes: readonly DeployedProcess[];
  /** Why nothing was read; absent where something was. */
  readonly failed?: string;
}

/** A picture with what the deployment knows, and what follows from that. */
export interface Joined {
  readonly picture: Picture;
  /** Components in whose place something else answers, and how that is known. */
  readonly displaced: ReadonlyMap<ComponentId, string>;
  readonly judgements: readonly InvariantJudgement[];
  readonly sources: readonly SourceState[];
}

/** Milliseconds that a deployment may take to answer. */
const TIMEOUT_MS = 2000;

/** Asks a deployment for its processes; one that does not answer is told as such. */
export async function readDeployment({ owner, read }: ProcessSource, clock: Clock): Promise<DeploymentReading> {
  const atMs = clock.now();
  const outcome = await within(
    { limitMs: TIMEOUT_MS, clock, failed: `no answer within ${formatDurationMs(TIMEOUT_MS)}` },
    read,
  );
  if ("value" in outcome) return { owner, atMs, processes: outcome.value };
  return { owner, atMs, processes: [], failed: outcome.failed };
}

/** What a picture is joined with. */
export interface JoinOptions {
  /** Absent where no deployment is known. */
  readonly reading?: DeploymentReading | undefined;
  /** Epoch milliseconds of the newest reading of the subject itself. */
  readonly atMs: number;
  /** Components that have told an identity before, so that their silence is seen. */
  readonly tellers: ReadonlySet<ComponentId>;
}

/** Puts each process beside its component, and judges identities. */
export function joinPicture(picture: Picture, { reading, atMs, tellers }: JoinOptions): Joined {
  const joins = joinDeployed(picture.components, reading?.processes ?? []);
  const known = picture.components.map((component) => withProcess(component, joins.get(component.id), reading));
  const displaced = new Map(known.flatMap((component) => displacementOf(component, { atMs, known })));
  const components = known.map((component) =>
    displaced.has(component.id) ? ({ ...component, state: "down", probe: "wrong-identity" } as const) : component,
  );
  const readAtMs = reading ? Math.min(reading.atMs, atMs) : atMs;
  const judgements = components.flatMap((component) => {
    const { id, identity } = component;
    const join = joins.get(id);
    if (!join && identity === undefined && !tellers.has(id)) return [];
    const said = judge(component, { join, unread: reading?.failed, displaced: displaced.get(id) });
    return [{ ...said, invariant: COMPONENT_IDENTITY_ID, entity: id, on: id, readAtMs }];
  });
  const sources = reading
    ? [{ name: "deployment", ...(reading.failed !== undefined && { failed: reading.failed }) }]
    : [];
  return { picture: { ...picture, components }, displaced, judgements, sources };
}

/**
 * A port that answers a probe begun after the component's process had ended belongs to something else. At the address of a
 * link the proxy answers. Silence is that of a listener only where others were answered: an observer that is held up itself hears
 * nobody in time, not even a refusal.
 */
function displacementOf(
  { id, address, probe, probedAtMs, process }: Component,
  { atMs, known }: { readonly atMs: number; readonly known: readonly Component[] },
): readonly (readonly [ComponentId, string])[] {
  if (!process || address === undefined || probe === undefined || !GONE.has(process.state)) return [];
  const isSilent = probe === "timed-out" && known.some((one) => one.probe === "answered");
  const isListening = isAnswer(probe) || isSilent;
  const endedMs = process.exit?.atMs ?? Number.NEGATIVE_INFINITY;
  if (!isListening || !sameAddress(address, process.address) || (probedAtMs ?? atMs) <= endedMs) return [];
  const at = process.exit ? ` at ${new Date(process.exit.atMs).toISOString()}` : "";
  return [[id, `${ENDED[process.state] ?? "its process is not running"}${at}, and ${address} still answers`]];
}

const ENDED: Partial<Readonly<Record<ProcessState, string>>> = {
  exited: "its process exited",
  stopped: "its process was stopped",
  "never-started": "its process never started",
};

/** States in which a process holds no port. */
const GONE: ReadonlySet<ProcessState> = new Set(["exited", "stopped", "never-started"]);

function withProcess(
  component: Component,
  join: Join<DeployedProcess> | undefined,
  reading: DeploymentReading | undefined,
): Component {
  if (!reading || !join || !("deployed" in join)) return component;
  const { id: _id, kind: _kind, linkAddresses: _links, ...process } = join.deployed;
  return { ...component, process: { ...process, owner: reading.owner } };
}

type Said = Pick<InvariantJudgement, "verdict" | "reason" | "summary" | "evidence">;

interface Known {
  readonly join: Join<DeployedProcess> | undefined;
  /** Why the deployment was not read. */
  readonly unread: string | undefined;
  /** How it is known that something else answers. */
  readonly displaced: string | undefined;
}

function judge({ id, address, identity, state }: Component, { join, unread, displaced }: Known): Said {
  const evidence = { address: address ?? null, identity: identity ?? null };
  if (join && "conflict" in join) return { verdict: "violated", ...join.conflict, evidence };
  if (displaced !== undefined) {
    const summary = `Another process answers in place of ${id}: ${displaced}`;
    return { verdict: "violated", reason: "wrong-identity", summary, evidence };
  }
  if (unread !== undefined) {
    return { verdict: "unknown", reason: "not-read", summary: `The deployment cannot be read: ${unread}`, evidence };
  }
  if (identity === undefined && (!join || state !== "up")) {
    return {
      verdict: "unknown",
      reason: "not-told",
      summary: `${id} does not say who it is`,
      evidence,
    };
  }
  const where = join ? `, where ${join.deployed.id} is run` : "";
  const summary = `${id} answers${address === undefined ? "" : ` at ${address}`}${where}`;
  return { verdict: "holds", reason: "agrees", summary, evidence };
}

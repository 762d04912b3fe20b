/** Who is in a system and should not be: what registers with it is held against what is expected. */

import type { Component, Picture, Topology } from "../system/picture.ts";
import type { ComponentId } from "../words/ids.ts";
import type { InvariantJudgement } from "./checkup.ts";
import type { Judgement } from "./invariant.ts";
import type { Observation } from "./probe.ts";

/** The core's own invariant on members. */
export const MEMBERSHIP_ID = "membership";

/** Every reason that it gives. */
export const MEMBERSHIP_REASONS = ["expected", "may-come-and-go", "unexpected", "not-read"] as const;

/** The system's own register of members. */
export interface MemberRegister<R extends object> {
  /** The probe that reads it. */
  readonly probe: keyof R & string;
  /** Kind of the components that register. The picture shows every one that does. */
  readonly kind: string;
}

/** What a member is judged by. */
export interface Seen<R extends object> {
  readonly picture: Picture;
  readonly topology: Topology;
  readonly observation: Observation<R>;
}

/** What is known before the first look. */
export interface MembershipOptions {
  /** Components that may come and go: by id, or all of one kind as `kind/*`. */
  readonly ephemeral?: readonly string[];
  /** The last picture of an earlier process. */
  readonly known?: Picture | undefined;
}

/** A judge that remembers who was unexpected: while the register is not read, none of them is known to be gone. */
export function judgeMembersOn<R extends object>(
  register: MemberRegister<R> | undefined,
  { ephemeral = [], known }: MembershipOptions,
): (seen: Seen<R>) => readonly InvariantJudgement[] {
  if (!register) return () => [];
  const { probe, kind } = register;
  const mayComeAndGo = new Set(ephemeral);
  let members: readonly Component[] = known?.components.filter((component) => component.kind === kind) ?? [];
  return ({ picture, topology, observation }) => {
    const read = observation[probe];
    const expected = new Set(topology.components.map(({ id }) => id));
    if ("value" in read) members = picture.components.filter((component) => component.kind === kind);
    const ids = new Set([...members.map(({ id }) => id), ...[...expected].filter((id) => id.startsWith(`${kind}/`))]);
    const byId = new Map(members.map((component) => [component.id, component]));
    return [...ids].map((id) => {
      const isEphemeral = mayComeAndGo.has(id) || mayComeAndGo.has(`${kind}/*`);
      const said =
        "failed" in read
          ? unread(read.failed)
          : judge(id, { component: byId.get(id), isExpected: expected.has(id), isEphemeral });
      return { ...said, invariant: MEMBERSHIP_ID, entity: id, on: id, readAtMs: read.atMs };
    });
  };
}

type Said = Pick<Judgement<(typeof MEMBERSHIP_REASONS)[number]>, "verdict" | "reason" | "summary" | "evidence">;

interface Member {
  readonly component: Component | undefined;
  readonly isExpected: boolean;
  readonly isEphemeral: boolean;
}

function judge(id: ComponentId, { component, isExpected, isEphemeral }: Member): Said {
  if (isExpected) return { verdict: "holds", reason: "expected", summary: `${id} is expected`, evidence: {} };
  const { address, version, configHash } = component ?? {};
  const evidence = { address: address ?? null, version: version ?? null, configHash: configHash ?? null };
  const at = address === undefined ? "" : ` at ${address}`;
  if (isEphemeral) {
    return { verdict: "holds", reason: "may-come-and-go", summary: `${id}${at} may come and go`, evidence };
  }
  return {
    verdict: "violated",
    reason: "unexpected",
    summary: `${id}${at} has registered and is unexpected`,
    evidence,
  };
}

function unread(failed: string): Said {
  return {
    verdict: "unknown",
    reason: "not-read",
    summary: `The members are not known: ${failed}`,
    evidence: {},
  };
}

/** Lamps on one mains, for the rules: what is wrong with them, as a case. */

import type { Case } from "../../../../src/agent/case/case.ts";
import { rules } from "../../../../src/agent/engines/rules/mod.ts";
import type { Conclusion } from "../../../../src/core/diagnosis/diagnosis.ts";
import type { Component, LateAnswers, State, Topology } from "../../../../src/core/system/picture.ts";
import type { ProcessState } from "../../../../src/core/system/process.ts";
import { structureEvents } from "../../../../src/core/system/timeline.ts";
import type { ComponentId } from "../../../../src/core/words/ids.ts";
import type { ProbeOutcome } from "../../../../src/core/words/probe-outcome.ts";
import type { Verdict } from "../../../../src/core/words/verdict.ts";
import { aCase, aTicket, storedDesk } from "../../cases.ts";

const IDS: readonly ComponentId[] = ["lamp/1", "lamp/2", "lamp/3", "mains/1"];
/** All that depend on `mains/1`. */
export const LAMPS = IDS.slice(0, 3);

const TOPOLOGY: Topology = {
  components: IDS.map((id) => ({ id, kind: id.split("/")[0] ?? "" })),
  links: LAMPS.map((from) => ({ from, to: "mains/1", kind: "wire" })),
  groups: [{ id: "group/lamps", members: LAMPS, minimumUp: 2 }],
};

interface EarlierLook {
  readonly atMs: number;
  readonly brokenFrom: readonly ComponentId[];
  readonly down?: readonly ComponentId[];
}

/** What is wrong. */
export interface Trouble {
  /** What is not as it should be. */
  readonly components?: Readonly<Record<ComponentId, readonly [State, ProbeOutcome?]>>;
  /** What the deployment knows of their processes. */
  readonly processes?: Readonly<Record<ComponentId, ProcessState>>;
  readonly brokenLinksFrom?: readonly ComponentId[];
  /** What comes back over them. @default {"none"} */
  readonly answers?: LateAnswers | "unread";
  /** Whose links nobody can see. */
  readonly unseenLinksFrom?: readonly ComponentId[];
  /** What was seen between the beginning and now. */
  readonly earlier?: readonly EarlierLook[];
  /** Components of which a ticket is open. */
  readonly tickets?: readonly ComponentId[];
  /** Whether nothing of it was seen before the look that is judged. */
  readonly glimpse?: boolean;
  /** Those of them that are not violated any more. */
  readonly over?: readonly ComponentId[];
  /** Why they are violated. */
  readonly reason?: string;
  /** Whether a look from before the trouble is on record. */
  readonly past?: boolean;
}

/** Why each mechanism at `lamp/2` was rejected. */
export function rejected({ options }: Conclusion): Readonly<Record<string, string>> {
  const ofLamp = options.filter(({ component }) => component === "lamp/2");
  return Object.fromEntries(ofLamp.map(({ mechanism, rejectedBecause }) => [mechanism, rejectedBecause]));
}

/** What the rules conclude of it. */
export async function diagnose(trouble: Trouble): Promise<Conclusion> {
  const given = caseOf(trouble);
  return await rules.investigate(given, storedDesk(given), AbortSignal.timeout(1000));
}

function caseOf(trouble: Trouble): Case {
  const {
    components = {},
    processes = {},
    brokenLinksFrom = [],
    unseenLinksFrom = [],
    tickets = [],
    over = [],
    glimpse = false,
    past = true,
    reason = "seen",
    earlier = [],
    answers = "none",
  } = trouble;
  const sick = IDS.map((id): Component => {
    const [state, probe] = components[id] ?? (["up", "answered"] as const);
    const process = processes[id] && { state: processes[id], address: "127.0.0.1:1", owner: "toy" };
    return { id, kind: "", state, ...(probe && { probe }), ...(process && { process }) };
  });
  const well = IDS.map((id): Component => ({ id, kind: "", state: "up", probe: "answered" }));
  const judgement = (entity: ComponentId) => {
    const verdict: Verdict = over.includes(entity) ? "holds" : "violated";
    return {
      invariant: "shines",
      entity,
      on: entity,
      verdict,
      summary: "It is dark",
      evidence: {},
      reason,
      readAtMs: 2000,
    };
  };
  const pictures = [
    ...(past ? [picture(1000, well, [])] : []),
    ...earlier.map(({ atMs, brokenFrom, down = [] }) => {
      const components = well.map((part) => (down.includes(part.id) ? { ...part, state: "down" as const } : part));
      return picture(atMs, components, brokenFrom);
    }),
    ...(past && !glimpse ? [picture(1900, sick, brokenLinksFrom, unseenLinksFrom)] : []),
    picture(2000, sick, brokenLinksFrom, unseenLinksFrom),
  ];
  const seen = pictures.map((one) => ({
    ...one,
    links: one.links.map((link) => (link.state === "down" && answers !== "unread" ? { ...link, answers } : link)),
  }));
  const pictureBefore = pictures.findLast(({ atMs }) => atMs < 1500);
  return aCase({
    incident: { id: 1, title: "Dark", beganAtMs: 1500, openedAtMs: 2000 },
    tickets: tickets.map((on, index) => aTicket({ id: index + 1, invariant: "shines", on })),
    events: pictures.slice(1).flatMap((now, index) => structureEvents(pictures[index] ?? now, now)),
    ...(pictureBefore && { pictureBefore }),
    picture: seen.at(-1) ?? picture(2000, sick, brokenLinksFrom, unseenLinksFrom),
    topology: TOPOLOGY,
    judgements: tickets.map(judgement),
  });
}

function picture(
  atMs: number,
  components: readonly Component[],
  ...[brokenFrom, unseenFrom = []]: readonly (readonly ComponentId[])[]
) {
  const links = LAMPS.map((from) => {
    const state: State = unseenFrom.includes(from) ? "unknown" : brokenFrom?.includes(from) ? "down" : "up";
    return { from, to: "mains/1", kind: "wire", state } as const;
  });
  return { atMs, components, links, series: [] };
}

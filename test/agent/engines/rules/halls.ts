/** A hall of lamps on one mains that people switch: what is said of it, and how its figures moved, as a case. */

import type { Case } from "../../../../src/agent/case/case.ts";
import { rules } from "../../../../src/agent/engines/rules/mod.ts";
import type { Conclusion } from "../../../../src/core/diagnosis/diagnosis.ts";
import type { Component, LateAnswers, Link, Picture, Signal, Topology } from "../../../../src/core/system/picture.ts";
import { structureEvents } from "../../../../src/core/system/timeline.ts";
import type { ComponentId, EntityId } from "../../../../src/core/words/ids.ts";
import type { Symptom } from "../../../../src/core/words/symptom.ts";
import { aCase, aTicket, storedDesk } from "../../cases.ts";

const LAMPS: readonly ComponentId[] = ["lamp/1", "lamp/2", "lamp/3"];
const IDS: readonly ComponentId[] = ["people/all", ...LAMPS, "mains/1", "cluster/hall"];

const TOPOLOGY: Topology = {
  components: IDS.map((id) => ({ id, kind: kindOf(id) })),
  links: LAMPS.flatMap((lamp) => [
    { from: lamp, to: "mains/1" as const, kind: "wire" },
    { from: "people/all" as const, to: lamp, kind: "switch" },
  ]),
  groups: [{ id: "cluster/hall", members: LAMPS, minimumUp: 1 }],
};

const BEGAN_MS = 100_000;
const NOW_MS = 110_000;
const EVERY_MS = 1000;
const HEALTHY = 60;

/** A figure of a component, before the trouble and since. */
export interface Figure {
  readonly of: ComponentId;
  readonly signal: Signal;
  readonly unit: string;
  readonly was: number;
  readonly is: number;
  /** What each reading is since the trouble began. @default as it is now */
  readonly pattern?: (index: number) => number;
  /** @default figure and its number */
  readonly name?: string;
  /** @default {"gauge"} */
  readonly kind?: "gauge" | "counter";
  /** Readings since the trouble began, after which nobody could read it. @default all */
  readonly readings?: number;
}

/** How often a component is asked, before the trouble and since. */
export function rate(of: ComponentId, was: number, is: number): Figure {
  return { of, signal: "traffic", unit: "1/s", was, is };
}

/** People switch one of three lamps far more than before. */
export const SKEWED: Pick<Hall, "wrong"> & { readonly figures: readonly Figure[] } = {
  wrong: [{ symptom: "load", on: "lamp/1" }],
  figures: [rate("people/all", 90, 290), rate("lamp/1", 30, 230), rate("lamp/2", 30, 30), rate("lamp/3", 30, 30)],
};

/** What an invariant that shows a symptom says is wrong. */
export interface Wrong {
  readonly symptom: Symptom;
  readonly on: ComponentId;
  /** @default the component itself */
  readonly entity?: EntityId;
  readonly reason?: string;
  readonly word?: string;
}

/** What is wrong in the hall. */
export interface Hall {
  readonly wrong: readonly Wrong[];
  readonly figures?: readonly Figure[];
  /** Whether nobody counts how often lamps are switched; where it is counted and no figure says else, as often as ever. @default {false} */
  readonly uncounted?: boolean;
  /** How components differ from when all was well. */
  readonly now?: Readonly<Record<ComponentId, Partial<Component>>>;
  /** How they were when all was well. */
  readonly before?: Readonly<Record<ComponentId, Partial<Component>>>;
  /** Those whose settings changed 13 s before, after which all was still well. */
  readonly reconfiguredEarlier?: readonly ComponentId[];
  /** Those that were cut off from the mains for the first seven seconds, or for one. */
  readonly healed?: Readonly<Record<ComponentId, 7 | 1>>;
  readonly brokenFrom?: readonly ComponentId[];
  /** What comes back over broken links, by where they begin. @default {"none"} */
  readonly answers?: Readonly<Record<ComponentId, LateAnswers>>;
  /** Those of them whose link served again in between. */
  readonly waveringFrom?: readonly ComponentId[];
  readonly inspected?: Case["inspections"];
  readonly logs?: Case["logs"];
  /** What nobody has read: the state of the links, in words or not at all, or what happened. */
  readonly unread?: "links-unknown" | "links-to-mains-unknown" | "links-missing" | "events";
  /** Readings before the trouble. @default {60} */
  readonly healthyReadings?: number;
}

/** What the rules conclude of it. */
export async function diagnoseHall(hall: Hall): Promise<Conclusion> {
  const given = caseOf(hall);
  return await rules.investigate(given, storedDesk(given), AbortSignal.timeout(1000));
}

function caseOf({
  wrong,
  figures: told = [],
  uncounted = false,
  now = {},
  before = {},
  reconfiguredEarlier = [],
  healed = {},
  brokenFrom = [],
  answers,
  waveringFrom = [],
  inspected = [],
  logs = [],
  unread,
  healthyReadings = HEALTHY,
}: Hall): Case {
  const isCounted = uncounted || told.some(({ signal, unit }) => signal === "traffic" && unit === "1/s");
  const figures = isCounted ? told : [...told, rate("people/all", 90, 90)];
  const picture = (atMs: number, components: readonly Component[], broken: readonly ComponentId[]) =>
    blinded(pictureOf(atMs, components, broken), unread);
  const well = IDS.map((id) => ({ ...healthy(id), ...before[id] }));
  const sick = well.map((part) => ({ ...part, ...now[part.id] }));
  const pictureBefore = picture(BEGAN_MS - EVERY_MS, well, []);
  const wavering = [
    picture(BEGAN_MS, sick, brokenFrom),
    picture(
      BEGAN_MS + EVERY_MS,
      sick,
      brokenFrom.filter((id) => !waveringFrom.includes(id)),
    ),
  ];
  const seen = picture(NOW_MS - EVERY_MS, sick, brokenFrom);
  const looks = [pictureBefore, ...(waveringFrom.length > 0 ? wavering : []), seen];
  const last = {
    ...answering(picture(NOW_MS, sick, brokenFrom), answers),
    series: figures.filter(({ readings }) => readings === undefined).map(seriesOf),
  };
  const judgements = wrong.map(({ symptom, on, entity = on, reason = "seen", word }) => ({
    invariant: symptom,
    entity,
    on,
    verdict: "violated" as const,
    reason,
    ...(word !== undefined && { word }),
    summary: `${entity} is wrong`,
    evidence: {},
    readAtMs: NOW_MS,
  }));
  return aCase({
    atMs: NOW_MS,
    incident: { id: 1, title: "Dark", beganAtMs: BEGAN_MS, openedAtMs: NOW_MS },
    tickets: judgements.map(({ invariant, on, entity, reason }, index) =>
      aTicket({ id: index + 1, invariant, on, affected: [entity], reason }),
    ),
    invariants: [...new Set(wrong.map(({ symptom }) => symptom))].map((symptom) => ({
      id: symptom,
      severity: "critical",
      graceMs: 0,
      rationale: "",
      symptom,
    })),
    topology: TOPOLOGY,
    judgements,
    picture: last,
    pictureBefore,
    events:
      unread === "events"
        ? []
        : [
            ...reconfiguredEarlier.map((of) => {
              return { atMs: BEGAN_MS - 13_000, event: "reconfigured" as const, of, summary: `${of} was set anew` };
            }),
            ...IDS.flatMap((of) => healingOf(of, healed[of])),
            ...wrong.map(({ symptom: invariant, entity, on }) => {
              const of = entity ?? on;
              return { atMs: BEGAN_MS, event: "violated" as const, of, invariant, summary: `${of} is wrong` };
            }),
            ...[...looks, last].slice(1).flatMap((look, index) => structureEvents(looks[index] ?? look, look)),
          ],
    series: tableOf(figures, healthyReadings),
    inspections: inspected,
    logs,
  });
}

function healingOf(of: ComponentId, seconds: number | undefined): Case["events"] {
  if (seconds === undefined) return [];
  const link = { of, to: "mains/1", summary: `The wire of ${of}` } as const;
  return [
    { ...link, atMs: BEGAN_MS, event: "link-broke" },
    { ...link, atMs: BEGAN_MS + seconds * 1000, event: "link-recovered" },
  ];
}

function healthy(id: ComponentId): Component {
  return { id, kind: kindOf(id), state: "up", ...(id !== "people/all" && { probe: "answered" as const }) };
}

function blinded(seen: Picture, unread: Hall["unread"]): Picture {
  if (unread === "links-missing") return { ...seen, links: [] };
  const isUnread = ({ to }: Link): boolean =>
    unread === "links-unknown" || (unread === "links-to-mains-unknown" && to === "mains/1");
  return { ...seen, links: seen.links.map((link) => (isUnread(link) ? { ...link, state: "unknown" } : link)) };
}

function pictureOf(atMs: number, components: readonly Component[], brokenFrom: readonly ComponentId[]): Picture {
  const links = TOPOLOGY.links.map((link) => {
    const isBroken = link.to === "mains/1" && brokenFrom.includes(link.from);
    return { ...link, state: isBroken ? ("down" as const) : ("up" as const) };
  });
  return { atMs, components, links, series: [] };
}

/** What comes back over broken links: nothing, where nothing else is told. */
function answering(picture: Picture, answers: Hall["answers"] = {}): Picture {
  const links = picture.links.map((link) =>
    link.state === "down" ? { ...link, answers: answers[link.from] ?? ("none" as const) } : link,
  );
  return { ...picture, links };
}

function seriesOf({ of: component, signal, unit, is: value, name, kind = "gauge" }: Figure, index: number) {
  return { name: name ?? `figure_${index}`, component, unit, kind, signal, value };
}

function tableOf(figures: readonly Figure[], healthyReadings: number): Case["series"] {
  const first = BEGAN_MS - healthyReadings * EVERY_MS;
  const atMs = Array.from({ length: (NOW_MS - first) / EVERY_MS + 1 }, (_, index) => first + index * EVERY_MS);
  return {
    atMs,
    rows: figures.map(({ of: component, signal, unit, was, is, pattern, name, kind = "gauge", readings }, index) => ({
      metric: name ?? `figure_${index}`,
      labels: { component },
      unit,
      kind,
      signal,
      values: atMs.map((time, index) => {
        if (time < BEGAN_MS) return was;
        return readings !== undefined && time >= BEGAN_MS + readings * EVERY_MS ? null : (pattern?.(index) ?? is);
      }),
    })),
  };
}

function kindOf(id: ComponentId): string {
  return id.slice(0, id.indexOf("/"));
}

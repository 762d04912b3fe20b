import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Seen } from "../../../src/core/diagnosis/explains.ts";
import { explainer } from "../../../src/core/diagnosis/explains.ts";
import { acceptedCause, type SortedIncident, sortIncidents } from "../../../src/core/diagnosis/sort-incidents.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";
import { MECHANISMS } from "../../../src/core/words/mechanism.ts";

const PICTURE: Seen = {
  components: [],
  links: (
    [
      ["node/1", "store/a"],
      ["node/2", "store/a"],
    ] as const
  ).map(([from, to]) => ({ from, to, kind: "tcp", state: "up" })),
};
const CRASH = { component: "node/1", mechanism: "crash" } as const;

test("sortIncidents() splits off what the cause does not account for", () => {
  const both = incident(1, [ticket(1, "node/1"), ticket(2, "node/2")], { cause: CRASH });

  expect(sortIncidents([both], PICTURE)).toEqual([{ kind: "split", incident: 1, tickets: [2] }]);
});

test("sortIncidents() splits off what another confirmed cause brings about on itself", () => {
  const cause = { component: "store/a", mechanism: "hang" } as const;
  const tickets = [ticket(1, "store/a"), ticket(2, "node/1"), ticket(3, "node/2")].map((one) => {
    return { ...one, symptom: "slow" } as const;
  });

  const alone = incident(1, tickets, { cause });
  const beside = incident(1, tickets, { cause: { ...cause, rivals: [CRASH] } });

  expect(sortIncidents([alone], PICTURE)).toEqual([]);
  expect(sortIncidents([beside], PICTURE)).toEqual([{ kind: "split", incident: 1, tickets: [2] }]);
});

test("sortIncidents() keeps what recovers and came of the cause that was found before", () => {
  const causeBefore = { component: "node/1", mechanism: "wrong-identity" } as const;
  const tickets = (isRecovering: boolean) => [
    { ...ticket(1, "node/1"), symptom: "unreachable" } as const,
    { ...ticket(2, "node/1"), symptom: "configuration", isRecovering } as const,
  ];
  const split = [{ kind: "split", incident: 1, tickets: [2] }];

  expect(sortIncidents([incident(1, tickets(true), { cause: CRASH, causeBefore })], PICTURE)).toEqual([]);
  expect(sortIncidents([incident(1, tickets(false), { cause: CRASH, causeBefore })], PICTURE)).toMatchObject(split);
  expect(sortIncidents([incident(1, tickets(true), { cause: CRASH })], PICTURE)).toMatchObject(split);
});

test("sortIncidents() leaves an incident alone whose cause accounts for none of its tickets", () => {
  const wrong = incident(1, [ticket(2, "node/2")], { cause: CRASH });

  expect(acceptedCause(wrong, PICTURE)).toBeUndefined();
  expect(sortIncidents([wrong], PICTURE)).toEqual([]);
});

test("sortIncidents() tries a cause on incidents without one: links what it explains, and splits off the rest", () => {
  const elder = incident(1, [ticket(1, "store/a")], { cause: { component: "store/a", mechanism: "hang" } });
  const other = incident(2, [ticket(2, "node/2"), ticket(3, "disk/x")]);

  expect(sortIncidents([other, elder], PICTURE)).toEqual([
    { kind: "split", incident: 2, tickets: [3] },
    { kind: "link", incident: 2, to: 1 },
  ]);
});

test("sortIncidents() links an incident that was found to have the cause of an older one", () => {
  const elder = incident(1, [ticket(1, "node/1")], { cause: CRASH });
  const later = incident(2, [ticket(2, "node/1")], { cause: CRASH });

  expect(sortIncidents([elder, later], PICTURE)).toEqual([{ kind: "link", incident: 2, to: 1 }]);
});

test("sortIncidents() leaves what somebody works on for the next look", () => {
  const elder = incident(1, [ticket(1, "node/1")], { cause: CRASH });
  const busy = incident(2, [ticket(2, "node/1")], { isFree: false });

  expect(sortIncidents([elder, busy], PICTURE)).toEqual([]);
});

test("sortIncidents() has a linked incident stand on its own when the cause is gone or does not account for it any more", () => {
  const linked = incident(2, [ticket(2, "node/2")], { linkedTo: 1 });

  expect(sortIncidents([linked], PICTURE)).toEqual([{ kind: "unlink", incident: 2 }]);
  expect(sortIncidents([incident(1, [ticket(1, "node/1")], { cause: CRASH }), linked], PICTURE)).toEqual([
    { kind: "unlink", incident: 2 },
  ]);
});

test("sortIncidents() keeps a link through one diagnosis that does not bear it out, unless that is sure, and no longer", () => {
  const linked = incident(2, [ticket(2, "node/2")], { linkedTo: 1 });
  const hang = { component: "store/a", mechanism: "hang", verdict: "confirmed" } as const;
  const other = { component: "node/1", mechanism: "crash", verdict: "likely" } as const;
  const elder = (more: Partial<SortedIncident>) => incident(1, [ticket(1, "node/1")], more);
  const steps = (more: Partial<SortedIncident>) => sortIncidents([elder(more), linked], PICTURE);

  expect(steps({ cause: other, causeBefore: hang })).toEqual([]);
  expect(steps({ causeBefore: hang })).toEqual([]);
  expect(steps({ cause: { ...other, verdict: "confirmed" }, causeBefore: hang })).toEqual([
    { kind: "unlink", incident: 2 },
  ]);
  expect(steps({ cause: other, causeBefore: other })).toEqual([{ kind: "unlink", incident: 2 }]);
});

const alternating = fc.array(fc.constantFrom("sure", "likely elsewhere", "none"), { minLength: 2, maxLength: 30 });

test("sortIncidents() does not link and unlink as diagnoses alternate between one that explains and others that are not sure", () => {
  fc.assert(
    fc.property(alternating, (said) => {
      const causes = {
        sure: cause("store/a", "confirmed"),
        "likely elsewhere": cause("disk/x", "likely"),
        none: undefined,
      };
      // Two that do not bear it out one after the other are an answer.
      const found = said.filter((one, at) => one === "sure" || said[at - 1] === "sure");
      let linkedTo: number | undefined;
      const changes: string[] = [];
      for (const [at, one] of found.entries()) {
        const newest = causes[one];
        const before = causes[found[at - 1] ?? "none"];
        const elder = incident(1, [ticket(1, "store/a"), ticket(3, "disk/x")], {
          ...(newest && { cause: newest }),
          ...(before && { causeBefore: before }),
        });
        const other = incident(2, [ticket(2, "node/2")], { ...(linkedTo !== undefined && { linkedTo }) });
        for (const { kind, incident: id } of sortIncidents([elder, other], PICTURE)) {
          if (id !== 2) continue;
          changes.push(kind);
          linkedTo = kind === "link" ? 1 : undefined;
        }
      }

      expect(changes).toEqual(found.includes("sure") ? ["link"] : []);
    }),
  );
});

function cause(component: ComponentId, verdict: "confirmed" | "likely") {
  return { component, mechanism: "hang", verdict } as const;
}

test("sortIncidents() does nothing with tickets that are resolved or held", () => {
  const tickets = [ticket(1, "node/1"), { ...ticket(2, "node/2"), isOpen: false }];

  expect(sortIncidents([incident(1, tickets, { cause: CRASH })], PICTURE)).toEqual([]);
});

const component = fc.constantFrom<ComponentId>("node/1", "node/2", "store/a", "disk/x", "cluster/all");
const drawn = fc.array(
  fc.record({
    on: fc.array(component, { minLength: 1, maxLength: 4 }),
    cause: fc.option(fc.record({ component, mechanism: fc.constantFrom(...MECHANISMS) }), { nil: undefined }),
    linkedTo: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 3 }),
    isFree: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

test("sortIncidents() never empties an incident, never links in a circle, and comes to rest", () => {
  fc.assert(
    fc.property(drawn, (drafts) => {
      let next = 100;
      let incidents: readonly SortedIncident[] = drafts.map(({ on, cause, linkedTo, isFree }, index) =>
        incident(
          index + 1,
          on.map((id) => ticket(next++, id)),
          {
            isFree,
            ...(cause && { cause }),
            ...(linkedTo !== undefined && linkedTo !== index + 1 && { linkedTo }),
          },
        ),
      );
      const count = ticketsOf(incidents);
      for (let look = 0; look < 6; look++) {
        for (const step of sortIncidents(incidents, PICTURE)) {
          incidents = applied(incidents, step, () => next++);
        }
      }

      expect(sortIncidents(incidents, PICTURE)).toEqual([]);
      expect(ticketsOf(incidents)).toEqual(count);
      for (const one of incidents) {
        expect(one.tickets.length).toBeGreaterThan(0);
        const elder = incidents.find(({ id }) => id === one.linkedTo);
        if (elder) expect(elder.linkedTo).toBeUndefined();
        const cause = one.linkedTo === undefined ? acceptedCause(one, PICTURE) : undefined;
        if (cause) expect(one.tickets.every(explainer(cause, PICTURE))).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

function applied(
  incidents: readonly SortedIncident[],
  step: ReturnType<typeof sortIncidents>[number],
  newId: () => number,
): readonly SortedIncident[] {
  const all = incidents.map((one): SortedIncident => {
    if (one.id !== step.incident) return one;
    const { linkedTo: _to, ...rest } = one;
    if (step.kind === "unlink") return rest;
    if (step.kind === "link") return { ...rest, linkedTo: step.to };
    return { ...one, tickets: one.tickets.filter(({ id }) => !step.tickets.includes(id)) };
  });
  if (step.kind !== "split") return all;
  const own = incidents.find(({ id }) => id === step.incident)?.tickets ?? [];
  return [
    ...all,
    incident(
      newId(),
      own.filter(({ id }) => step.tickets.includes(id)),
    ),
  ];
}

function ticketsOf(incidents: readonly SortedIncident[]): readonly number[] {
  return incidents.flatMap(({ tickets }) => tickets.map(({ id }) => id)).toSorted((a, b) => a - b);
}

function ticket(id: number, on: ComponentId): SortedIncident["tickets"][number] {
  return { id, components: [on], isOpen: true, symptom: "unreachable" };
}

function incident(id: number, tickets: SortedIncident["tickets"], more: Partial<SortedIncident> = {}): SortedIncident {
  return { id, tickets, isFree: true, ...more };
}

import { expect, test } from "bun:test";
import { consider } from "../../src/actions/suggest.ts";
import { investigateNext } from "../../src/agent/agent.ts";
import type { Engine } from "../../src/agent/engines/engine.ts";
import { rules } from "../../src/agent/engines/rules/mod.ts";
import type { Conclusion } from "../../src/core/diagnosis/diagnosis.ts";
import type { Consideration } from "../../src/core/safety/action-run.ts";
import type { Checkup } from "../../src/core/subject/checkup.ts";
import type { Session } from "../../src/core/subject/subject.ts";
import { type Stage, setStage, step } from "../toy/stage.ts";
import { toy } from "../toy/subject/mod.ts";

test("investigateNext() says what a proposed action waits for, and awaits no approval of what is about to run", async () => {
  const ends = ["waits for approval: disruptive is above the ladder", undefined].map(async (waits) => {
    await using stage = await setStage();
    const incident = await investigateNext({ ...stage.agent, whyItWaits: () => waits }, stage.signal);
    return `${incident?.state}: ${reasons(stage).at(-1)}`;
  });

  expect(await Promise.all(ends)).toEqual([
    "awaiting-approval: Proposed action 1: start-component component=endpoint/2; waits for approval: disruptive is above the ladder",
    "diagnosed: Proposed action 1: start-component component=endpoint/2",
  ]);
});

test("investigateNext() lets a confirmed cause take the place of one that was only likely", async () => {
  await using stage = await setStage();
  const { database, incident } = stage;
  const unsure = { id: "unsure", investigate: likely };
  await investigateNext({ ...stage.agent, engine: unsure }, stage.signal);
  const [first] = database.actionRuns.list({ incident });

  stage.join("endpoint/3");
  await investigateNext({ ...stage.agent, engine: unsure }, stage.signal);
  const still = database.actionRuns.list({ incident }).map(({ state }) => state);
  stage.join("endpoint/1");
  await investigateNext(stage.agent, stage.signal);

  expect(first?.origin).toMatchObject({ cause: { verdict: "likely" } });
  expect(still).toEqual(["pending"]);
  expect(database.actionRuns.list({ incident })).toMatchObject([
    { state: "cancelled", reason: "Withdrawn: replaced by a newer diagnosis" },
    { state: "pending", origin: { cause: { verdict: "confirmed" } } },
  ]);
  expect(stateOf(stage)).toBe("awaiting-approval");
});

test("investigateNext() keeps what waits for a person when a later look finds nothing better", async () => {
  await using stage = await setStage();
  await investigateNext({ ...stage.agent, engine: { id: "unsure", investigate: likely } }, stage.signal);

  stage.join("endpoint/3");
  await investigateNext({ ...stage.agent, consider: refuseAll }, stage.signal);

  expect(stage.database.actionRuns.list()).toMatchObject([{ state: "pending" }]);
  expect(stateOf(stage)).toBe("awaiting-approval");
});

test("investigateNext() looks again when a look contradicts the cause, and withdraws what was proposed for it", async () => {
  await using stage = await setStage();
  await stage.propose();
  const agent = { ...stage.agent, clock: { ...stage.agent.clock, now: () => Date.now() + 11_000 } };
  const unchanged = await investigateNext(agent, stage.signal);
  const session: Pick<Session, "look"> = { look: async (request) => silent(await stage.session.look(request)) };

  await investigateNext({ ...agent, session }, stage.signal);

  expect(unchanged).toBeUndefined();
  expect(reasons(stage)).toContainEqual(
    expect.stringMatching(/^Investigating with rules: the last cause does not hold, /),
  );
  expect(stage.database.incidents.diagnoses(stage.incident).at(-1)?.cause?.mechanism).not.toBe("crash");
  expect(stage.database.actionRuns.list({ incident: stage.incident, state: "cancelled" })).toHaveLength(1);
});

test("investigateNext() keeps a confirmed cause that is over while something that came of it is left", async () => {
  await using stage = await setStage();
  await stage.propose();
  stage.endpoints.start("endpoint/2");
  stage.join("endpoint/3");
  const session: Pick<Session, "look"> = { look: async (request) => unwell(await stage.session.look(request)) };
  const agent = { ...stage.agent, clock: { ...stage.agent.clock, now: () => Date.now() + 11_000 } };

  await investigateNext({ ...agent, session }, stage.signal);

  expect(reasons(stage).slice(-2)).toEqual([
    "No cause was found other than crash of endpoint/2, which is over",
    "Violations remain after crash of endpoint/2",
  ]);
  expect(stage.database.incidents.causes(stage.instance).get(stage.incident)).toMatchObject({ mechanism: "crash" });
  expect(stage.database.actionRuns.list({ incident: stage.incident, state: "pending" })).toEqual([]);
});

test("investigateNext() keeps a likely cause that is over once nothing is violated any more, though not all can be judged", async () => {
  const ends = (["unknown", "violated"] as const).map(async (left) => {
    await using stage = await setStage();
    await investigateNext({ ...stage.agent, engine: { id: "unsure", investigate: likely } }, stage.signal);
    stage.endpoints.start("endpoint/2");
    stage.join("endpoint/3");
    const session: Pick<Session, "look"> = { look: async (request) => unwell(await stage.session.look(request), left) };
    const agent = { ...stage.agent, clock: { ...stage.agent.clock, now: () => Date.now() + 11_000 } };

    await investigateNext({ ...agent, session }, stage.signal);

    return reasons(stage).slice(-2);
  });

  const [unknown, violated] = await Promise.all(ends);
  expect(unknown).toEqual([
    "No cause was found other than crash of endpoint/2, which is over",
    "Nothing is violated, and not everything can be judged after crash of endpoint/2",
  ]);
  expect(violated).not.toContain("No cause was found other than crash of endpoint/2, which is over");
});

test("investigateNext() proposes nothing for a cause that is found again by wrong results only, which outlast it", async () => {
  const ends = (["lasts", "is over"] as const).map(async (course) => {
    await using stage = await setStage();
    const subject = { ...toy, invariants: toy.invariants.map((one) => ({ ...one, symptom: "wrong-result" as const })) };
    const agent = { ...stage.agent, engine: exhausted, subject, consider: asOfCrash(stage) };
    await investigateNext(agent, stage.signal);
    const proposed = stage.database.actionRuns.list({ incident: stage.incident, state: "pending" });
    for (const { id } of proposed) stage.database.actionRuns.advance(id, step("cancelled", "Its cause is gone"));
    if (course === "is over") stage.endpoints.start("endpoint/2");
    stage.join("endpoint/3");
    const session: Pick<Session, "look"> = { look: async (request) => unwell(await stage.session.look(request)) };
    const clock = { ...agent.clock, now: () => Date.now() + 11_000 };

    await investigateNext({ ...agent, clock, session }, stage.signal);

    const again = stage.database.actionRuns.list({ incident: stage.incident, state: "pending" });
    return [proposed.length, again.length, reasons(stage).at(-1)];
  });

  const [lasts, isOver] = await Promise.all(ends);
  expect(lasts?.slice(0, 2)).toEqual([1, 1]);
  expect(isOver).toEqual([1, 0, "Violations remain after resource-exhaustion of endpoint/2"]);
});

function stateOf({ database, incident }: Stage): string | undefined {
  return database.incidents.get(incident)?.state;
}

function reasons({ database, incident }: Stage): readonly string[] {
  return database.incidents.transitions(incident).map(({ reason }) => reason);
}

/** A look at which an endpoint that is up does not hold. */
function unwell(now: Checkup, verdict: "violated" | "unknown" = "violated"): Checkup {
  const judgements = now.judgements.map((one) => (one.entity === "endpoint/3" ? { ...one, verdict } : one));
  return { ...now, judgements };
}

/** A look at which the second endpoint does not answer, where it refused before. */
function silent(now: Checkup): Checkup {
  const components = now.picture.components.map((one) =>
    one.id === "endpoint/2" ? { ...one, probe: "timed-out" as const } : one,
  );
  return { ...now, picture: { ...now.picture, components } };
}

/** What the rules find, with one claim that carries it. */
const likely: Engine["investigate"] = async (given, desk, signal) => {
  const { cause, ...conclusion } = await rules.investigate(given, desk, signal);
  return { ...conclusion, ...(cause && { cause: { ...cause, claims: cause.claims.slice(0, 1) } }) };
};

/** An exhausted endpoint, by what it is itself and by what an invariant says of all that are violated. */
const exhausted: Engine = {
  id: "exhausted",
  investigate: async ({ judgements }, desk) => {
    const component = "endpoint/2";
    const violated = judgements.filter(({ verdict }) => verdict === "violated");
    const [cause] = desk.weigh([
      {
        component,
        mechanism: "resource-exhaustion",
        summary: `${component} has run out of a resource`,
        claims: [
          ...violated.map(
            ({ invariant, entity }) =>
              ({ side: "for", predicate: { kind: "verdict-is", invariant, entity, verdict: "violated" } }) as const,
          ),
          { side: "for", predicate: { kind: "state-is", component, path: "state", comparison: "is", value: "down" } },
        ],
      },
    ]);
    return desk.conclude({ engine: "exhausted", unknowns: [], ...(cause && { cause: cause.id }) });
  },
};

/** Offers what fixes a crash of the same component. */
function asOfCrash({ agent }: Stage): typeof agent.consider {
  return ({ cause, ...conclusion }, now) =>
    agent.consider({ ...conclusion, ...(cause && { cause: { ...cause, mechanism: "crash" } }) }, now);
}

/** As where no action is offered. */
function refuseAll(conclusion: Conclusion, now: Checkup): Consideration {
  return consider(conclusion, now, { actions: new Map(), runs: [] });
}

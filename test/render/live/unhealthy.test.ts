import { expect, test } from "bun:test";
import { renderWorst } from "../../../src/render/live/unhealthy.ts";

test("renderWorst() shows what is violated and severe first, a few of each invariant, and nothing that holds", () => {
  const entityState = (invariant: string, number: number, verdict: "holds" | "violated" | "unknown") => {
    const entity = `lamp/${number}` as const;
    return { invariant, entity, verdict, verdictSinceMs: number, summary: `${entity} is odd` };
  };
  const dark = [1, 2, 3, 4, 5].map((number) => entityState("lit", number, "violated"));
  const entityStates = [
    entityState("warm", 1, "unknown"),
    ...dark,
    entityState("dry", 1, "violated"),
    entityState("dry", 2, "holds"),
  ];

  expect(renderWorst(entityStates, new Map([["dry", "info"]]))).toEqual([
    "violated  lit   lamp/1  lamp/1 is odd",
    "violated  lit   lamp/2  lamp/2 is odd",
    "violated  lit   lamp/3  lamp/3 is odd",
    "and 2 more of lit",
    "violated  dry   lamp/1  lamp/1 is odd",
    "unknown   warm  lamp/1  lamp/1 is odd",
  ]);
});

test("renderWorst() says once what several invariants do not know for one reason, and names them", () => {
  const unread = (invariant: string, summary: string, entity = `invariant/${invariant}` as const) => {
    return { invariant, entity, verdict: "unknown" as const, verdictSinceMs: 1, summary };
  };
  const entityStates = [
    unread("lit", "Unknown: the mains is dark"),
    unread("warm", "Unknown: the mains is dark"),
    unread("dry", "Unknown: no wall"),
    { ...unread("safe", "It is broken"), verdict: "violated" as const },
  ];

  expect(renderWorst(entityStates, new Map())).toEqual([
    "violated  safe          invariant/safe  It is broken",
    "unknown   2 invariants  invariant/*     the mains is dark",
    "  (lit, warm)",
    "unknown   dry           invariant/dry   no wall",
  ]);
});

test("renderWorst() keeps the entity where several invariants do not know of the same one", () => {
  const of = (invariant: string, entity: "lamp/1" | "lamp/2") => {
    return {
      invariant,
      entity,
      verdict: "unknown" as const,
      verdictSinceMs: 1,
      summary: `Unknown: no meter of ${entity}`,
    };
  };
  const entityStates = [of("lit", "lamp/1"), of("lit", "lamp/2"), of("warm", "lamp/1"), of("warm", "lamp/2")];

  expect(renderWorst(entityStates, new Map())).toEqual([
    "unknown  2 invariants  lamp/1  no meter of lamp/1",
    "unknown  2 invariants  lamp/2  no meter of lamp/2",
    "  (lit, warm)",
  ]);
});

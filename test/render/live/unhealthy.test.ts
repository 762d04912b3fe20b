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

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { blastRadius } from "../../../src/core/safety/blast-radius.ts";
import type { Picture, State, Topology } from "../../../src/core/system/picture.ts";
import type { ComponentId } from "../../../src/core/words/ids.ts";

const IDS = [1, 2, 3, 4, 5].map((name): ComponentId => `lamp/${name}`);
const states = fc.array(fc.constantFrom<State>("up", "down", "unknown"), { minLength: 5, maxLength: 5 });
const stops = fc.subarray(IDS);

test("blastRadius() refuses to stop a second of three where two are needed", () => {
  const radius = blastRadius(
    { stops: ["lamp/2"] },
    { topology: topology(2, 3), picture: picture(["down", "up", "up"]) },
  );

  expect(radius.groups).toEqual([{ id: "group/all", upNow: 2, upMeanwhile: 1, minimumUp: 2 }]);
  expect(radius.objections).toEqual(["group/all would have 1 up of 3, needs 2"]);
});

test("blastRadius() lets a component that is down be stopped and started, even in a group that is short", () => {
  const short = picture(["down", "down", "up"]);

  expect(blastRadius({ stops: ["lamp/1"] }, { topology: topology(2, 3), picture: short }).objections).toEqual([]);
  expect(blastRadius({ stops: [] }, { topology: topology(2, 3), picture: short })).toEqual({
    groups: [],
    objections: [],
  });
});

test("blastRadius() counts a component whose state is unknown as one that may be needed and may not serve", () => {
  const { objections } = blastRadius(
    { stops: ["lamp/1"] },
    { topology: topology(2, 3), picture: picture(["unknown", "up", "unknown"]) },
  );

  expect(objections).toHaveLength(1);
});

test("blastRadius() refuses to stop what it does not know", () => {
  const { objections } = blastRadius(
    { stops: ["lamp/9"] },
    { topology: topology(1, 3), picture: picture(["up", "up", "up"]) },
  );

  expect(objections).toEqual(["lamp/9 is not a known component"]);
});

test("blastRadius() never lets a group that has its minimum fall below it", () => {
  fc.assert(
    fc.property(states, stops, fc.nat({ max: 5 }), (states, stops, minimumUp) => {
      const radius = blastRadius({ stops }, { topology: topology(minimumUp, 5), picture: picture(states) });
      const surelyUp = IDS.filter((id, index) => states[index] === "up" && !stops.includes(id)).length;
      const takes = IDS.some((id, index) => states[index] !== "down" && stops.includes(id));

      expect(radius.objections.length > 0).toBe(takes && surelyUp < minimumUp);
    }),
  );
});

function topology(minimumUp: number, size: number): Topology {
  const members = IDS.slice(0, size);
  return {
    components: members.map((id) => ({ id, kind: "lamp" })),
    links: [],
    groups: [{ id: "group/all", members, minimumUp }],
  };
}

function picture(states: readonly State[]): Picture {
  const components = states.map((state, index) => ({ id: IDS[index] ?? "lamp/0", kind: "lamp", state }) as const);
  return { atMs: 0, components, links: [], series: [] };
}

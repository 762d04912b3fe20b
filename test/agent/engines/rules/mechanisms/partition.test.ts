import { expect, test } from "bun:test";
import { rules } from "../../../../../src/agent/engines/rules/mod.ts";
import type { Component, Picture } from "../../../../../src/core/system/picture.ts";
import { structureEvents, type TimelineEvent } from "../../../../../src/core/system/timeline.ts";
import type { ComponentId } from "../../../../../src/core/words/ids.ts";
import { aCase, aTicket, storedDesk } from "../../../cases.ts";

const BULBS: readonly ComponentId[] = ["bulb/1", "bulb/2", "bulb/3"];
const BEGAN_MS = 10_000;

test("rules names the one that all others have lost, where each reaches each in turn", async () => {
  const { cause } = await diagnoseLoss("bulb/3", () => true);

  expect(cause).toMatchObject({ component: "bulb/3", mechanism: "partition", verdict: "confirmed" });
});

test("rules confirms a partition only of the end of a broken link of which the other links say so, where half were not read", async () => {
  const { cause, options } = await diagnoseLoss("bulb/3", ({ from, to }) => from === "bulb/1" || to === "bulb/1");

  const cut = [cause, ...options].filter((one) => one?.mechanism === "partition" && one.verdict !== "inconclusive");
  expect(cut.map((one) => [one?.component, one?.verdict])).toEqual([
    ["bulb/3", "confirmed"],
    ["bulb/1", "likely"],
  ]);
});

test("rules confirms no partition where nobody read whether the link came back in between", async () => {
  const { cause } = await diagnoseLoss("bulb/3", () => true, []);

  expect(cause).toMatchObject({ component: "bulb/3", mechanism: "partition", verdict: "likely" });
});

type Way = Pick<Picture["links"][number], "from" | "to">;

test("rules names a partition where one of several cut links seems to work for a moment", async () => {
  const way = { of: "bulb/3", to: "bulb/1" } as const;
  const event = (event: TimelineEvent["event"], afterMs: number): TimelineEvent => {
    return { ...way, atMs: BEGAN_MS + afterMs, event, summary: `Link ${event}` };
  };
  const { cause } = await diagnoseLoss("bulb/3", () => true, [
    event("link-broke", 0),
    event("link-recovered", 3000),
    event("link-broke", 4000),
  ]);

  expect(cause).toMatchObject({ component: "bulb/3", mechanism: "partition", verdict: "confirmed" });
  expect(cause?.claims.map(({ predicate }) => predicate)).toContainEqual({
    kind: "link-broken",
    from: "bulb/3",
    to: "bulb/2",
  });
});

test("rules names what is cut off beside another that is dead, and of two that are left is sure of neither", async () => {
  const named = async (dead: ComponentId, bulbs: readonly ComponentId[]) => {
    const { cause, options } = await diagnoseLoss("bulb/3", () => true, undefined, { dead, bulbs });
    return [cause, ...options].flatMap((one) =>
      one?.mechanism === "partition" && one.verdict !== "inconclusive" ? [`${one.verdict} ${one.component}`] : [],
    );
  };

  expect(await named("bulb/4", [...BULBS, "bulb/4"])).toEqual(["confirmed bulb/3"]);
  expect((await named("bulb/1", BULBS)).toSorted()).toEqual(["likely bulb/2", "likely bulb/3"]);
});

interface Others {
  /** One that has ended beside it. */
  readonly dead?: ComponentId;
  /** @default three of them */
  readonly bulbs?: readonly ComponentId[];
}

async function diagnoseLoss(
  lost: ComponentId,
  isRead: (way: Way) => boolean,
  ...[events, others = {}]: readonly [events?: readonly TimelineEvent[] | undefined, others?: Others]
) {
  const { bulbs = BULBS } = others;
  const seenBy = (picture: Picture): Picture => ({
    ...picture,
    links: picture.links.map((link) => (isRead(link) ? link : { ...link, state: "unknown" })),
  });
  const before = seenBy(picture(BEGAN_MS - 1000, undefined, { bulbs }));
  const seen = seenBy(picture(BEGAN_MS, lost, others));
  const now = seenBy(picture(BEGAN_MS + 5000, lost, others));
  const given = aCase({
    atMs: now.atMs,
    incident: { id: 1, title: "Dark", beganAtMs: BEGAN_MS, openedAtMs: BEGAN_MS },
    tickets: [aTicket({ invariant: "shines", on: lost })],
    topology: {
      components: bulbs.map((id) => ({ id, kind: "bulb" })),
      links: bulbs.map((to) => ({ from: "cluster/all" as const, to, kind: "seen" })),
      groups: [],
    },
    pictureBefore: before,
    picture: now,
    events: events ?? [...structureEvents(before, seen), ...structureEvents(seen, now)],
  });
  return await rules.investigate(given, storedDesk(given), AbortSignal.timeout(1000));
}

/** All are seen, and reach each other but for one that is cut off, and perhaps one that has ended. */
function picture(atMs: number, lost: ComponentId | undefined, { dead, bulbs = BULBS }: Others): Picture {
  // What has ended tells nothing of its own ways.
  const telling = bulbs.filter((id) => id !== dead);
  const mesh = telling.flatMap((from) => bulbs.filter((to) => to !== from).map((to) => ({ from, to })));
  return {
    atMs,
    components: [
      ...bulbs.map((id): Component => {
        const seen =
          id === dead ? ({ state: "down", probe: "refused" } as const) : ({ state: "up", probe: "answered" } as const);
        return { id, kind: "bulb", ...seen };
      }),
      { id: "cluster/all", kind: "cluster", state: "up" },
    ],
    links: [
      ...bulbs.map((to) => ({
        from: "cluster/all" as const,
        to,
        kind: "seen",
        state: to === dead ? ("down" as const) : ("up" as const),
      })),
      ...mesh.map(({ from, to }) => ({
        from,
        to,
        kind: "wire",
        ...(from === lost || to === lost || to === dead
          ? { state: "down" as const, answers: "none" as const }
          : { state: "up" as const }),
      })),
    ],
    series: [],
  };
}

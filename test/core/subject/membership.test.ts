import { describe, expect, test } from "bun:test";
import { judgeMembersOn, type MembershipOptions } from "../../../src/core/subject/membership.ts";
import type { Read } from "../../../src/core/subject/probe.ts";
import type { Component } from "../../../src/core/system/picture.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { toyWithRegister } from "../../toy/subject/mod.ts";

const lamp = (id: number): Component => ({ id: `lamp/${id}`, kind: "lamp", state: "up", address: `10.0.0.${id}:1` });
const hub: Component = { id: "hub/main", kind: "hub", state: "up" };
const READ = { value: undefined, atMs: 900 } as const;
const FAILED = { failed: "no answer", outcome: "timed-out", atMs: 900 } as const;

describe("judgeMembersOn()", () => {
  test("says nothing where a subject keeps no register", () => {
    const judge = judgeMembersOn<Readings>(undefined, {});

    expect(judge(seen([lamp(4)], READ))).toEqual([]);
  });

  test("judges every member by whether it is expected, and names a stranger by all that it tells", () => {
    const judgements = judgeLamps({})(seen([lamp(1), { ...lamp(4), version: "2", configHash: "ab" }, hub], READ));

    expect(judgements.map(({ entity, on, verdict, reason }) => [entity, on, verdict, reason])).toEqual([
      ["lamp/1", "lamp/1", "holds", "expected"],
      ["lamp/4", "lamp/4", "violated", "unexpected"],
      ["lamp/2", "lamp/2", "holds", "expected"],
    ]);
    expect(judgements[1]).toMatchObject({
      invariant: "membership",
      readAtMs: 900,
      summary: "lamp/4 at 10.0.0.4:1 has registered and is unexpected",
      evidence: { address: "10.0.0.4:1", version: "2", configHash: "ab" },
    });
  });

  test.each(["lamp/4", "lamp/*"])("holds of a stranger that may come and go as %s", (ephemeral) => {
    const judgements = judgeLamps({ ephemeral: [ephemeral] })(seen([lamp(1), lamp(4)], READ));

    expect(judgements.map(({ verdict }) => verdict)).toEqual(["holds", "holds", "holds"]);
  });

  test("does not know, while the register is not read, of those expected nor of strangers seen before", () => {
    const judge = judgeLamps({});
    judge(seen([lamp(1), lamp(4)], READ));

    const unread = judge(seen([], FAILED));
    const gone = judge(seen([lamp(1)], READ));

    expect(unread.map(({ entity, verdict }) => [entity, verdict])).toEqual([
      ["lamp/1", "unknown"],
      ["lamp/4", "unknown"],
      ["lamp/2", "unknown"],
    ]);
    expect(gone.map(({ entity, verdict }) => [entity, verdict])).toEqual([
      ["lamp/1", "holds"],
      ["lamp/2", "holds"],
    ]);
  });

  test("remembers strangers of an earlier process", () => {
    const known = { atMs: 1, components: [lamp(4)], links: [], series: [] };

    const [first] = judgeLamps({ known })(seen([], FAILED));

    expect(first).toMatchObject({ entity: "lamp/4", verdict: "unknown" });
  });
});

test("a session judges what registers with its subject", async () => {
  const peers = [
    { name: "1", address: "127.0.0.1:1" },
    { name: "2", address: "127.0.0.1:2" },
    { name: "3", address: "127.0.0.1:3" },
  ];
  using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ startedAtMs: 1, peers }) });
  const configured = toyWithRegister.configure({ endpoints: [{ name: "1", address: `127.0.0.1:${server.port}` }] });
  await using session = await configured.open({ clock: systemClock, ephemeral: ["endpoint/3"] });

  const { judgements, picture } = await session.look({ signal: AbortSignal.timeout(5000), invariants: ["membership"] });

  const said = judgements.filter(({ invariant }) => invariant === "membership");
  expect(said.map(({ entity, reason }) => [entity, reason])).toEqual([
    ["endpoint/1", "expected"],
    ["endpoint/2", "unexpected"],
    ["endpoint/3", "may-come-and-go"],
  ]);
  expect(picture.components.map(({ id }) => id)).toEqual(["endpoint/1", "endpoint/2", "endpoint/3"]);
});

interface Readings {
  readonly lamps: undefined;
}

function judgeLamps(options: MembershipOptions): ReturnType<typeof judgeMembersOn<Readings>> {
  return judgeMembersOn<Readings>({ probe: "lamps", kind: "lamp" }, options);
}

/** Of lamps 1 and 2, which are expected, and a hub. */
function seen(components: readonly Component[], lamps: Read<undefined>) {
  return {
    picture: { atMs: 1000, components, links: [], series: [] },
    topology: { components: [lamp(1), lamp(2), hub], links: [], groups: [] },
    observation: { lamps },
  };
}

/** Somebody else answers on a component's port: each kind of answer is an answer, and never taken for a crash or a hang. */

import { beforeAll, describe, expect, test } from "bun:test";
import type { Checkup } from "../../src/core/subject/checkup.ts";
import type { DeployedProcess } from "../../src/core/system/process.ts";
import type { ProbeOutcome } from "../../src/core/words/probe-outcome.ts";
import { systemClock } from "../../src/io/clock.ts";
import { type Impostor, startImpostor } from "../impostor.ts";
import { toy } from "../toy/subject/mod.ts";

interface Expected {
  readonly reason: ProbeOutcome;
  readonly word?: string;
}

const CASES: readonly (readonly [Impostor, Expected])[] = [
  ["json", { reason: "foreign-answer" }],
  ["html", { reason: "foreign-answer" }],
  ["ansi", { reason: "foreign-answer" }],
  ["redirect", { reason: "foreign-answer", word: "302" }],
  ["not-found", { reason: "foreign-answer", word: "404" }],
  ["big", { reason: "foreign-answer" }],
  ["drip", { reason: "incomplete-answer" }],
  ["close", { reason: "incomplete-answer", word: "ECONNRESET" }],
  ["401", { reason: "refused-access", word: "401" }],
  ["403", { reason: "refused-access", word: "403" }],
  ["500", { reason: "server-error", word: "500" }],
  ["503", { reason: "server-error", word: "503" }],
  // Only what is known of the process tells it from a hang.
  ["silent", { reason: "timed-out" }],
];

describe.each(CASES)("something that answers with %s", (kind, expected) => {
  let seen: { readonly alone: Checkup; readonly deployed: Checkup };
  beforeAll(async () => {
    using impostor = await startImpostor(kind);
    const [alone, deployed] = await Promise.all([look(kind, impostor.port, false), look(kind, impostor.port, true)]);
    seen = { alone, deployed };
  });

  test("is judged by its answer, with its own word", () => {
    const { judgements, picture } = seen.alone;

    expect(judgements.find(({ invariant }) => invariant === "endpoint-answers")).toMatchObject({
      verdict: "violated",
      ...expected,
      summary: expect.not.stringMatching(/\p{Cc}/u),
    });
    expect(picture.components[0]).toMatchObject({ state: "down", probe: expected.reason });
  });

  test("is something else where the process of the component is gone", () => {
    const { judgements, picture } = seen.deployed;

    const own = judgements.filter(({ entity }) => entity === "endpoint/a");
    expect(new Set(own.map(({ invariant, verdict, reason }) => `${invariant} ${verdict} ${reason}`))).toEqual(
      new Set(["component-identity violated wrong-identity", "endpoint-answers violated wrong-identity"]),
    );
    expect(own.map(({ summary }) => summary).join("\n")).toMatch(
      /another process answers .*its process exited at 20.* still answers/i,
    );
    expect(picture.components[0]).toMatchObject({ state: "down", probe: "wrong-identity" });
  });
});

async function look(kind: Impostor, port: number, isDeployed: boolean): Promise<Checkup> {
  const address = `127.0.0.1:${port}`;
  const gone: DeployedProcess = {
    id: "endpoint/a",
    kind: "endpoint",
    address,
    linkAddresses: [],
    state: "exited",
    exit: { atMs: Date.now() - 1000, code: null, signal: "SIGKILL" },
  };
  using healthy = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ startedAtMs: 1 }) });
  const endpoints = [
    { name: "a", address },
    { name: "b", address: `127.0.0.1:${healthy.port}` },
  ];
  const configured = toy.configure({ endpoints, probeTimeoutMs: kind === "silent" || kind === "drip" ? 400 : 3000 });
  await using session = await configured.open({
    clock: systemClock,
    ...(isDeployed && { processes: { owner: "lab", read: async () => [gone] } }),
  });
  return await session.look({ signal: AbortSignal.timeout(5000) });
}

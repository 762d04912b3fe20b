import { describe, expect, test } from "bun:test";
import { ProbeError } from "../../../src/core/text/errors.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { firstAnswer } from "../../../src/subjects/tikv/client/first-answer.ts";
import { tikv } from "../../../src/subjects/tikv/mod.ts";
import { serveRecorded } from "./recorded.ts";

describe("what stands in the place of PD is named", () => {
  test.each([
    ["an authenticating proxy", () => new Response("no", { status: 401 }), "refused-access"],
    [
      "a page of HTML",
      () => new Response("<html><body>Welcome</body></html>", { headers: { "content-type": "text/html" } }),
      "foreign-answer",
    ],
    ["a service that forbids", () => new Response("forbidden", { status: 403 }), "refused-access"],
    ["a service that fails", () => new Response("oops", { status: 500 }), "server-error"],
  ])("%s", async (_what, answer, reason) => {
    await using server = serve(answer);

    const { judgements } = await lookAt({ pd: [{ address: server.address }], probeTimeout: "500ms" });

    const up = judgements.filter(({ invariant }) => invariant === "pd-up");
    expect(up.map((judgement) => [judgement.verdict, judgement.reason])).toEqual([["violated", reason]]);
    expect(
      judgements.filter(({ verdict, invariant }) => verdict === "violated" && !invariant.startsWith("pd-")),
    ).toEqual([]);
  });

  test("nothing at all: the subject is silent", async () => {
    await expect(lookAt({ pd: [{ address: "127.0.0.1:1" }], probeTimeout: "500ms" })).rejects.toThrow(ProbeError);
  });

  test("one dead member beside one that answers: it alone is violated", async () => {
    await using cluster = serveRecorded("healthy");
    const pd = [{ id: "gone", address: "127.0.0.1:1" }, ...cluster.config.pd];

    const { judgements } = await lookAt({ ...cluster.config, pd });

    const violated = judgements.filter(({ verdict, invariant }) => verdict === "violated" && invariant !== "clock");
    expect(violated.map(({ invariant, entity, reason }) => `${invariant} ${entity} ${reason}`)).toEqual([
      "pd-up pd/gone refused",
    ]);
  });

  test("another process on a store's status port is no store", async () => {
    await using impostor = serve(() => Response.json({ status: "ok" }));
    await using cluster = serveRecorded("healthy", { statusAddress: { port: "20183", address: impostor.address } });

    const { judgements } = await lookAt(cluster.config);

    const store = judgements.find(({ invariant, entity }) => invariant === "store-up" && entity === "store/5");
    expect([store?.verdict, store?.reason]).toEqual(["violated", "foreign-answer"]);
  });

  test("another store on a store's status port is told by the address that it gives", async () => {
    await using impostor = serve((path) =>
      path === "/status" ? new Response(null) : Response.json({ server: { "advertise-addr": "127.0.0.1:29999" } }),
    );
    await using cluster = serveRecorded("healthy", { statusAddress: { port: "20183", address: impostor.address } });

    const { judgements } = await lookAt(cluster.config);

    const store = judgements.find(({ invariant, entity }) => invariant === "store-up" && entity === "store/5");
    expect([store?.verdict, store?.reason]).toEqual(["violated", "wrong-identity"]);
  });
});

describe("firstAnswer()", () => {
  const signal = AbortSignal.timeout(10_000);

  test("asks the next one as soon as one has failed, and gives up the others after an answer", async () => {
    const asked: number[] = [];
    const ends: AbortSignal[] = [];

    const answer = await firstAnswer(
      [
        async () => {
          asked.push(0);
          throw new ProbeError("refused");
        },
        async (within) => {
          asked.push(1);
          ends.push(within);
          return "second";
        },
        async () => {
          asked.push(2);
          return "third";
        },
      ],
      { lateAfterMs: 60_000, signal },
    );

    expect(answer).toBe("second");
    expect(asked).toEqual([0, 1]);
    expect(ends[0]?.aborted).toBe(true);
  });

  test("asks the next one beside one that is late", async () => {
    const late = Promise.withResolvers<string>();

    const answer = await firstAnswer([() => late.promise, async () => "second"], { lateAfterMs: 1, signal });

    expect(answer).toBe("second");
  });

  test("fails with all failures, in order, where nobody answers", async () => {
    const failing = ["a", "b"].map((why) => async () => {
      throw new ProbeError(why);
    });

    const failure = await firstAnswer(failing, { lateAfterMs: 1, signal }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(AggregateError);
    expect(failure instanceof AggregateError && failure.errors.map((error: unknown) => String(error))).toEqual([
      expect.stringContaining("a"),
      expect.stringContaining("b"),
    ]);
  });
});

function serve(answer: (path: string) => Response): AsyncDisposable & { readonly address: string } {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => answer(new URL(request.url).pathname),
  });
  return { address: `127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}

async function lookAt(config: unknown) {
  await using session = await tikv.configure(config).open({ clock: systemClock });
  return await session.look({ signal: AbortSignal.timeout(10_000) });
}

import { describe, expect, test } from "bun:test";
import type { Checkup, InvariantJudgement } from "../../../src/core/subject/checkup.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { asSeriesSource, PrometheusClient } from "../../../src/prometheus/promql.ts";
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
    await expect(lookAt({ pd: [{ address: "127.0.0.1:1" }], probeTimeout: "500ms" })).rejects.toThrow(
      'Cannot GET "http://127.0.0.1:1/pd/api/v1/status": connection refused',
    );
  });

  test.each([
    ["no-quorum--two-followers-killed", "Unknown: Cannot read PD: PD has no leader (503 ErrRedirectNoLeader)"],
    [
      "no-stores",
      "Unknown: Cannot read PD: TiKV cluster not bootstrapped: no store has registered with PD yet (500 ErrNotBootstrapped)",
    ],
  ])(
    "a state of the whole cluster is said plainly, and alike by all that it keeps from being read: %s",
    async (situation, said) => {
      await using cluster = serveRecorded(situation);

      const { judgements } = await lookAt(cluster.config);

      const unread = judgements.filter(({ reason }) => reason === "not-read");
      expect(unread.length).toBeGreaterThan(10);
      expect([...new Set(unread.map(({ summary }) => summary))]).toEqual([said]);
    },
  );

  test("a leader that hangs, and keeps the others waiting for it, is the only member that is down", async () => {
    const health = ["pd0", "pd1", "pd2"].map((name) => ({ name, client_urls: [], health: name !== "pd0" }));
    const follower = (path: string): Response | Promise<Response> => {
      if (path.endsWith("/health")) return Response.json(health);
      if (path.endsWith("/status")) return Response.json({ version: "v8.5.7", start_timestamp: 1 });
      return new Promise(() => undefined);
    };
    await using pd0 = serve(() => new Promise(() => undefined));
    await using pd1 = serve(follower);
    await using pd2 = serve(follower);
    const pd = [pd0, pd1, pd2].map(({ address }, index) => ({ id: `pd${index}`, address }));

    const { judgements, picture } = await lookAt({ pd, probeTimeout: "250ms" });

    expect(shown(judgements, "pd-up")).toEqual(["pd/pd0 violated timed-out", "pd/pd1 holds up", "pd/pd2 holds up"]);
    expect(shown(judgements, "pd-quorum")).toEqual(["cluster/tikv violated no-leader"]);
    expect(picture.components.filter(({ state }) => state === "down").map(({ id }) => id)).toEqual([
      "pd/pd0",
      "cluster/tikv",
    ]);
  });

  test("a follower that hangs hides neither the leader nor the register, though nobody is told its health", async () => {
    const names = ["pd0", "pd1"];
    await using pd1 = serve(() => new Promise(() => undefined));
    const members = names.map((name) => ({ name, member_id: 1, client_urls: [`http://${name}:2379`] }));
    await using pd0 = serve((path) => {
      if (path.endsWith("/status")) return Response.json({ version: "v8.5.7", start_timestamp: 1 });
      if (path.endsWith("/members")) return Response.json({ header: { cluster_id: 7 }, members, leader: members[0] });
      if (path.endsWith("/stores")) return Response.json({ count: 0, stores: [] });
      return new Promise(() => undefined);
    });
    const pd = [pd0, pd1].map(({ address }, index) => ({ id: `pd${index}`, address }));

    const { judgements } = await lookAt({ pd, probeTimeout: "250ms" });

    expect(shown(judgements, "pd-up")).toEqual(["pd/pd0 holds up", "pd/pd1 violated timed-out"]);
    expect(shown(judgements, "pd-quorum")).toEqual(["cluster/tikv holds has-leader"]);
  });

  test("a PD of another cluster is none of this one", async () => {
    await using own = serveRecorded("healthy");
    await using other = serveRecorded("healthy", { replace: ["7710550541516441401", "7710550541516441402"] });

    const { judgements } = await lookAt({ ...own.config, pd: [...own.config.pd, ...other.config.pd] });

    const [, stranger] = judgements.filter(({ invariant }) => invariant === "pd-up");
    expect(stranger).toMatchObject({ verdict: "violated", reason: "wrong-identity" });
    expect(stranger?.summary).toContain("it belongs to cluster 7710550541516441402, the others to 7710550541516441401");
  });

  test("a PD that is reached by another address than it tells is asked once whose it is", async () => {
    const told = { client_urls: ["http://10.9.9.9:2379"], name: "pd0", member_id: 1 };
    const asked: string[] = [];
    await using pd = serve((path) => {
      asked.push(path);
      if (path.endsWith("/status")) return Response.json({ version: "v8.5.7", start_timestamp: 1 });
      if (path.endsWith("/members")) return Response.json({ header: { cluster_id: 7 }, members: [told], leader: told });
      return new Response("no", { status: 404 });
    });
    const config = { pd: [{ address: pd.address }], probeTimeout: "500ms" };
    await using session = await tikv.configure(config).open({ clock: systemClock, shortestPauseMs: 0 });

    await session.look({ signal: AbortSignal.timeout(10_000) });
    const first = asked.splice(0).filter((path) => path.endsWith("/members")).length;
    const { judgements } = await session.look({
      signal: AbortSignal.timeout(10_000),
      begunAfterMs: systemClock.monotonic(),
    });

    expect(shown(judgements, "pd-up")).toEqual([`pd/${pd.address} holds up`]);
    expect([first, asked.filter((path) => path.endsWith("/members")).length]).toEqual([2, 1]);
  });

  test("members that are all silent are named together", async () => {
    const pd = [{ address: "127.0.0.1:1" }, { address: "127.0.0.1:2" }];

    await expect(lookAt({ pd, probeTimeout: "500ms" })).rejects.toThrow(
      "; Cannot reach any member of PD: connection refused (127.0.0.1:1, 127.0.0.1:2)",
    );
  });

  test("nothing at all beside stores that the watcher was told of: these are judged by themselves", async () => {
    await using store = serve((path) =>
      path === "/status" ? new Response(null) : Response.json({ server: { addr: "10.0.0.1:20160" } }),
    );
    const stores = [
      { id: "1", address: store.address },
      { id: "4", address: "127.0.0.1:2" },
    ];

    const { judgements, picture } = await lookAt({ pd: [{ address: "127.0.0.1:1" }], stores, probeTimeout: "500ms" });

    expect(shown(judgements, "pd-up")).toEqual(["pd/127.0.0.1:1 violated refused"]);
    expect(shown(judgements, "pd-quorum")).toEqual(["cluster/tikv violated quorum-lost"]);
    expect(shown(judgements, "store-up")).toEqual(["store/1 holds up", "store/4 violated refused"]);
    expect(judgements.find(({ entity, invariant }) => entity === "store/1" && invariant === "store-up")?.summary).toBe(
      `store/1 answers at ${store.address}; PD cannot be read`,
    );
    expect(shown(judgements, "replication")).toEqual(["invariant/replication unknown not-read"]);
    expect(picture.components.find(({ id }) => id === "store/1")?.labels?.["state"]).toBe("unknown");
  });

  test("every member refuses access: nothing is said of their quorum", async () => {
    await using server = serve(() => new Response("no", { status: 401 }));

    const { judgements } = await lookAt({ pd: [{ address: server.address }], probeTimeout: "500ms" });

    expect(shown(judgements, "pd-quorum")).toEqual(["cluster/tikv unknown not-told"]);
  });

  test("members and stores of another major version: their versions are unknown, and the rest is judged", async () => {
    await using cluster = serveRecorded("healthy", { replace: ["8.5.7", "9.0.1"] });

    const { judgements } = await lookAt(cluster.config);

    const versions = judgements.filter(({ invariant }) => invariant === "version-agreement");
    expect(new Set(versions.map(({ verdict, reason }) => `${verdict} ${reason}`))).toEqual(
      new Set(["unknown unverified-version"]),
    );
    expect(versions[0]?.summary).toContain("runs version 9.0.1; only version 8 is verified");
    expect(shown(judgements, "store-up").every((one) => one.endsWith(" holds up"))).toBe(true);
  });

  test("a store without a status address: what its port would tell is unknown, and why is said", async () => {
    await using cluster = serveRecorded("healthy", { statusAddress: { port: "20183", address: "" } });

    const { judgements } = await lookAt(cluster.config);

    expect(shown(judgements, "store-up")).toContain("store/5 unknown no-status-address");
    const latency = judgements.find(({ invariant, entity }) => invariant === "write-latency" && entity === "store/5");
    expect([latency?.verdict, latency?.summary]).toEqual([
      "unknown",
      "Unknown: PD has no status address of store/5, where its metrics are",
    ]);
    expect(shown(judgements, "disk-space")).toContain("store/5 holds enough");
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

describe("what keeps the metrics is named", () => {
  const noSeries = { status: "success", data: { resultType: "matrix", result: [] } };

  test("a Prometheus without a job of TiKV: what needs metrics is unknown, the rest is judged", async () => {
    await using prometheus = serve(() => Response.json(noSeries));
    await using cluster = serveRecorded("healthy");

    const { judgements } = await lookAt({ ...cluster.config, prometheus: `http://${prometheus.address}` });

    const latency = judgements.filter(({ invariant }) => invariant === "write-latency");
    expect(latency.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual(
      Array.from({ length: 3 }, () => "unknown no-metrics"),
    );
    expect(latency[0]?.summary).toContain(
      `Prometheus at http://${prometheus.address}/ has none of any store: no job of it scrapes TiKV's status ports`,
    );
    expect(shown(judgements, "store-up")).toEqual(["store/1", "store/4", "store/5"].map((id) => `${id} holds up`));
  });

  test("a Prometheus that knows other stores only: the store that it lacks is named with its label", async () => {
    const row = { metric: { instance: "10.9.9.9:20180" }, values: [[Date.now() / 1000, "5"]] };
    await using prometheus = serve(() => Response.json({ ...noSeries, data: { ...noSeries.data, result: [row] } }));
    await using cluster = serveRecorded("healthy");

    const { judgements } = await lookAt({ ...cluster.config, prometheus: `http://${prometheus.address}` });

    const latency = judgements.find(({ invariant }) => invariant === "write-latency");
    expect(latency?.summary).toMatch(/Prometheus at http:.* has none with instance="127\.0\.0\.1:\d+"$/);
  });

  test("a page of HTML in its place", async () => {
    await using prometheus = serve(() => new Response("<html>", { headers: { "content-type": "text/html" } }));
    await using cluster = serveRecorded("healthy");

    const { judgements, sources } = await lookAt({ ...cluster.config, prometheus: `http://${prometheus.address}` });

    expect(shown(judgements, "write-latency")).toEqual(["invariant/write-latency unknown not-read"]);
    expect(shown(judgements, "pd-up").every((one) => one.endsWith(" holds up"))).toBe(true);
    expect(sources.filter((source) => "failed" in source)).toHaveLength(1);
  });
});

function serve(answer: (path: string) => Response | Promise<Response>): AsyncDisposable & { readonly address: string } {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => answer(new URL(request.url).pathname),
  });
  return { address: `127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** Of one invariant what is said of each entity. */
function shown(judgements: readonly InvariantJudgement[], invariant: string): readonly string[] {
  return judgements
    .filter((one) => one.invariant === invariant)
    .map(({ entity, verdict, reason }) => `${entity} ${verdict} ${reason}`);
}

interface Written {
  readonly pd: readonly unknown[];
  readonly stores?: readonly unknown[];
  readonly prometheus?: string;
  readonly probeTimeout?: string;
}

async function lookAt(config: Written): Promise<Checkup> {
  const { prometheus: url } = config;
  const series = url === undefined ? undefined : asSeriesSource(new PrometheusClient({ url }));
  await using session = await tikv.configure(config).open({ clock: systemClock, ...(series && { series }) });
  return await session.look({ signal: AbortSignal.timeout(10_000) });
}

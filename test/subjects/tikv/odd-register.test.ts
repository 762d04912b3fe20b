/** What PD says of its stores and members in a form that nobody expects: named, and the rest still judged. */

import { describe, expect, test } from "bun:test";
import type { Checkup } from "../../../src/core/subject/checkup.ts";
import { systemClock } from "../../../src/io/clock.ts";
import { asSeriesSource, PrometheusClient } from "../../../src/prometheus/promql.ts";
import { tikv } from "../../../src/subjects/tikv/mod.ts";
import { type RecordedCluster, type RecordedOptions, serveRecorded } from "./recorded.ts";

type Instead = NonNullable<RecordedOptions["instead"]>;

describe("a register of stores that cannot be read is named, and is no silence of PD", () => {
  test.each([
    [
      "a page of HTML",
      () => new Response("<html>Welcome</html>"),
      /\/stores" at "stores": .*expected a JSON list; it reads: <html>/,
    ],
    ["cut short", (recorded: string) => new Response(recorded.slice(0, 900)), /ends before the end of the list/],
    ["without the list", () => Response.json({ count: 3 }), /ends before the end of the list/],
    ["an entry that is none", () => Response.json({ stores: [null] }), /item 0: it cannot be read: /],
    [
      "an entry without an id",
      () => Response.json({ stores: [{ store: { address: "a:1" } }] }),
      /"store.id" cannot be read/,
    ],
    ["forbidden", () => new Response("no", { status: 403 }), /status 403, expected 2xx/],
    ["an empty list", () => Response.json({ count: 0, stores: [] }), /: PD lists none$/],
    ["null in place of the list", () => Response.json({ count: 0, stores: null }), /: PD lists none$/],
  ])("%s", async (_what, answer, said) => {
    const { judgements } = await lookAt(instead("/stores", (recorded) => answer(recorded)));

    const storeUp = judgements.find(({ invariant }) => invariant === "store-up");
    expect([storeUp?.verdict, storeUp?.reason]).toEqual(["unknown", "not-read"]);
    expect(storeUp?.summary).toMatch(said);
    expect(storeUp?.summary).not.toContain("Cannot reach");
    expect(shown({ judgements }, "pd-quorum")).toEqual(["cluster/tikv holds has-leader"]);
    expect(shown({ judgements }, "replication")[0]).toEndWith(" holds replicated");
  });
});

describe("one entry of another form hides no other store", () => {
  test.each([
    [
      "a negative size",
      { status: { capacity: "-1GiB" } },
      "disk-space",
      "unknown not-measured",
      'Cannot read size "-1GiB"',
    ],
    ["a size with a space", { status: { available: "1.5 TB" } }, "disk-space", "unknown not-measured", '"1.5 TB"'],
    [
      "a size as a number",
      { status: { capacity: 107_374_182_400 } },
      "disk-space",
      "unknown not-measured",
      "107374182400",
    ],
    [
      "a state that nobody knows",
      { store: { state_name: "Hibernating" } },
      "store-up",
      "unknown unreadable",
      'cannot be used: PD reports the state "Hibernating", expected one of Up, ',
    ],
    [
      "no state",
      { store: { state_name: undefined } },
      "store-up",
      "unknown unreadable",
      '"store.state_name" cannot be read',
    ],
    [
      "no status address",
      { store: { status_address: undefined } },
      "store-up",
      "unknown no-status-address",
      "no status address",
    ],
    [
      "a status address that is none",
      { store: { status_address: "tikv 4:port" } },
      "store-up",
      "unknown no-status-address",
      '"tikv 4:port" cannot be asked',
    ],
    [
      "every interface as its address",
      { store: { status_address: "0.0.0.0:20180" } },
      "store-up",
      "unknown no-status-address",
      '"0.0.0.0:20180" cannot be asked',
    ],
    [
      "an address without a host",
      { store: { status_address: ":20180" } },
      "store-up",
      "unknown no-status-address",
      '":20180" cannot be asked',
    ],
    ["no status", { status: undefined }, "disk-space", "unknown not-measured", "the disk of store/4 is not measured"],
  ] as const)("%s", async (_what, odd, invariant, expected, said) => {
    const { judgements } = await lookAt(withEntry("4", odd));

    expect(shown({ judgements }, invariant)).toContain(`store/4 ${expected}`);
    expect(judgements.find((one) => one.invariant === invariant && one.entity === "store/4")?.summary).toContain(said);
    for (const other of ["store/1", "store/5"]) {
      expect(shown({ judgements }, "store-up")).toContain(`${other} holds up`);
      expect(shown({ judgements }, "disk-space")).toContain(`${other} holds enough`);
    }
  });

  test("a store that leads nothing by an entry that cannot be read is not called drained", async () => {
    const { judgements } = await lookAt(withEntry("4", { status: { leader_count: -3 } }));

    expect(shown({ judgements }, "write-latency").find((one) => one.startsWith("store/4"))).not.toContain(
      "leads-nothing",
    );
  });

  test("sizes of any magnitude, null in place of a list, and fields that nobody knows are read", async () => {
    const odd = {
      store: { labels: null, later: { a: [1] } },
      status: { capacity: "1.5TiB", available: "0B", zone: 7 },
    };

    const { judgements } = await lookAt(withEntry("4", odd));

    expect(shown({ judgements }, "store-up")).toContain("store/4 holds up");
    expect(shown({ judgements }, "disk-space")).toContain("store/4 violated full");
  });

  test("an id that PD lists twice is one store, of which nothing is known", async () => {
    const { judgements } = await lookAt(withEntry("4", { store: { id: 1 } }));

    expect(shown({ judgements }, "store-up")).toEqual(["store/1 unknown unreadable", "store/5 holds up"]);
  });

  test("ids beyond 2^53 stay as they are", async () => {
    await using cluster = serveRecorded("healthy", {
      instead: (path, recorded) =>
        path === "/stores" ? new Response(recorded.replace(/"id": ?4,/, '"id":18446744073709551615,')) : undefined,
    });

    expect(shown(await lookAt(cluster), "store-up")).toContain("store/18446744073709551615 holds up");
  });
});

describe("a register of members that cannot be read says nothing of a leader", () => {
  test.each([
    ["cut short", (recorded: string) => new Response(recorded.slice(0, 300))],
    ["a page of HTML", () => new Response("<html>")],
    ["forbidden", () => new Response("denied", { status: 403 })],
    [
      "a member without a name",
      (recorded: string) =>
        new Response(recorded.replace('"name":"pd1"', '"name":7').replace('"name": "pd1"', '"name": 7')),
    ],
  ])("%s", async (_what, answer) => {
    const { judgements, picture } = await lookAt(instead("/members", answer));

    expect(shown({ judgements }, "pd-quorum")).toEqual(["cluster/tikv unknown not-told"]);
    expect(picture.components.find(({ id }) => id === "cluster/tikv")?.state).toBe("unknown");
    expect(shown({ judgements }, "store-up")).toEqual(["store/1 holds up", "store/4 holds up", "store/5 holds up"]);
    expect(shown({ judgements }, "replication")[0]).toEndWith(" holds replicated");
  });
});

test("a call that comes too late is named, and the rest is judged", async () => {
  const { judgements } = await lookAt(
    instead("/regions/count", () => new Promise<Response>(() => undefined)),
    { probeTimeout: "500ms" },
  );

  const health = judgements.find(({ invariant }) => invariant === "region-health");
  expect([health?.verdict, health?.reason]).toEqual(["unknown", "not-read"]);
  expect(health?.summary).toMatch(
    /^Unknown: Cannot read \/regions\/count from any member of PD: no answer in time|regions.*: no answer within 2s/,
  );
  expect(shown({ judgements }, "store-up").map((one) => one.split(" ")[0])).toEqual(["store/1", "store/4", "store/5"]);
});

test.each([422, 503])(
  "a Prometheus that answers %p: what PD itself tells of disks and scores is judged",
  async (status) => {
    const fetch = () =>
      Response.json({ status: "error", errorType: "execution", error: "too many samples" }, { status });
    await using prometheus = serve(fetch);
    await using cluster = serveRecorded("healthy");

    const { judgements } = await lookAt(cluster, { prometheus: prometheus.url });

    expect(shown({ judgements }, "write-latency")).toEqual(["invariant/write-latency unknown not-read"]);
    expect(shown({ judgements }, "disk-space")).toEqual(
      ["store/1", "store/4", "store/5"].map((id) => `${id} holds enough`),
    );
    expect(shown({ judgements }, "region-health")).toContain("regions/down-peer holds healthy");
    expect(shown({ judgements }, "region-health")).toContain("regions/no-leader unknown not-measured");
    expect(shown({ judgements }, "slow-score")).toEqual(
      ["store/1", "store/4", "store/5"].map((id) => `${id} holds fast`),
    );
  },
);

/** A healthy cluster, but for what it answers at one path. */
function instead(at: string, answer: (recorded: string) => Response | Promise<Response>): RecordedCluster {
  const other: Instead = (path, recorded) => (path === at ? answer(recorded) : undefined);
  return serveRecorded("healthy", { instead: other });
}

interface Odd {
  readonly store?: Readonly<Record<string, unknown>> | undefined;
  readonly status?: Readonly<Record<string, unknown>> | undefined;
}

interface Entry {
  readonly store: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** A healthy cluster in whose register one store has other fields. */
function withEntry(id: string, odd: Odd): RecordedCluster {
  return instead("/stores", (recorded) => {
    const { stores }: { stores: readonly Entry[] } = JSON.parse(recorded);
    const changed = stores.map((entry) =>
      String(entry.store["id"]) === id
        ? { store: { ...entry.store, ...odd.store }, status: statusOf(entry, odd) }
        : entry,
    );
    return Response.json({ count: stores.length, stores: changed });
  });
}

function statusOf({ status }: Entry, odd: Odd): Entry["status"] | undefined {
  return "status" in odd && odd.status === undefined ? undefined : { ...status, ...odd.status };
}

/** Of one invariant what is said of each entity. */
function shown({ judgements }: Pick<Checkup, "judgements">, invariant: string): readonly string[] {
  return judgements
    .filter((one) => one.invariant === invariant)
    .map(({ entity, verdict, reason }) => `${entity} ${verdict} ${reason}`);
}

function serve(fetch: () => Response): AsyncDisposable & { readonly url: string } {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** Looks with patience for a busy machine, where nothing is meant to be late. */
async function lookAt(
  cluster: RecordedCluster,
  { prometheus, probeTimeout = "5s" }: { readonly prometheus?: string; readonly probeTimeout?: string } = {},
): Promise<Checkup> {
  await using _served = cluster;
  const series = prometheus === undefined ? undefined : asSeriesSource(new PrometheusClient({ url: prometheus }));
  const config = { ...cluster.config, probeTimeout, ...(prometheus !== undefined && { prometheus }) };
  await using session = await tikv.configure(config).open({ clock: systemClock, ...(series && { series }) });
  return await session.look({ signal: AbortSignal.timeout(120_000) });
}

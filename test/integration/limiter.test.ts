/** The limiter as three real processes over a real Redis: exact under concurrency, and by its policy while Redis is away. */

import { expect, setDefaultTimeout, test } from "bun:test";
import { powerOf } from "../../src/deployments/deployment.ts";
import { readLines } from "../../src/io/lines.ts";
import { until } from "../until.ts";
import { type Cluster, startCluster } from "./limiter-cluster.ts";

setDefaultTimeout(60_000);

const CALLERS = 200;
const ROUNDS = 20;
const LIMIT = 100;

/** One answered check. */
interface Answer {
  readonly status: number;
  readonly allowed: boolean;
  readonly degraded: boolean;
}

test(`three nodes allow exactly the limit to ${CALLERS} concurrent callers, in each of ${ROUNDS} rounds`, async () => {
  await using cluster = await startCluster({ limit: String(LIMIT), window: "1m" });

  const allowed: number[] = [];
  for (let round = 0; allowed.length < ROUNDS && round < 2 * ROUNDS; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: CALLERS }, (_, caller) => check(cluster, { caller, key: `round-${round}` })),
    );
    // On a machine too busy for Redis to answer within 100 ms a node decides alone and says so: no round of this test.
    if (answers.some(({ degraded }) => degraded)) continue;
    allowed.push(answers.filter((answer) => answer.allowed).length);
  }

  expect(allowed).toEqual(Array.from({ length: ROUNDS }, () => LIMIT));
});

test.each([
  ["kill", "local"],
  ["kill", "open"],
  ["kill", "closed"],
  ["hang", "local"],
  ["cut", "closed"],
  ["cut", "local"],
] as const)(
  "while Redis is away (%s), every check is answered by the policy %s, and Redis counts again afterwards",
  async (fault, policy) => {
    await using cluster = await startCluster({ limit: String(LIMIT), window: "1m", "on-redis-failure": policy });
    const before = await askAll(cluster, "before");

    await breakRedis(cluster, fault);
    await until(async () =>
      (await askAll(cluster, "probe")).every(({ degraded, status }) => degraded || status === 503),
    );
    const during = (
      await Promise.all(Array.from({ length: 300 }, (_, caller) => check(cluster, { caller, key: "during" })))
    ).map((answer, caller) => ({ ...answer, node: caller % cluster.nodes.length }));
    await mendRedis(cluster, fault);
    await until(async () =>
      (await askAll(cluster, "probe")).every(({ degraded, status }) => !degraded && status === 200),
    );
    const after = await askAll(cluster, "after");

    expect(before.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(after.map(({ status }) => status)).toEqual([200, 200, 200]);
    const allowedBy = cluster.nodes.map(
      (_, node) => during.filter((answer) => answer.node === node && answer.allowed).length,
    );
    if (policy === "open") expect(allowedBy).toEqual([100, 100, 100]);
    if (policy === "closed") expect(during.every(({ status }) => status === 503)).toBe(true);
    // Each node has been asked for far more than its share.
    if (policy === "local") expect(allowedBy.reduce((sum, allowed) => sum + allowed, 0)).toBe(LIMIT);
  },
);

test("while one node dies under load, the others answer everything and no key is allowed more than its limit", async () => {
  await using cluster = await startCluster({ limit: "50", window: "2s" });
  const load = Bun.spawn(
    [process.execPath, "src/main.ts", "load", ...cluster.nodes.flatMap((node) => ["--target", node])].concat(
      "--rate 300/s --for 6s --keys 4 --check --window 2s --json".split(" "),
    ),
    { stdout: "pipe", stderr: "ignore" },
  );

  const lines: string[] = [];
  for await (const line of readLines(load.stdout)) {
    lines.push(line);
    if (lines.length === 2) await powerOf(cluster.deployment, "processes").kill("node/2");
  }
  const report: unknown = JSON.parse(lines.at(-1) ?? "{}");

  expect(report).toMatchObject({ check: { verdict: "holds" } });
  expect(report).toMatchObject({ targets: [{ failed: 0 }, {}, { failed: 0 }] });
});

async function check({ nodes }: Cluster, { caller, key }: { caller: number; key: string }): Promise<Answer> {
  const response = await fetch(`${nodes[caller % nodes.length]}/check`, {
    method: "POST",
    body: JSON.stringify({ key }),
    signal: AbortSignal.timeout(5000),
  });
  const body: unknown = await response.json();
  const has = (field: string): boolean =>
    typeof body === "object" && body !== null && Reflect.get(body, field) === true;
  return { status: response.status, allowed: has("allowed"), degraded: has("degraded") };
}

/** One check at each node. */
function askAll(cluster: Cluster, key: string): Promise<Answer[]> {
  const unique = `${key}-${Math.random()}`;
  return Promise.all(cluster.nodes.map((_, caller) => check(cluster, { caller, key: unique })));
}

async function breakRedis({ deployment }: Cluster, fault: "kill" | "hang" | "cut"): Promise<void> {
  const links = powerOf(deployment, "links");
  if (fault === "cut") await Promise.all(links.all.map(({ id }) => links.cut(id)));
  else await powerOf(deployment, "processes")[fault]("redis/main");
}

async function mendRedis({ deployment }: Cluster, fault: "kill" | "hang" | "cut"): Promise<void> {
  const links = powerOf(deployment, "links");
  if (fault === "cut") await Promise.all(links.all.map(({ id }) => links.heal(id)));
  else await powerOf(deployment, "processes")[fault === "kill" ? "start" : "resume"]("redis/main");
}

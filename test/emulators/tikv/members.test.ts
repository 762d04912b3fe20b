import { afterAll, beforeAll, expect, test } from "bun:test";
import { setPdCauses } from "../../../src/emulators/tikv/control.ts";
import { askPd, type EmulatedCluster, eventually, startEmulated } from "./emulated-cluster.ts";

let cluster: EmulatedCluster;

beforeAll(async () => {
  cluster = await startEmulated();
});

afterAll(() => cluster[Symbol.asyncDispose]());

test("a leader that resigns is followed by another one within a second, which serves what was changed before", async () => {
  const before = await agreedLeader();
  await send("POST", "/store/4/weight", { leader: 2, region: 1 });

  const reply = await send("POST", "/leader/resign");
  await eventually(async () => (await leaderOf()) !== before && (await leaderOf()) !== undefined);

  expect(await reply.json()).toBe("The resign command is submitted.");
  expect(Object(await askPd(cluster, "/store/4")).status.leader_weight).toBe(2);
});

test("leadership is handed to the member that is named, and to none that there is not", async () => {
  const leader = await agreedLeader();
  const to = [...cluster.pds.keys()].find((name) => name !== leader) ?? "";

  const [unknown, handed] = [
    await send("POST", "/leader/transfer/nobody"),
    await send("POST", `/leader/transfer/${to}`),
  ];
  await eventually(async () => (await leaderOf()) === to);

  expect([unknown.status, handed.status]).toEqual([500, 200]);
});

test("a leader that a proxy hides from clients is reached by the other members, and leads on", async () => {
  const leader = await agreedLeader();
  const index = [...cluster.pds.keys()].indexOf(leader);
  const hidden = cluster.pdAddresses[index] ?? "";
  const open = cluster.pdAddresses.find((address) => address !== hidden);
  const signal = AbortSignal.timeout(10_000);

  await setPdCauses(hidden, { forbidsClients: true }, signal);
  const refused = await Promise.all(
    ["/pd/api/v1/status", "/pd/api/v1/stores", "/metrics"].map((path) => fetch(`http://${hidden}${path}`)),
  );
  const stores = await fetch(`http://${open}/pd/api/v1/stores`);
  const health: unknown = await (await fetch(`http://${open}/pd/api/v1/health`)).json();
  const inForce = await setPdCauses(hidden, { forbidsClients: false }, signal);

  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
  expect(stores.status).toBe(200);
  expect([health].flat().map((member) => Object(member).health)).toEqual([true, true, true]);
  expect(inForce).toEqual({ clockOffsetMs: 0, forbidsClients: false });
  expect((await fetch(`http://${hidden}/pd/api/v1/status`)).status).toBe(200);
});

test("a scheduler and a checker are paused for a time, and let go on", async () => {
  const name = "balance-leader-scheduler";
  await eventually(async () => [await askPd(cluster, "/schedulers")].flat().includes(name));

  const words = [
    await send("POST", `/schedulers/${name}`, { delay: 300 }),
    await send("POST", "/checker/rule", { delay: 60 }),
    await send("POST", "/checker/rule", { delay: 0 }),
  ];
  const paused = await askPd(cluster, "/schedulers?status=paused");
  await send("POST", `/schedulers/${name}`, { delay: 0 });
  const refused = await send("POST", "/schedulers/nonsense", { delay: 1 });

  expect(await Promise.all(words.map((reply) => reply.json()))).toEqual([
    "Pause or resume the scheduler successfully.",
    "Pause the checker successfully.",
    "Resume the checker successfully.",
  ]);
  expect([paused, await askPd(cluster, "/schedulers?status=paused"), refused.status]).toEqual([[name], [], 500]);
});

test("keys are scanned in pages, and a body that is no JSON is refused", async () => {
  const first = Object(await askPd(cluster, "/regions/key?limit=3"));
  const next = Object(await askPd(cluster, `/regions/key?limit=3&format=hex&key=${first.regions[2].end_key}`));
  const refused = await send("POST", "/operators", "[1]");

  expect(next.regions[0].start_key).toBe(first.regions[2].end_key);
  expect(refused.status).toBe(400);
});

test("a leader that dies is followed by another one when its lease has run out; until then followers say that they cannot redirect", async () => {
  const dead = await agreedLeader();
  const alive = [...cluster.pds.keys()].filter((name) => name !== dead);
  await cluster.pds.get(dead)?.[Symbol.asyncDispose]();
  const index = [...cluster.pds.keys()].indexOf(alive[0] ?? "");

  const during = await fetch(`http://${cluster.pdAddresses[index]}/pd/api/v1/stores`);
  const config = await fetch(`http://${cluster.pdAddresses[index]}/pd/api/v1/config`);
  await eventually(async () => alive.includes((await leaderOf()) ?? ""));

  expect([during.status, await during.text()]).toEqual([500, "[PD:apiutil:ErrRedirect]redirect failed\n"]);
  expect([config.status, await config.text()]).toEqual([500, expect.stringContaining("connection refused")]);
}, 60_000);

test("without a majority nobody leads: whoever led serves for some seconds more, then finds no leader after three", async () => {
  const leader = (await leaderOf()) ?? "";
  const others = [...cluster.pds.keys()].filter((name) => name !== leader);
  for (const name of others) await cluster.pds.get(name)?.[Symbol.asyncDispose]();
  const address = cluster.pdAddresses[[...cluster.pds.keys()].indexOf(leader)];

  await eventually(async () => cluster.pds.get(leader)?.leader === undefined);
  const begunMs = performance.now();
  const reply = await fetch(`http://${address}/pd/api/v1/stores`);

  expect([reply.status, await reply.text()]).toEqual([
    503,
    "[PD:apiutil:ErrRedirectNoLeader]redirect finds no leader\n",
  ]);
  expect(performance.now() - begunMs).toBeGreaterThan(2900);
}, 60_000);

/** The leader, once all members that run know the same one. */
async function agreedLeader(running: readonly string[] = [...cluster.pds.keys()]): Promise<string> {
  const known = (): readonly (string | undefined)[] => running.map((name) => cluster.pds.get(name)?.leader);
  await eventually(async () => new Set(known()).size === 1 && known()[0] !== undefined);
  return known()[0] ?? "";
}

async function leaderOf(): Promise<string | undefined> {
  return Object(Object(await askPd(cluster, "/leader"))).name;
}

function send(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`http://${cluster.pdAddresses[0]}/pd/api/v1${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

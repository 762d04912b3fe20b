import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { parseJson } from "../../../src/io/json.ts";
import { type EmulatedCluster, startEmulated } from "./emulated-cluster.ts";

const Recorded = v.record(
  v.string(),
  v.object({
    _recorded: v.object({ path: v.string(), status: v.number(), content_type: v.nullable(v.string()) }),
    body: v.unknown(),
  }),
);

/** What the emulated PD answers otherwise than the recorded one, and why. */
const MEANT: Readonly<Record<string, string>> = {
  "/pd/api/v1/config/schedule": "settings that nothing reads are left out",
  "/pd/api/v1/store/1": "network_slow_score is told by TiKV 8.5.5 and later only where it is above 0",
};

let cluster: EmulatedCluster;
let leader: string;

beforeAll(async () => {
  cluster = await startEmulated();
  leader = addressOfLeader(cluster);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

describe("the emulated PD answers as PD v8.5.7 was recorded", () => {
  const healthy = recordingsOf("healthy");

  test.each(Object.keys(healthy))("healthy: %s", async (name) => {
    const { _recorded: recorded, body } = healthy[name] ?? { _recorded: { path: "", status: 0, content_type: null } };
    const path = ownPath(recorded.path);

    const reply = await fetch(`http://${leader}${path}`);
    const text = await reply.text();

    expect(reply.status).toBe(recorded.status);
    expect(reply.headers.get("content-type")).toBe(recorded.content_type);
    expect(reply.headers.get("x-emulated")).toBe("tikv");
    if (recorded.content_type?.includes("json") || recorded.content_type === "application/octet-stream") {
      const [own, wanted] = [shapeOf(parseJson(text, "bigint")), shapeOf(body)];
      if (MEANT[recorded.path] === undefined) expect(own).toEqual(wanted);
      else expect(own.filter((line) => !wanted.includes(line))).toEqual([]);
    } else expect(text).toBe(String(body));
  });

  test.each([
    ["GET", "/pd/api/v1/stores/nonsense", 404],
    ["GET", "/pd/api/v1/operators?kind=nonsense", 200],
    ["GET", "/pd/api/v1/operators/records", 500],
    ["GET", "/pd/api/v1/operators/99999", 500],
    ["GET", "/pd/api/v1/operators/abc", 400],
    ["GET", "/pd/api/v1/store/abc", 400],
    ["PUT", "/pd/api/v1/config", 405],
    ["DELETE", "/pd/api/v1/stores", 405],
    ["DELETE", "/pd/api/v1/operators/99999", 500],
    ["DELETE", "/pd/api/v1/schedulers/evict-leader-scheduler", 404],
    ["GET", "/pd/api/v2/ready", 200],
    ["GET", "/health", 200],
  ])("%s %s is %p", async (method, path, status) => {
    const reply = await fetch(`http://${leader}${path}`, { method });

    expect(reply.status).toBe(status);
  });

  test("a follower passes on to the leader, and answers for itself what is its own", async () => {
    const follower = cluster.pdAddresses.find((address) => address !== leader);

    const [members, status] = await Promise.all([
      fetch(`http://${follower}/pd/api/v1/members`).then((reply) => reply.json()),
      fetch(`http://${follower}/pd/api/v1/status`).then((reply) => reply.json()),
    ]);

    expect(Object.keys(Object(members))).toEqual(["header", "members", "leader", "etcd_leader"]);
    expect(Object.keys(Object(status))).toEqual(["build_ts", "version", "git_hash", "start_timestamp"]);
  });
});

/** Region and store ids of this cluster stand in for the recorded ones. */
function ownPath(path: string): string {
  return path.replace("/region/id/2", `/region/id/${firstRegion}`).replace("/store/5", "/store/4");
}

let firstRegion = 0;

beforeAll(async () => {
  const reply = await fetch(`http://${leader}/pd/api/v1/regions/key?limit=1`);
  firstRegion = Number(Object(await reply.json()).regions[0].id);
});

function recordingsOf(situation: string): v.InferOutput<typeof Recorded> {
  const path = `${import.meta.dir}/../../fixtures/tikv/recorded/${situation}.json`;
  const text = readFileSync(path, "utf8");
  return v.parse(Recorded, parseJson(text, "bigint"));
}

/** Every path of a value with the kind of what lies there; ids of stores are any id, items of a list are one. */
function shapeOf(value: unknown, path = "$"): readonly string[] {
  if (Array.isArray(value))
    return [...new Set([`${path} list`, ...value.flatMap((item) => shapeOf(item, `${path}[]`))])].toSorted();
  if (typeof value !== "object" || value === null) return [`${path} ${kindOf(value)}`];
  const inner = Object.entries(value).flatMap(([name, part]) =>
    shapeOf(part, `${path}.${/^\d+$/.test(name) ? "id" : name}`),
  );
  return [...new Set([`${path} object`, ...inner])].toSorted();
}

/** A number beyond 2^53 is read as a bigint. */
function kindOf(value: unknown): string {
  if (typeof value === "bigint") return "number";
  return value === null ? "null" : typeof value;
}

function addressOfLeader({ pds, pdAddresses }: EmulatedCluster): string {
  const names = [...pds.keys()];
  const name = [...pds.values()][0]?.leader ?? "";
  return pdAddresses[names.indexOf(name)] ?? "";
}

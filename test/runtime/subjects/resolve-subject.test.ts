import { expect, test } from "bun:test";
import {
  MissingSettingError,
  resolveTarget,
  SubjectNotFoundError,
  type SubjectSelection,
} from "../../../src/runtime/subjects/resolve-subject.ts";
import { ratelimiter } from "../../../src/subjects/ratelimiter/mod.ts";
import { limiterDeployment, surveyOf } from "../limiter-deployment.ts";

const NODES = { value: "1=10.0.0.1:8081", origin: "a file" };
const REDIS = { value: "redis://10.0.0.5:6379", origin: "a file" };

test("resolveTarget() makes of what was said what the subject reads, once", async () => {
  const limit = { value: "1k", origin: "a variable" };
  const target = await resolveTarget(
    wanted(
      { nodes: NODES, redis: REDIS, "intended-limit": limit },
      {
        graceMs: new Map([["node-reachable", { value: 5000, origin: "a flag" }]]),
        thresholds: new Map([["latency-p99.latencyMs", { value: 80, origin: "a flag" }]]),
      },
    ),
  );

  expect(target).toMatchObject({
    name: "default",
    configured: { config: { nodes: [{ id: "1", address: "10.0.0.1:8081" }], intended: { limit: 1000 } } },
    graceMs: { "node-reachable": 5000 },
    thresholds: { "latency-p99": { latencyMs: 80 } },
  });
});

test("resolveTarget() says what is missing, and where what is wrong was said", async () => {
  const redis = { value: "nonsense", origin: "a variable" };

  await expect(resolveTarget(wanted({ nodes: NODES, redis }))).rejects.toThrow(
    'Cannot use a variable for "redis": Cannot use Redis address',
  );
  const missing = await resolveTarget(wanted({ nodes: NODES })).catch((error: unknown) => error);
  expect(missing).toBeInstanceOf(MissingSettingError);
  expect(missing).toMatchObject({ subject: "ratelimiter", key: "redis" });
});

test("resolveTarget() says where it has looked in vain", async () => {
  const nowhere = await resolveTarget(wanted({})).catch((error: unknown) => error);

  expect(nowhere).toBeInstanceOf(SubjectNotFoundError);
  expect(nowhere).toMatchObject({
    message: 'Cannot find ratelimiter: no deployment "east" of it runs in "/nowhere" and no address of it is set',
    unusable: [],
  });
});

test("resolveTarget() takes what a deployment runs, judged as was said, and chooses none of several", async () => {
  const graceMs = new Map([["hot-key", { value: 1000, origin: "a flag" }]]);
  const one = { ...wanted({ nodes: NODES }, { graceMs }), byEndpoint: false };

  const target = await resolveTarget(one, surveyOf(limiterDeployment("east")));

  expect(target).toMatchObject({
    name: "east",
    deployment: { id: "east" },
    configured: { config: { nodes: [{ id: "1", address: "127.0.0.1:1" }] } },
    graceMs: { "hot-key": 1000 },
  });
  const two = surveyOf(limiterDeployment("east"), limiterDeployment("west"));
  await expect(resolveTarget(one, two)).rejects.toThrow(
    "Cannot choose an instance of ratelimiter: east, west are running, expected the name of one",
  );
  expect((await resolveTarget({ ...one, name: "west" }, two)).name).toBe("west");
});

test("resolveTarget() names the deployment that might have been meant and cannot be used", async () => {
  const broken = { ...wanted({}), name: "broken", byEndpoint: false };

  const nowhere = await resolveTarget(broken, surveyOf()).catch((error: unknown) => error);

  expect(nowhere).toMatchObject({ unusable: [{ name: "broken" }] });
});

test("resolveTarget() names the deployments that run where another is named", async () => {
  const named = { ...wanted({}), name: "north", byEndpoint: false };

  await expect(resolveTarget(named, surveyOf(limiterDeployment("east"), limiterDeployment("west")))).rejects.toThrow(
    'no deployment "north" of it runs in "/nowhere" (east, west do) and no address of it is set',
  );
});

/** Settings that nothing which runs here takes precedence over. */
function wanted(
  endpoints: Readonly<Record<string, { value: unknown; origin: string }>>,
  more: Partial<SubjectSelection["settings"]> = {},
): SubjectSelection {
  const settings = {
    endpoints: new Map(Object.entries(endpoints)),
    graceMs: new Map(),
    thresholds: new Map(),
    ...more,
  };
  const byEndpoint = settings.endpoints.size > 0;
  return { subject: ratelimiter, home: "/nowhere", settings, byEndpoint, ...(!byEndpoint && { name: "east" }) };
}

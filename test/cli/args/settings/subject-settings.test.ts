import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Configuration } from "../../../../src/cli/args/settings/config-file.ts";
import { readConfiguration } from "../../../../src/cli/args/settings/config-file.ts";
import { pointsTo, readSubjectSettings } from "../../../../src/cli/args/settings/subject-settings.ts";
import { ratelimiter } from "../../../../src/subjects/ratelimiter/mod.ts";

const FILE = `
[ratelimiter]
nodes = "1=10.0.0.1:8081,2=10.0.0.2:8081"
redis = "redis://10.0.0.5:6379"

[ratelimiter.intended]
limit = 50

[ratelimiter.grace]
node-reachable = "5s"
hot-key = "6s"

[ratelimiter.threshold]
latency-p99.latencyMs = 80
`;
const NOTHING = { endpoint: [], grace: [], threshold: [] };
const folder = mkdtempSync(join(tmpdir(), "operator-settings-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("readSubjectSettings() lets the flag win over the environment, and that over the file", async () => {
  const configuration = await configured(FILE, {
    OPERATOR_RATELIMITER_REDIS: "redis://10.0.0.6:6379",
    OPERATOR_RATELIMITER_GRACE: "node-reachable=7s, latency-p99=8s",
  });

  const flags = { endpoint: ["probe-timeout=2s"], grace: ["node-reachable=9s"], threshold: [] };
  const { endpoints, graceMs, thresholds } = readSubjectSettings(ratelimiter, flags, configuration);

  expect(Object.fromEntries(endpoints)).toMatchObject({
    nodes: { origin: expect.stringContaining('ratelimiter.nodes in "') },
    redis: { value: "redis://10.0.0.6:6379", origin: "OPERATOR_RATELIMITER_REDIS" },
    "intended-limit": { value: 50, origin: expect.stringContaining("ratelimiter.intended.limit in") },
    "probe-timeout": { value: "2s", origin: "--endpoint" },
  });
  expect(Object.fromEntries(graceMs)).toMatchObject({
    "node-reachable": { value: 9000, origin: "--grace" },
    "latency-p99": { value: 8000, origin: "OPERATOR_RATELIMITER_GRACE" },
    "hot-key": { value: 6000, origin: expect.stringContaining("ratelimiter.grace.hot-key in") },
  });
  expect(thresholds.get("latency-p99.latencyMs")?.value).toBe(80);
});

test("readSubjectSettings() takes the list of what may come and go from the place that wins", async () => {
  const file = `[ratelimiter]\nephemeral = ["node/4", "node/5"]\n`;
  const variable = { OPERATOR_RATELIMITER_EPHEMERAL: "node/6, node/*" };
  const list = (flags: readonly string[], configuration: Configuration) =>
    readSubjectSettings(ratelimiter, { ...NOTHING, ephemeral: [...flags] }, configuration).ephemeral;

  expect(list([], await configured("", {}))).toBeUndefined();
  expect(list([], await configured(file, {}))?.value).toEqual(["node/4", "node/5"]);
  expect(list([], await configured(file, variable))?.value).toEqual(["node/6", "node/*"]);
  expect(list(["node/7,node/8", "node/9"], await configured(file, variable))).toEqual({
    value: ["node/7", "node/8", "node/9"],
    origin: "--ephemeral",
  });
});

test.each([
  ["[ratelimiter]\nephemeral = 4", 'Cannot use ratelimiter.ephemeral in "', {}],
  [
    "",
    'Cannot use OPERATOR_RATELIMITER_EPHEMERAL: Cannot read component "node"',
    { OPERATOR_RATELIMITER_EPHEMERAL: "node" },
  ],
  ["[ratelimiter]\nnods = 1", 'has no setting "nods"', {}],
  ['[ratelimiter.grace]\nhot-key = "soon"', 'Cannot read duration "soon"', {}],
  ["[ratelimiter.threshold]\nlatency-p99.latencyMs = true", "Cannot read number true", {}],
  ["[ratelimiter.threshold]\nlatency-p99.latencyMs = nan", "Cannot read number NaN", {}],
  ["[ratelimiter.threshold]\nlatency-p99.latencyMs = -1", "Cannot read number -1, expected one from 0 on", {}],
  ['[ratelimiter.threshold]\nlatency-p99.latencyMs = "1,5"', 'Cannot read number "1,5"', {}],
  ['[ratelimiter.threshold]\nlatency-p99.latencyMs = "1e400"', "Cannot read number Infinity", {}],
  [
    "",
    'Cannot use OPERATOR_RATELIMITER_GRACE: "ratelimiter" has no "hot-ky"',
    { OPERATOR_RATELIMITER_GRACE: "hot-ky=1s" },
  ],
])("readSubjectSettings() refuses %j", async (file, message, environment) => {
  const configuration = await configured(file, environment);

  expect(() => readSubjectSettings(ratelimiter, NOTHING, configuration)).toThrow(message);
});

test.each([
  ["[watsch]\n", 'Cannot use "watsch" in "', 'no such section, did you mean "watch"'],
  ['subjct = "x"', 'Cannot use "subjct" in "', 'no such setting, did you mean "subject"'],
  ["a = ", 'Cannot read configuration "', ""],
])("readConfiguration() refuses %j", async (file, ...words) => {
  for (const word of words) await expect(configured(file, {})).rejects.toThrow(word);
});

test("pointsTo() sees whether file or environment say where a subject is", async () => {
  expect(pointsTo("ratelimiter", await configured(FILE, {}))).toBe(true);
  expect(pointsTo("ratelimiter", await configured("[ratelimiter.grace]\nhot-key='1s'", {}))).toBe(false);
  expect(pointsTo("ratelimiter", await configured("", { OPERATOR_RATELIMITER_REDIS: "redis://x" }))).toBe(true);
  expect(pointsTo("ratelimiter", await configured("", { OPERATOR_RATELIMITER_GRACE: "hot-key=1s" }))).toBe(false);
});

async function configured(text: string, environment: Configuration["environment"]): Promise<Configuration> {
  const named = join(folder, "config.toml");
  await Bun.write(named, text);
  return await readConfiguration({ named, environment, sections: ["watch", "ratelimiter"] });
}

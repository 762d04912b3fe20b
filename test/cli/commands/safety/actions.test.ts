/** A person at the actions of a limiter that runs: by hand, at once or with an approval, and what is refused. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listDeployments } from "../../../../src/deployments/mod.ts";
import { spawnOperator } from "../../spawn-operator.ts";

setDefaultTimeout(60_000);

const home = mkdtempSync(join(tmpdir(), "operator-actions-"));

beforeAll(async () => {
  expect((await operator("up", "ratelimiter", "--nodes", "3")).code).toBe(0);
}, 60_000);

afterAll(async () => {
  for (const deployment of await listDeployments(home)) await deployment.down();
  rmSync(home, { recursive: true });
}, 60_000);

test("operator start, stop and restart act at once, and refuse in one sentence what is of no use", async () => {
  const refused = [
    await operator("start", "node/1"),
    await operator("start", "node/9"),
    await operator("restart", "node1"),
    await operator("start"),
  ];
  const stopped = await operator("stop", "node/3", "--reason", "Maintenance");

  expect(refused.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  expect(refused.map(({ stderr }) => stderr.trim().split("\n"))).toEqual([
    [expect.stringContaining("Nothing to do: the process is alive and accepts connections")],
    [expect.stringContaining('Cannot find component "node/9" in deployment "ratelimiter", expected one of node/1')],
    [expect.stringContaining('at "component": it is not a component, expected "kind/name"')],
    [expect.stringContaining("Missing <component>")],
  ]);
  expect(stopped).toMatchObject({ code: 0 });
  expect(stopped.stdout).toMatch(/^action 1 verified: stop-component component=node\/3: Verified: .*; audit head \d+:/);
  expect((await operator("stop", "node/2")).stderr).toContain(
    "Refused: cluster/ratelimiter would have 1 up of 3, needs 2",
  );
  expect((await operator("status")).stdout).toMatch(
    /node\/3 +\S+ +stopped[\s\S]*actions at observe: nothing runs by itself/,
  );
});

test("operator actions propose, show, approve and run take a person's action through", async () => {
  const proposed = await operator("actions", "propose", "set-limit", "key=ann", "limit=5");
  const [id = ""] = /\d+/.exec(proposed.stdout) ?? [];
  const listed = await operator("actions", "list");
  const shown = await operator("actions", "show", id);
  const unasked = await operator("actions", "approve", id);
  const approved = await operator("actions", "approve", id, "--yes");
  const again = await operator("actions", "approve", id, "--yes");
  const ran = await operator("actions", "run");
  const history = await operator("actions", "history");

  expect(listed.stdout).toContain("set-limit key=ann limit=5: waits for approval: it was proposed manually");
  expect(listed.stderr).toContain(`Approve with: operator actions approve ${id}`);
  expect(shown.stdout).toMatch(/sends +PUT \/api\/limits\/ann \{"limit":5\}[\s\S]*Rests on\n/);
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining("expected --yes")]);
  expect(approved.stderr).toContain("carry it out with: operator actions run");
  expect([again.code, again.stderr]).toEqual([
    2,
    expect.stringContaining(`Action ${id} is already approved by person/`),
  ]);
  expect(ran.stdout).toContain(`action ${id} verified: set-limit key=ann limit=5: Verified: every node allows`);
  expect(history.stdout).toMatch(new RegExp(`\\n${id} +verified +reversible +ratelimiter +a person`));
});

test("operator actions list advises nothing that must fail while all is halted", async () => {
  await operator("halt", "--reason", "Stop");
  const propose = await operator("actions", "propose", "drain-node", "node=1");
  const list = await operator("actions", "list");
  const status = await operator("status", "--json");
  await operator("resume");

  expect([propose.code, propose.stderr]).toEqual([2, expect.stringContaining("lift the halt with: operator resume")]);
  expect(list.stderr).not.toContain("approve");
  expect(JSON.parse(status.stdout)).toMatchObject({
    actions: { ladder: { rung: "observe" }, halt: { reason: "Stop" } },
  });
});

test("operator actions propose takes arguments as key=value, and offered names them", async () => {
  const malformed = await operator("actions", "propose", "drain-node", "1");
  const twice = await operator("actions", "propose", "drain-node", "node=1", "node=2");
  const foreign = await operator("actions", "propose", "drain-node", "node=1", "foo=2");
  expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("Cannot use node= twice")]);
  expect([foreign.code, foreign.stderr]).toEqual([2, expect.stringContaining('Cannot use "foo=": drain-node takes')]);
  const offered = await operator("actions", "offered");

  expect([malformed.code, malformed.stderr]).toEqual([
    2,
    expect.stringContaining('Cannot use "1", expected key=value'),
  ]);
  expect(offered.stdout).toMatch(/drain-node \(reversible\)\n[\s\S]*stop-component \(disruptive\)\n/);
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function operator(...args: readonly string[]): Promise<Ran> {
  const child = spawnOperator(home, args);
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { code, stdout, stderr };
}

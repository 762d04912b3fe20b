import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { DeployedProcess } from "../../src/core/system/process.ts";
import { ActionError, InvalidInputError } from "../../src/core/text/errors.ts";
import type { ComponentId } from "../../src/core/words/ids.ts";
import type { Deployment, Links, LogsOptions, Processes } from "../../src/deployments/deployment.ts";
import { supervise } from "../../src/deployments/local/supervisor/supervisor.ts";
import { openDeployment } from "../../src/deployments/mod.ts";
import { lookAtProcess } from "../../src/io/system/process.ts";
import { until } from "../until.ts";
import { type Running, runHere } from "./running.ts";
import { standIn, testSite } from "./stand-in.ts";

const NODE = "node/1";
const REDIS = "redis/main";
const LINK = "node/1->redis/main";

const pids = new Set<number>();
let running: Running;
let deployment: Deployment;
let processes: Processes;
let links: Links;

beforeAll(async () => {
  const umask = process.umask(0);
  running = await runHere(standIn());
  process.umask(umask);
  ({ deployment, processes, links } = running);
}, 120_000);

afterAll(() => running[Symbol.asyncDispose]());

describe("a local deployment", () => {
  test("starts each component after those it needs", () => {
    expect(running.ready[0]).toBe(REDIS);
    expect(running.ready.toSorted()).toEqual([NODE, "node/2", REDIS]);
  });

  test("is described by its components and links, without a link's state", () => {
    const redis = deployment.components.find(({ id }) => id === REDIS);

    expect(deployment).toMatchObject({ id: "toy", subject: "stand-in", settings: { limit: "5" } });
    expect(redis?.linkAddresses).toEqual(links.all.map(({ address }) => address));
    expect(Object.keys(links.all[0] ?? {}).toSorted()).toEqual(["address", "from", "id", "to"]);
  });

  test("keeps its control socket and its state for its owner, under a umask of 0 too", () => {
    const { folder, home } = running;
    const [folders, files] = [new Set<number>(), new Set<number>()];

    for (const name of ["", ...readdirSync(home, { recursive: true }).map(String)]) {
      const stats = statSync(join(home, name));
      (stats.isDirectory() ? folders : files).add(stats.mode & 0o777);
    }

    expect(statSync(folder.socket).isSocket()).toBe(true);
    expect([folders, files]).toEqual([new Set([0o700]), new Set([0o600])]);
    expect(readFileSync(join(folder.data(REDIS), "note.txt"), "utf8")).toBe("kept in the working folder");
  });

  test("refuses a second supervisor of its name", async () => {
    const { subject, local } = standIn();
    const options = {
      folder: running.folder,
      secrets: {},
      id: "second",
      signal: AbortSignal.timeout(10_000),
      onReady: () => undefined,
      onUp: () => undefined,
    };

    const second = supervise({ name: "toy", subject, settings: {}, ...local(testSite()) }, options);

    await expect(second).rejects.toThrow('Cannot bring up deployment "toy": it is running already');
  });

  test("kill() ends a component at once, and its end is recorded", async () => {
    const { pid } = await now(NODE);

    await processes.kill(NODE);

    expect(lookAtProcess(pid ?? 0)).toBeUndefined();
    expect(await now(NODE)).toMatchObject({ state: "exited", exit: { code: null, signal: "SIGKILL" } });
    expect(await answers(NODE)).toBe(false);
  });

  test("restarts nothing by itself; start() brings the component back to its address, twice is once", async () => {
    expect((await now(NODE)).state).toBe("exited");

    await Promise.all([processes.start(NODE), processes.start(NODE)]);
    await until(() => answers(NODE));

    const status = await now(NODE);
    expect(status.state).toBe("running");
    expect(status.address).toBe(deployment.components.find(({ id }) => id === NODE)?.address ?? "");
  });

  test("hang() stops a component without ending it, resume() lets it go on", async () => {
    const { pid } = await now(NODE);

    await processes.hang(NODE);
    const hung = await now(NODE);
    const answered = await answers(NODE);
    await processes.resume(NODE);

    expect([hung.state, hung.pid, answered]).toEqual(["hung", pid ?? 0, false]);
    expect(await now(NODE)).toMatchObject({ state: "running", pid: pid ?? 0 });
    await until(() => answers(NODE));
  });

  test("restart() gives a hung component a fresh process at the same address", async () => {
    const before = await now(NODE);
    await processes.hang(NODE);

    await processes.restart(NODE);
    await until(() => answers(NODE));

    const after = await now(NODE);
    expect([after.state, after.address]).toEqual(["running", before.address]);
    expect(after.pid).not.toBe(before.pid);
  });

  test("stop() ends a component in good order, and says that it was asked to", async () => {
    await processes.stop("node/2");

    expect((await now("node/2")).state).toBe("stopped");
    await processes.start("node/2");
    await until(() => answers("node/2"));
  });

  test("hang() and resume() refuse a component that has no process", async () => {
    await processes.kill(NODE);

    await expect(processes.hang(NODE)).rejects.toThrow(ActionError);
    await expect(processes.resume(NODE)).rejects.toThrow('Cannot resume "node/1": it has no process');
    await processes.start(NODE);
    await until(() => answers(NODE));
  });

  test("cut() silences one link and no other, heal() brings it back", async () => {
    await links.cut(LINK);

    expect(await answers(NODE)).toBe(false);
    expect(await links.passes(LINK, AbortSignal.timeout(300))).toBe(false);
    expect([await answers("node/2"), await answers(REDIS)]).toEqual([true, true]);

    await links.heal(LINK);
    await until(() => answers(NODE));
  });

  test("delay() and throttle() slow a link down without breaking it", async () => {
    await links.delay(LINK, 100);
    await links.throttle(LINK, 1000);

    const begun = performance.now();
    expect(await links.passes(LINK, AbortSignal.timeout(10_000))).toBe(true);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(199);

    await links.heal(LINK);
  });

  test("refuses what it does not have", async () => {
    const signal = AbortSignal.timeout(1000);

    await expect(processes.kill("node/9")).rejects.toThrow(InvalidInputError);
    await expect(links.cut("node/9->redis/main")).rejects.toThrow(/Cannot find link .* expected one of node\/1/);
    await expect(links.delay(LINK, -1)).rejects.toThrow(ActionError);
    expect(() => links.passes("node/9->redis/main", signal)).toThrow("Cannot find link");
    expect(() => deployment.answers("node/9", signal)).toThrow("Cannot find component");
    expect(() => logs("node/9", { signal })).toThrow('Cannot find component "node/9"');
  });

  test("logs() reads the newest lines and follows those to come", async () => {
    const following = new AbortController();
    const newest = await Array.fromAsync(logs(NODE, { limit: 1, signal: following.signal }));
    const lines: string[] = [];

    const reading = (async () => {
      for await (const line of logs("node/2", { follow: true, signal: following.signal })) lines.push(line);
    })();
    await until(() => lines.length > 0);
    const known = lines.length;
    await processes.restart("node/2");
    await until(() => lines.length > known);
    following.abort();
    await reading;

    expect(newest).toEqual([expect.stringMatching(/^listening on \d+$/)]);
    expect(new Set(lines).size).toBe(1);
  });

  test("puts a full log aside while its component goes on in it, and logs() reads across", async () => {
    const path = running.folder.log("node/2");
    const signal = AbortSignal.timeout(10_000);

    truncateSync(path, 17 << 20);
    appendFileSync(path, "\nbefore\n");
    await until(() => statSync(path).size === 0);
    await processes.restart("node/2");
    await until(() => statSync(path).size > 0);

    const lines = await Array.fromAsync(logs("node/2", { limit: 2, follow: false, signal }));
    expect(lines).toEqual(["before", expect.stringMatching(/^listening on \d+$/)]);
    expect(statSync(`${path}.1`)).toMatchObject({ size: (17 << 20) + 8 });
  });

  test("sends() names the command and the signal", () => {
    expect(processes.sends("start", REDIS)).toMatch(/^spawn redis-server --port \d+ /);
    expect(processes.sends("resume", NODE)).toBe("SIGCONT to the process of node/1");
    expect(processes.sends("restart", NODE)).toStartWith("SIGTERM to the process of node/1, SIGKILL if");
  });

  test("still has its lock after whatever this process has read", () => {
    const program = Bun.fileURLToPath(new URL("../io/files/lock-holder.ts", import.meta.url));

    const { stdout } = Bun.spawnSync([process.execPath, program, running.folder.lock]);

    expect(stdout.toString()).toBe("held\n");
  });

  test("leaves no process and nothing but logs when its supervisor is told to end", async () => {
    for (const { pid } of await processes.list()) pids.add(pid ?? 0);

    await running.stop();

    expect([...pids].filter((pid) => lookAtProcess(pid))).toEqual([]);
    await expect(openDeployment(running.home, "toy")).rejects.toThrow("it is not running");
    await expect(openDeployment(running.home)).rejects.toThrow("none is running");
    await expect(processes.list()).rejects.toThrow('Cannot reach deployment "toy": it is not running any more');
  });
});

async function now(component: ComponentId): Promise<DeployedProcess> {
  const status = (await processes.list()).find(({ id }) => id === component);
  if (!status) throw new Error(`Cannot find ${component}`);
  if (status.pid !== undefined) pids.add(status.pid);
  return status;
}

function logs(component: ComponentId, options: LogsOptions): AsyncIterable<string> {
  const found = deployment.logs?.(component, options);
  if (!found) throw new Error("Cannot find logs");
  return found;
}

function answers(component: ComponentId): Promise<boolean> {
  return deployment.answers(component, AbortSignal.timeout(1000));
}

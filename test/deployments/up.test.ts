import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import type { Deployment } from "../../src/deployments/deployment.ts";
import { type Folder, folderOf } from "../../src/deployments/local/folder.ts";
import { lockHolder } from "../../src/deployments/local/lock.ts";
import { listDeployments, openDeployment } from "../../src/deployments/local/open.ts";
import { upLocal } from "../../src/deployments/local/up.ts";
import { lookAtProcess, processState, signalProcess } from "../../src/io/process.ts";
import { standIn } from "./stand-in.ts";
import { until } from "./until.ts";

const TIMEOUT_MS = 60_000;
const never = new AbortController().signal;
const home = mkdtempSync(join(tmpdir(), "operator-"));

afterEach(async () => {
  for (const deployment of await listDeployments(home)) await deployment.down();
}, TIMEOUT_MS);

afterAll(() => rmSync(home, { recursive: true }));

describe("upLocal()", () => {
  test(
    "returns a deployment whose every component answers, and down() leaves nothing but logs",
    async () => {
      const ready: string[] = [];
      const deployment = await upLocal({ home, recipe: standIn() }, { signal: never, onReady: (id) => ready.push(id) });

      expect(deployment.id).toBe("stand-in");
      expect(ready).toHaveLength(3);
      expect((await deployment.components()).map(({ state }) => state)).toEqual(["running", "running", "running"]);
      expect(await answers(deployment)).toEqual([true, true, true]);

      const pids = await pidsOf(deployment);
      await deployment.down();

      expect(alive(pids)).toEqual([]);
      expect(readdirSync(folderOf(home, "stand-in").path)).toEqual(["logs"]);
    },
    TIMEOUT_MS,
  );

  test(
    "runs two names at once, and refuses a name that runs",
    async () => {
      const [one, two] = await Promise.all(
        ["one", "two"].map((name) => upLocal({ home, name, recipe: standIn({ nodes: 1 }) }, { signal: never })),
      );
      if (!one || !two) throw new Error("Cannot go on without both");

      const third = upLocal({ home, name: "two", recipe: standIn() }, { signal: never });
      await expect(third).rejects.toThrow('Cannot bring up deployment "two": it is running already');
      expect((await listDeployments(home)).map(({ id }) => id)).toEqual(["one", "two"]);
      await expect(openDeployment(home)).rejects.toThrow("Cannot choose a deployment: one, two are running");

      await one.down();
      expect(await answers(two)).toEqual([true, true]);
    },
    TIMEOUT_MS,
  );

  test(
    "lets one of two that begin under one name at once win, and the other fail cleanly",
    async () => {
      const begun = await Promise.allSettled(
        [1, 2].map(() => upLocal({ home, name: "same", recipe: standIn({ nodes: 1 }) }, { signal: never })),
      );

      expect(begun.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(await answers(await openDeployment(home, "same"))).toEqual([true, true]);
    },
    TIMEOUT_MS,
  );

  test(
    "takes everything down if it is interrupted before all is ready",
    async () => {
      const interrupt = new AbortController();
      const recipe = standIn({ stubborn: "never-ready" });
      const coming = upLocal({ home, name: "slow", recipe }, { signal: interrupt.signal });
      const pids = await startedPids(folderOf(home, "slow"), 3);

      interrupt.abort(new Error("Ctrl-C"));

      await expect(coming).rejects.toThrow("Ctrl-C");
      expect(alive(pids)).toEqual([]);
      expect(await listDeployments(home)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "starts nothing if it is interrupted from the beginning",
    async () => {
      const coming = upLocal({ home, recipe: standIn() }, { signal: AbortSignal.abort(new Error("Ctrl-C")) });

      await expect(coming).rejects.toThrow("Ctrl-C");
      expect(await listDeployments(home)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "leaves nothing if the process that called it is killed before all is ready",
    async () => {
      const program = join(import.meta.dir, "up-stand-in.ts");
      const caller = Bun.spawn([process.execPath, program, home, "orphan", "never-ready"], { stdout: "ignore" });
      const folder = folderOf(home, "orphan");
      const pids = await startedPids(folder, 3);

      caller.kill("SIGKILL");

      await until(() => alive(pids).length === 0 && !existsSync(folder.lock), 30_000);
    },
    TIMEOUT_MS,
  );

  test(
    "leaves nothing of what is to be thrown away when the process that called it has ended",
    async () => {
      const program = join(import.meta.dir, "up-stand-in.ts");
      const thrown = mkdtempSync(join(home, "thrown-"));
      const caller = Bun.spawn([process.execPath, program, thrown, "brief", "throwaway"], { stdout: "ignore" });
      const pids = await startedPids(folderOf(thrown, "brief"), 3);

      expect(await caller.exited).toBe(0); // after all is ready

      await until(() => alive(pids).length === 0 && !existsSync(thrown), 30_000);
    },
    TIMEOUT_MS,
  );

  test("lets down() end what is to be thrown away, too", async () => {
    const thrown = mkdtempSync(join(home, "thrown-"));
    const deployment = await upLocal({ home: thrown, recipe: standIn(), throwaway: true }, { signal: never });
    const pids = await pidsOf(deployment);

    await deployment.down();

    expect([alive(pids), existsSync(thrown)]).toEqual([[], false]);
  }, 15_000); // sooner than a supervisor is killed

  test(
    "says which component does not start, with the end of its log, and leaves nothing",
    async () => {
      const healthy = standIn();
      const recipe = {
        ...healthy,
        plan: (site: Parameters<typeof healthy.plan>[0]) => {
          const { processes, links } = healthy.plan(site);
          const broken = ["sh", "-c", "echo out of luck; exit 7"];
          return { processes: processes.map((p) => (p.id === "node/2" ? { ...p, command: broken } : p)), links };
        },
      };

      const coming = upLocal({ home, name: "broken", recipe }, { signal: never });

      await expect(coming).rejects.toThrow(/Cannot start "node\/2": ended with code 7, .*\n {2}out of luck/);
      expect(await listDeployments(home)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test("says which program is missing", async () => {
    const recipe = {
      ...standIn(),
      plan: (site: Parameters<ReturnType<typeof standIn>["plan"]>[0]) => {
        site.program("no-such-program", "get it somewhere");
        return { processes: [], links: [] };
      },
    };

    const coming = upLocal({ home, recipe }, { signal: never });

    await expect(coming).rejects.toThrow(
      'Cannot find program "no-such-program", expected it on PATH (get it somewhere)',
    );
  });
});

test(
  "a supervisor whose folder is deleted takes everything down, and leaves what another made of the name alone",
  async () => {
    const folder = folderOf(home, "deleted");
    const deployment = await upLocal({ home, name: "deleted", recipe: standIn() }, { signal: never });
    const pids = await pidsOf(deployment);
    const supervisor = lockHolder(folder.lock) ?? { pid: 0, startTime: "" };

    rmSync(folder.path, { recursive: true });
    const again = await upLocal({ home, name: "deleted", recipe: standIn({ nodes: 1 }) }, { signal: never });

    await until(() => alive(pids).length === 0 && processState(supervisor) === "gone", 30_000);
    expect((await again.components()).map(({ state }) => state)).toEqual(["running", "running"]);
  },
  TIMEOUT_MS,
);

describe("after a kill -9 of the supervisor", () => {
  test(
    "down() of a deployment opened before leaves no process, and the next up works",
    async () => {
      const { deployment, pids, folder } = await upAndKillSupervisor("lost");

      await deployment.down();

      expect(alive(pids)).toEqual([]);
      expect(readdirSync(folder.path)).toEqual(["logs"]);
      const again = await upLocal({ home, name: "lost", recipe: standIn() }, { signal: never });
      expect(await answers(again)).toEqual([true, true, true]);
    },
    TIMEOUT_MS,
  );

  test(
    "the next up cleans up by itself",
    async () => {
      const { pids } = await upAndKillSupervisor("lost");

      const again = await upLocal({ home, name: "lost", recipe: standIn() }, { signal: never });

      expect(alive(pids)).toEqual([]);
      expect(await answers(again)).toEqual([true, true, true]);
    },
    TIMEOUT_MS,
  );

  test(
    "listDeployments() ends what is left where the kernel did not, and nothing else",
    async () => {
      const { folder } = await upAndKillSupervisor("lost");
      const [left, stranger] = [0, 1].map(() => Bun.spawn(["sleep", "1000"]));
      if (!left || !stranger) throw new Error("Cannot go on without both");
      const startTime = lookAtProcess(left.pid)?.startTime ?? "";
      const journal = { "node/1": { pid: left.pid, startTime }, "node/2": { pid: stranger.pid, startTime: "another" } };
      writeFileSync(folder.journal, JSON.stringify(journal));

      expect(await listDeployments(home)).toEqual([]);

      expect(await left.exited).not.toBe(0);
      expect(lookAtProcess(stranger.pid)).toBeDefined();
      stranger.kill();
    },
    TIMEOUT_MS,
  );
});

async function upAndKillSupervisor(
  name: string,
): Promise<{ deployment: Deployment; pids: readonly number[]; folder: Folder }> {
  const folder = folderOf(home, name);
  const deployment = await upLocal({ home, name, recipe: standIn() }, { signal: never });
  const pids = await pidsOf(deployment);
  const supervisor = lockHolder(folder.lock);
  if (!supervisor) throw new Error("Cannot find the supervisor");
  signalProcess(supervisor, "SIGKILL");
  await until(() => processState(supervisor) === "gone");
  return { deployment, pids, folder };
}

/** Pids from the journal, once that many have been started. */
async function startedPids({ journal }: Folder, count: number): Promise<readonly number[]> {
  const Journal = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.object({ pid: v.number() })));
  const read = (): readonly number[] =>
    existsSync(journal) ? Object.values(v.parse(Journal, readFileSync(journal, "utf8"))).map(({ pid }) => pid) : [];
  await until(() => read().length === count, 30_000);
  return read();
}

function alive(pids: readonly number[]): readonly number[] {
  return pids.filter((pid) => lookAtProcess(pid) !== undefined);
}

async function pidsOf(deployment: Deployment): Promise<readonly number[]> {
  return (await deployment.components()).flatMap(({ pid }) => pid ?? []);
}

function answers(deployment: Deployment): Promise<readonly boolean[]> {
  const signal = AbortSignal.timeout(10_000);
  return Promise.all(deployment.parts.map(({ id }) => deployment.answers(id, { signal })));
}

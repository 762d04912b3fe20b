import { afterAll, afterEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { type Deployment, powerOf } from "../../src/deployments/deployment.ts";
import { type Folder, folderOf, makeFolder } from "../../src/deployments/local/folder/folder.ts";
import { upLocal } from "../../src/deployments/local/up.ts";
import { listDeployments, openDeployment } from "../../src/deployments/mod.ts";
import type { Site } from "../../src/deployments/recipe.ts";
import { readPrivate } from "../../src/io/files/private.ts";
import { until } from "../until.ts";
import { alive, pidsOf } from "./pids.ts";
import { standIn } from "./stand-in.ts";

const TIMEOUT_MS = 60_000;
const never = new AbortController().signal;
/** What a deployment leaves that was taken down. */
const AT_REST = ["deployment.json", "lock.db", "logs"];
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
      expect((await powerOf(deployment, "processes").list()).map(({ state }) => state)).toEqual([
        "running",
        "running",
        "running",
      ]);
      expect(await answers(deployment)).toEqual([true, true, true]);

      const pids = await pidsOf(deployment);
      await deployment.down();

      expect(alive(pids)).toEqual([]);
      expect(readdirSync(folderOf(home, "stand-in").path).toSorted()).toEqual(AT_REST);
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
      await expect(openDeployment(home)).rejects.toThrow("Cannot choose a deployment: several are running (one, two)");

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

      await until(() => alive(pids).length === 0 && !existsSync(folder.plan));
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

      await until(() => alive(pids).length === 0 && !existsSync(thrown));
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
        local: (site: Site) => {
          const { processes, links } = healthy.local(site);
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

  test("writes through no link, and leaves what it leads to as it was", async () => {
    const victim = join(home, "victim");
    writeFileSync(victim, "kept", { mode: 0o644 });
    const folder = folderOf(home, "linked");
    makeFolder(folder);
    symlinkSync(victim, folder.supervisorLog);

    const coming = upLocal({ home, name: "linked", recipe: standIn() }, { signal: never });

    await expect(coming).rejects.toThrow(`Cannot open "${folder.supervisorLog}": it is a symbolic link`);
    expect([readFileSync(victim, "utf8"), statSync(victim).mode & 0o777]).toEqual(["kept", 0o644]);
  });

  test("says which program is missing", async () => {
    const recipe = {
      ...standIn(),
      local: (site: Site) => {
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

/** Pids from the journal, once that many have been started. */
async function startedPids({ journal }: Folder, count: number): Promise<readonly number[]> {
  const Processes = v.record(v.string(), v.object({ pid: v.number() }));
  const Journal = v.pipe(v.string(), v.parseJson(), v.object({ processes: Processes }));
  const read = (): readonly number[] =>
    existsSync(journal) ? Object.values(v.parse(Journal, readPrivate(journal)).processes).map(({ pid }) => pid) : [];
  await until(() => read().length === count);
  return read();
}

function answers(deployment: Deployment): Promise<readonly boolean[]> {
  const signal = AbortSignal.timeout(10_000);
  return Promise.all(deployment.components.map(({ id }) => deployment.answers(id, signal)));
}

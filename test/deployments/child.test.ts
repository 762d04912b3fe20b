import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderOf, makeFolder } from "../../src/deployments/local/folder/folder.ts";
import { Journal } from "../../src/deployments/local/folder/journal.ts";
import { Child } from "../../src/deployments/local/supervisor/child.ts";
import { until } from "../until.ts";

const home = mkdtempSync(join(tmpdir(), "operator-child-"));

afterAll(() => rmSync(home, { recursive: true }));

test("Child tells never started, running, stopped on request and ended by itself from each other", async () => {
  const folder = folderOf(home, "one");
  makeFolder(folder);
  const journal = new Journal({ path: folder.journal, id: "one", isHeld: () => true });
  const plan = {
    id: "lamp/1",
    kind: "lamp",
    address: "127.0.0.1:1",
    ready: { by: "tcp" },
    after: [],
    files: {},
  } as const;
  const command = ["sh", "-c", "sleep 60"];
  const child = new Child({ ...plan, after: [], command }, { folder, id: "one", journal });
  const brief = new Child({ ...plan, after: [], command: ["sh", "-c", "exit 7"] }, { folder, id: "one", journal });

  const states = [child.status()];
  await child.start();
  states.push(child.status());
  await child.stop();
  states.push(child.status());
  await brief.start();
  await until(async () => brief.status().state !== "running");

  expect(states).toMatchObject([
    { state: "never-started" },
    { state: "running", pid: expect.any(Number) },
    { state: "stopped", exit: { signal: "SIGTERM" } },
  ]);
  expect(brief.status()).toMatchObject({ state: "exited", exit: { code: 7, signal: null } });
});

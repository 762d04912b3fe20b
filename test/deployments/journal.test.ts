import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endJournaled, Journal } from "../../src/deployments/local/folder/journal.ts";
import { lookAtProcess } from "../../src/io/system/process.ts";
import { startSleeper } from "../sleeper.ts";
import { leaveBehind } from "./left-behind.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "operator-"));
});

afterEach(() => rmSync(home, { recursive: true }));

const children: Bun.Subprocess[] = [];
const marker = { id: "one" };

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

test("Journal names what runs, as long as the folder is the deployment's", () => {
  let isHeld = true;
  const folder = leaveBehind(home, "prod");
  const journal = new Journal({ path: folder.journal, id: "one", isHeld: () => isHeld });

  journal.started("node/1", { pid: 1, startTime: "a" });
  journal.started("node/2", { pid: 2, startTime: "b" });
  journal.ended("node/1");
  isHeld = false;
  journal.ended("node/2");

  expect(JSON.parse(readFileSync(folder.journal, "utf8"))).toEqual({
    deployment: "one",
    processes: { "node/2": { pid: 2, startTime: "b" } },
  });
});

test.each([
  ["of a foreign process", { id: "two", deployment: "one" }],
  ["of another deployment", { id: "one", deployment: "two" }],
])("endJournaled() ends nobody for a planted journal that names a pid %s", async (_whose, { id, deployment }) => {
  const child = await sleeper(id);
  const identity = { pid: child.pid, startTime: lookAtProcess(child.pid)?.startTime ?? "" };
  const folder = leaveBehind(home, "prod", { id: deployment, processes: { "node/1": identity } });

  expect(await endJournaled(folder, marker)).toBe(0);

  expect(lookAtProcess(child.pid)).toBeDefined();
});

test("endJournaled() ends what is proved to be of the deployment", async () => {
  const child = await sleeper("one");
  const identity = { pid: child.pid, startTime: lookAtProcess(child.pid)?.startTime ?? "" };
  const folder = leaveBehind(home, "prod", { id: "one", processes: { "node/1": identity } });

  expect(await endJournaled(folder, marker)).toBe(1);

  expect(lookAtProcess(child.pid)).toBeUndefined();
});

test("endJournaled() finds nobody in a journal that is missing, broken or a link", async () => {
  const folder = leaveBehind(home, "prod");
  const planted = join(home, "planted.json");
  writeFileSync(planted, readFileSync(folder.journal));

  rmSync(folder.journal);
  expect(await endJournaled(folder, marker)).toBe(0);
  symlinkSync(planted, folder.journal);
  expect(await endJournaled(folder, marker)).toBe(0);
  rmSync(folder.journal);
  writeFileSync(folder.journal, "{");
  expect(await endJournaled(folder, marker)).toBe(0);
});

async function sleeper(id: string): Promise<Bun.Subprocess> {
  const child = await startSleeper({ OPERATOR_DEPLOYMENT: id });
  children.push(child);
  return child;
}

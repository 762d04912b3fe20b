import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Folder, folderOf, makeFolder } from "../../src/deployments/local/folder/folder.ts";
import { takeDown, takeOver } from "../../src/deployments/local/folder/leftovers.ts";
import { describeTrouble, stateOf } from "../../src/deployments/local/folder/state.ts";
import { endDeployment, openDeployment, surveyDeployments } from "../../src/deployments/mod.ts";
import { takeFileLock } from "../../src/io/files/file-lock.ts";
import { type Machine, thisMachine } from "../../src/io/system/machine.ts";
import { lookAtProcess } from "../../src/io/system/process.ts";
import { leaveBehind } from "./left-behind.ts";
import { treeOf } from "./tree.ts";

const AT_REST = ["deployment.json", "lock.db", "logs"];
const onNfs: Machine = { id: thisMachine.id, networkFileSystem: () => "NFS" };
const elsewhere: Machine = { id: "another", networkFileSystem: () => undefined };

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "operator-"));
});

afterEach(() => rmSync(home, { recursive: true }));

describe("a folder that is not ours", () => {
  test.each([
    [
      "has no marker",
      () => foreign({ "plan.json": "{}", "journal.json": "{}", lock: "pid 1", "data/mine": "" }),
      "foreign",
    ],
    ["has a marker of another program", () => foreign({ "deployment.json": '{"format":"argo"}' }), "foreign"],
    ["has a lock of version 0.1.0", () => foreign({ lock: '{"pid":1,"startTime":"1@b"}', "plan.json": "{}" }), "older"],
    ["has only logs, as version 0.1.0 left them", () => foreign({ "logs/node-1.log": "" }), "older"],
    ["is a link to another", () => symlinkSync(foreign({ a: "" }, "other"), pathOf("prod")), "foreign"],
    ["is a file", fileInPlace, "foreign"],
    ["others may write to", () => chmodSync(leaveBehind(home, "prod").path, 0o777), "foreign"],
    [
      "has a marker that others could have written",
      () => chmodSync(leaveBehind(home, "prod").marker, 0o666),
      "foreign",
    ],
    ["is in a folder that is a link", linkedDeployments, "foreign"],
  ])("that %s stays as it is, whatever is done with it", async (_what, make, state) => {
    make();
    const before = treeOf(home);
    const folder = folderOf(home, "prod");

    const found = stateOf(folder);

    expect<string>(found.state).toBe(state);
    expect(() => makeFolder(folder)).toThrow(/Cannot use folder/);
    await takeOver(folder);
    await takeDown(folder);
    await expect(endDeployment(home, "prod", { takeOver: true })).rejects.toThrow('Cannot take "prod" down');
    await expect(openDeployment(home, "prod")).rejects.toThrow('Cannot find deployment "prod"');
    expect((await surveyDeployments(home)).running).toEqual([]);
    expect(new Map([...treeOf(home)].filter(([name]) => name !== "home.json"))).toEqual(
      new Map([...before].filter(([name]) => name !== "home.json")),
    );
  });

  test("is no deployment of the survey, unless it is of an older version", async () => {
    foreign({ "plan.json": "{}" });
    foreign({ lock: '{"pid":1,"startTime":"1@b"}' }, "old");

    const { unusable } = await surveyDeployments(home);

    expect(unusable).toEqual([
      { name: "old", state: "older", why: expect.stringContaining("an older version of operator made it") },
    ]);
  });
});

describe("a deployment whose supervisor is dead", () => {
  test("survives every look after a restart of the machine, says what to run, and is cleaned up by takeDown()", async () => {
    const folder = leaveBehind(home, "prod");
    const before = treeOf(home);

    const { unusable } = await surveyDeployments(home);
    await expect(openDeployment(home)).rejects.toThrow('"prod": its supervisor ended without taking it down');

    const command = `operator down --name prod --home ${home}`;
    expect(unusable).toEqual([{ name: "prod", state: "dead", why: expect.stringContaining(command), command }]);
    expect(treeOf(home)).toEqual(before);
    await takeDown(folder);
    expect(readdirSync(folder.path).toSorted()).toEqual(AT_REST);
    expect(stateOf(folder)).toEqual({ state: "down" });
  });

  test("loses only what we know, and nothing behind a link", async () => {
    const folder = leaveBehind(home, "prod", { components: ["node/1", "node/2"] });
    const other = foreign({ "node-1/kept": "", kept: "" }, "other");
    writeFileSync(join(folder.path, "notes.txt"), "");
    mkdirSync(folder.data("redis/main"));
    symlinkSync(other, folder.data("node/2"));
    rmSync(folder.secrets, { recursive: true });
    symlinkSync(other, folder.secrets);

    await takeDown(folder);

    expect(readdirSync(folder.path).toSorted()).toEqual([
      "data",
      "deployment.json",
      "lock.db",
      "logs",
      "notes.txt",
      "secrets",
    ]);
    expect(readdirSync(folder.allData)).toEqual(["redis-main"]);
    expect([...treeOf(other).keys()]).toEqual(["kept", "node-1", "node-1/kept"]);
  });

  test("is held elsewhere as long as somebody unseen holds its lock", async () => {
    const folder = leaveBehind(home, "prod");
    const lock = takeFileLock(folder.lock);
    const before = treeOf(home);

    expect(stateOf(folder)).toMatchObject({ state: "elsewhere", why: expect.stringContaining("is not visible") });
    await takeDown(folder);
    expect(treeOf(home)).toEqual(before);

    lock?.release();
    expect(stateOf(folder).state).toBe("dead");
  });

  test.each([
    ["on another machine", elsewhere, "it was brought up on another machine, or in another container"],
    ["on a network file system", onNfs, "its folder is on NFS, where another machine may hold it invisibly"],
  ])("is held elsewhere when it is looked at %s, until it is taken over", async (_where, machine, why) => {
    const folder = leaveBehind(home, "prod");
    const before = treeOf(home);

    const found = stateOf(folder, machine);
    await takeDown(folder, machine);

    expect(found).toMatchObject({ state: "elsewhere", why: `it is held elsewhere: ${why}` });
    expect(found.state === "elsewhere" && describeTrouble(folder, found)).toContain(
      `"operator down --name prod --home ${home} --take-over"`,
    );
    expect(treeOf(home)).toEqual(before);
    await takeOver(folder, { machine });
    await takeDown(folder, machine);
    expect(readdirSync(folder.path).toSorted()).toEqual(AT_REST);
  });

  test("is taken over from a holder that does not let go, with a lock of its own", async () => {
    const folder = leaveBehind(home, "prod");
    const lock = takeFileLock(folder.lock);

    await takeOver(folder, { graceMs: 0 });

    expect(lock?.isHeld()).toBe(false);
    expect(stateOf(folder).state).toBe("dead");
  });

  test("cannot be cleared with a broken lock, or one of another program", () => {
    const folder = leaveBehind(home, "prod");
    writeFileSync(folder.lock, "theirs");

    expect(stateOf(folder)).toMatchObject({
      state: "elsewhere",
      why: expect.stringContaining("it is not an empty regular file"),
    });
  });

  test("is not held by a process that only has the pid and the start that the marker names, and that one is not ended", async () => {
    const child = Bun.spawn(["sleep", "100"]);
    const startTime = lookAtProcess(child.pid)?.startTime ?? "";

    const folder = leaveBehind(home, "prod", { supervisor: { pid: child.pid, startTime } });

    expect(stateOf(folder).state).toBe("dead");
    await takeDown(folder);
    expect(lookAtProcess(child.pid)).toBeDefined();
    child.kill();
  });
});

/** Makes a folder of another program among the deployments. */
function foreign(files: Readonly<Record<string, string>>, name = "prod"): string {
  const path = pathOf(name);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(path, file, ".."), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}

function fileInPlace(): void {
  writeFileSync(join(foreign({}, "other"), "..", "prod"), "");
}

function linkedDeployments(): void {
  const folder: Folder = leaveBehind(join(home, "other"), "prod");
  symlinkSync(join(folder.path, ".."), join(home, "deployments"));
}

function pathOf(name: string): string {
  return join(home, "deployments", name);
}

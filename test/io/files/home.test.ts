import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { homeFlag, homePath, makeHome, operatorHome, removeHome } from "../../../src/io/files/home.ts";

const isRoot = process.geteuid?.() === 0;

let folder: string;
let home: string;
let umask: number;

beforeEach(() => {
  umask = process.umask(0);
  folder = mkdtempSync(join(tmpdir(), "operator-"));
  home = join(folder, "home");
});

afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true });
});

test("homePath() prefers the flag, then OPERATOR_HOME, then the XDG folder, then the user's", () => {
  const environment = { OPERATOR_HOME: "/from/environment", XDG_STATE_HOME: "/xdg" };

  expect(homePath("/from/flag", environment)).toBe("/from/flag");
  expect(homePath(undefined, environment)).toBe("/from/environment");
  expect(homePath(undefined, { ...environment, OPERATOR_HOME: "" })).toBe("/xdg/operator");
  expect(homePath(undefined, {})).toBe(join(homedir(), ".local/state/operator"));
});

test("homeFlag() is what a command needs to find a home that is not the usual one", () => {
  expect([homeFlag(homePath()), homeFlag("/other")]).toEqual(["", " --home /other"]);
});

test("makeHome() makes a home for its owner alone, whatever the umask", () => {
  makeHome(join(home, "deep"));

  expect([modeOf(home), modeOf(join(home, "deep")), readdirSync(join(home, "deep"))]).toEqual([
    0o700,
    0o700,
    ["home.json"],
  ]);
});

test.each([
  ["is empty", []],
  ["holds only our own things", ["operator.db", "operator.db-wal", "chaos.db", "deployments"]],
])("makeHome() narrows a folder that %s", (_what, names) => {
  folderWith(names);

  makeHome(home);

  expect([modeOf(home), readdirSync(home)]).toEqual([0o700, expect.arrayContaining(["home.json", ...names])]);
});

test("a folder in which a person keeps other things is used and stays as it is", () => {
  folderWith(["operator.db", "letters.txt"]);

  makeHome(home);

  expect(operatorHome(home)).toBe(home);
  expect([modeOf(home), readdirSync(home).toSorted()]).toEqual([0o755, ["letters.txt", "operator.db"]]);
});

test("operatorHome() narrows a home of ours, and neither makes one nor touches an empty folder", () => {
  expect(operatorHome(home)).toBe(home);
  expect(existsSync(home)).toBe(false);
  folderWith([]);
  operatorHome(home);
  expect(modeOf(home)).toBe(0o755);

  makeHome(home);
  writeFileSync(join(home, "letters.txt"), "");
  chmodSync(home, 0o755);
  operatorHome(home);

  expect(modeOf(home)).toBe(0o700);
});

test.each([0o775, 0o757, 0o1777])("operatorHome() refuses a home of mode %o, which others may write", (mode) => {
  folderWith(["operator.db"]);
  chmodSync(home, mode);

  expect(() => operatorHome(home)).toThrow("others may write to it (mode ");
  expect(() => makeHome(home)).toThrow("others may write to it (mode ");
  expect(modeOf(home)).toBe(mode);
});

test("operatorHome() refuses a home that others may replace, unless a sticky bit forbids it", () => {
  makeHome(home);
  chmodSync(folder, 0o777);
  expect(() => operatorHome(home)).toThrow(`anyone can write to "${folder}" and replace it`);

  chmodSync(folder, 0o1777);

  expect(operatorHome(home)).toBe(home);
});

test.skipIf(!isRoot)("operatorHome() refuses a home of another user (needs root)", () => {
  folderWith([]);
  chownSync(home, 12_345, 12_345);

  expect(() => operatorHome(home)).toThrow(`Cannot use home "${home}": it belongs to user 12345, expected user 0`);
});

test("operatorHome() refuses a file", () => {
  writeFileSync(home, "");

  expect(() => operatorHome(home)).toThrow("it is not a folder");
  expect(operatorHome(join(home, "below"))).toBe(join(home, "below"));
  expect(() => makeHome(join(home, "below"))).toThrow("Cannot create folder");
});

test("removeHome() removes a home that was made for it, and only what is ours in it", () => {
  makeHome(home, { throwaway: true });
  writeFileSync(join(home, "operator.db"), "");
  mkdirSync(join(home, "deployments"));
  writeFileSync(join(home, "letters.txt"), "");

  removeHome(home);
  expect(readdirSync(home)).toEqual(["letters.txt"]);

  rmSync(home, { recursive: true });
  makeHome(home, { throwaway: true });
  removeHome(home);
  expect(existsSync(home)).toBe(false);
});

test("removeHome() leaves every other home, and a deployment that somebody made in it", () => {
  makeHome(home);
  removeHome(home);
  expect(readdirSync(home)).toEqual(["home.json"]);

  const thrown = join(folder, "thrown");
  makeHome(thrown, { throwaway: true });
  mkdirSync(join(thrown, "deployments", "prod"), { recursive: true });
  removeHome(thrown);
  expect(readdirSync(thrown).toSorted()).toEqual(["deployments", "home.json"]);
  removeHome(join(folder, "none"));
});

test("makeHome() throws no folder away that has anything in it", () => {
  folderWith(["operator.db"]);

  expect(() => makeHome(home, { throwaway: true })).toThrow("it is not empty");
});

function folderWith(names: readonly string[]): void {
  mkdirSync(home, { mode: 0o755 });
  for (const name of names) writeFileSync(join(home, name), "");
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

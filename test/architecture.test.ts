/** Holds the table of rooms and doors and the two laws against every import: static, dynamic and type-only. */

import { expect, test } from "bun:test";
import { Glob } from "bun";

const ANY = "*";
const SUBJECT_MAY = ["core", "io", "prometheus"];
const LAB_MAY = [...SUBJECT_MAY, "deployments", "load", "emulators"];

/** What each room may import besides itself. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  io: ["core"],
  terminal: ["core"],
  database: ["core", "io"],
  prometheus: ["core", "io", "database"],
  deployments: ["core", "io"],
  emulators: ["core", "io"],
  limiter: ["core", "io"],
  monitor: ["core", "io", "database", "prometheus"],
  actions: ["core", "io", "database"],
  agent: ["core", "io", "database", "prometheus"],
  chaos: ["core", "io", "database", "deployments"],
  load: ["core", "io", "database", "deployments"],
  runtime: [ANY],
  render: [ANY],
  integrations: ["core", "io", "database"],
  trials: [
    ..."core io terminal database prometheus deployments emulators limiter monitor actions agent".split(" "),
    ..."chaos load render runtime integrations".split(" "),
  ],
  "subjects/registry.ts": ["subjects/*/mod.ts", "core"],
  "subjects/labs.ts": ["subjects/*/lab", "core", "deployments"],
  demo: [ANY],
  cli: [ANY],
  "main.ts": [ANY],
};

/** The inner order of core: each folder may import itself and those before it. */
const CORE_ORDER = ["words", "text", "system", "subject", "tickets", "diagnosis", "safety"];

/** Rooms whose code may come from outside, by package; every other package is for everybody. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  "bun:sqlite": ["database", "chaos", "io/file-lock.ts"],
  citty: ["cli", "main.ts"],
  ofetch: ["io"],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const imports = await readImports();

test("every import goes through a door of DESIGN.md part 2", () => {
  const trespasses = imports.filter(({ from, to }) => to.startsWith("src/") && !allowed(from.slice(4), to.slice(4)));

  expect(trespasses).toEqual([]);
});

test("core's folders import each other in their order only", () => {
  const inner = imports.filter(({ from, to }) => from.startsWith("src/core/") && to.startsWith("src/core/"));

  expect(inner.filter(({ from, to }) => !(rankInCore(to) <= rankInCore(from)))).toEqual([]);
});

test("who judges does not read what was broken", () => {
  const judging = /^src\/(monitor|agent|actions)\/|^src\/subjects\/[^/]+\/(?!lab)/;
  const breaking = /^src\/(chaos|emulators)\/|^src\/subjects\/(labs\.ts|[^/]+\/lab)/;

  expect(imports.filter(({ from, to }) => judging.test(from) && breaking.test(to))).toEqual([]);
});

test("of a subject, only its lab imports its recipes", () => {
  const recipes = /^src\/subjects\/[^/]+\/recipes\//;
  const lab = /^src\/subjects\/[^/]+\/(lab|recipes)\//;

  expect(imports.filter(({ from, to }) => recipes.test(to) && !lab.test(from))).toEqual([]);
});

test("only cli, runtime and demo touch the registries", () => {
  const registries = /^src\/subjects\/(registry|labs)\.ts$/;

  expect(imports.filter(({ from, to }) => registries.test(to) && !/^src\/(cli|runtime|demo)\//.test(from))).toEqual([]);
});

test("only deployments/ itself imports a driver", () => {
  const driver = /^src\/deployments\/(local|compose)\//;

  expect(imports.filter(({ from, to }) => driver.test(to) && !from.startsWith("src/deployments/"))).toEqual([]);
});

test("packages with one home are imported nowhere else", () => {
  const strays = imports.filter(
    ({ from, to }) =>
      PACKAGE_HOMES[to]?.some((home) => home === from.slice(4) || home === roomOf(from.slice(4))) === false,
  );

  expect(strays).toEqual([]);
});

function allowed(from: string, to: string): boolean {
  const subject = /^subjects\/([^/]+)\//.exec(from)?.[1];
  if (subject) {
    if (to.startsWith(`subjects/${subject}/`)) return true;
    return (/^subjects\/[^/]+\/(lab|recipes)\//.test(from) ? LAB_MAY : SUBJECT_MAY).includes(roomOf(to));
  }
  const room = roomOf(from);
  if (room === roomOf(to)) return true;
  const doors = DOORS[from] ?? DOORS[room] ?? [];
  return doors.some((door) => door === ANY || door === roomOf(to) || door === to || matches(door, to));
}

/** Place of a file's folder in core's order; no file of core stands outside of these folders. */
function rankInCore(path: string): number {
  const rank = CORE_ORDER.indexOf(path.split("/")[2] ?? "");
  return rank === -1 ? Number.NaN : rank;
}

function matches(door: string, to: string): boolean {
  return door.includes("*") && new RegExp(`^${door.replace("*", "[^/]+")}`).test(to);
}

function roomOf(path: string): string {
  return path.split("/")[0] ?? path;
}

async function readImports(): Promise<readonly Import[]> {
  const found: Import[] = [];
  for await (const file of new Glob("src/**/*.ts").scan(".")) {
    const text = (await Bun.file(file).text()).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)) {
      const to = specifier.startsWith(".") ? new URL(specifier, `file:///${file}`).pathname.slice(1) : specifier;
      found.push({ from: file, to });
    }
  }
  return found;
}

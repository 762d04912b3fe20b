/** Holds the table of rooms and doors and the two laws against every import: static, dynamic and type-only. */

import { expect, test } from "bun:test";
import { Glob } from "bun";

const ENGINE = "core io terminal database prometheus deployments emulators limiter".split(" ");
const WORKERS = "monitor actions agent chaos load".split(" ");
const APPLICATION = [...ENGINE, ...WORKERS, "subjects", "runtime"];
const SUBJECT = ["core", "io", "prometheus"];
const LAB = [...SUBJECT, "deployments", "load", "emulators"];

/**
 * What each module may import besides itself, as DESIGN.md part 2 has it; `type` lets types through only. The row that
 * counts is the one with the longest path. `*` stands for one name, which is the same on both sides.
 */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  core: [],
  io: ["core"],
  terminal: ["core"],
  database: ["core", "io"],
  prometheus: ["core", "io", "database"],
  deployments: ["core", "io"],
  emulators: ["core", "io"],
  limiter: ["core", "io"],
  "subjects/*": SUBJECT,
  "subjects/*/lab": [...LAB, "subjects/*", "subjects/*/recipes"],
  "subjects/*/recipes": [...LAB, "subjects/*"],
  monitor: ["core", "io", "database", "prometheus"],
  actions: ["core", "io", "database"],
  agent: ["core", "io", "database", "prometheus"],
  chaos: ["core", "io", "database", "deployments"],
  load: ["core", "io", "database", "deployments"],
  "subjects/registry.ts": ["subjects/*/mod.ts"],
  "subjects/labs.ts": ["subjects/*/lab"],
  runtime: [...ENGINE, ...WORKERS, "subjects"],
  render: ["core", "type database", "type runtime/views"],
  trials: APPLICATION,
  integrations: ["core", "io", "database", "render", "runtime"],
  "cli/args": [...APPLICATION, "render", "trials", "integrations"],
  "cli/commands": [...APPLICATION, "render", "trials", "integrations", "cli/args"],
  demo: [...APPLICATION, "render", "trials", "integrations"],
  "main.ts": [...APPLICATION, "render", "trials", "integrations", "cli", "demo"],
};

/** The inner order of core: each folder may import itself and those before it. */
const CORE_ORDER = ["words", "text", "system", "subject", "tickets", "diagnosis", "safety"];

/** Rooms whose code may come from outside, by package; every other package is for everybody. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  "bun:sqlite": ["database", "chaos", "io/files/file-lock.ts"],
  citty: ["cli", "main.ts"],
  ofetch: ["io"],
};

/** A statement up to its specifier, or a dynamic import. */
const IMPORT = /(?:(?:import|export)\b[^;"'()]*?\bfrom\s*|import\s*\(?\s*)["']([^"']+)["']/g;

interface Import {
  readonly from: string;
  readonly to: string;
  /** Whether nothing of it is left when the program runs. */
  readonly isType: boolean;
}

const imports = await readImports();

test("every import goes through a door of DESIGN.md part 2", () => {
  const own = imports.filter(({ to }) => to.startsWith("src/"));

  expect(own.length).toBeGreaterThan(1000);
  expect(own.filter((one) => !isAllowed(one))).toEqual([]);
});

test("every file belongs to a module of the table", async () => {
  const files = await Array.fromAsync(new Glob("**/*.ts").scan("src"));

  expect(files.filter((file) => file !== "assets.d.ts" && moduleOf(file) === undefined)).toEqual([]);
});

test.each([
  [{ from: "src/agent/rules.ts", to: "src/actions/suggest.ts", isType: false }, false],
  [{ from: "src/render/news.ts", to: "src/database/mod.ts", isType: true }, true],
  [{ from: "src/render/news.ts", to: "src/database/mod.ts", isType: false }, false],
  [{ from: "src/render/news.ts", to: "src/runtime/instances.ts", isType: true }, false],
  [{ from: "src/subjects/a/lab/mod.ts", to: "src/subjects/a/model.ts", isType: false }, true],
  [{ from: "src/subjects/a/lab/mod.ts", to: "src/subjects/b/model.ts", isType: false }, false],
  [{ from: "src/subjects/a/mod.ts", to: "src/subjects/a/lab/mod.ts", isType: true }, false],
  [{ from: "src/subjects/registry.ts", to: "src/subjects/a/model.ts", isType: false }, false],
  [{ from: "src/cli/args/help.ts", to: "src/cli/commands/cluster/up.ts", isType: false }, false],
  [{ from: "src/demo/mod.ts", to: "src/cli/args/run.ts", isType: false }, false],
])("the table says of %j: %p", (one, allowed) => {
  expect(isAllowed(one)).toBe(allowed);
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

test("only runtime touches the registries", () => {
  const registries = /^src\/subjects\/(registry|labs)\.ts$/;

  expect(imports.filter(({ from, to }) => registries.test(to) && !from.startsWith("src/runtime/"))).toEqual([]);
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

function isAllowed({ from, to, isType }: Import): boolean {
  const module = moduleOf(from.slice(4));
  const target = moduleOf(to.slice(4));
  if (!module || !target) return false;
  return [module.path, ...module.doors].some((row) => {
    const door = isType ? row.replace(/^type /, "") : row;
    // A subject's lab and recipes are modules of their own: the door to the subject does not lead there.
    return isWithin(to.slice(4), door) && (target.path === door || !isSubject(door));
  });
}

interface Module {
  readonly path: string;
  readonly doors: readonly string[];
}

/** The row of the table that a file belongs to, with the name of its subject filled in. */
function moduleOf(file: string): Module | undefined {
  const rows = Object.keys(TABLE).flatMap((row) => {
    const found = new RegExp(`^${row.replace("*", "([^/]+)")}(?=/|$)`).exec(file);
    const [path, name = "*"] = found ?? [];
    const isRegistry = row === "subjects/*" && path?.endsWith(".ts");
    return path === undefined || isRegistry ? [] : [{ path, doors: doorsOf(row, name) }];
  });
  return rows.toSorted((a, b) => b.path.length - a.path.length)[0];
}

function doorsOf(row: string, name: string): readonly string[] {
  return (TABLE[row] ?? []).map((door) => door.replace("*", name));
}

function isSubject(path: string): boolean {
  return /^subjects\/[^/]+$/.test(path);
}

function isWithin(path: string, door: string): boolean {
  return new RegExp(`^${door.replace("*", "[^/]+")}(?=/|$)`).test(path);
}

/** Place of a file's folder in core's order; no file of core stands outside of these folders. */
function rankInCore(path: string): number {
  const rank = CORE_ORDER.indexOf(path.split("/")[2] ?? "");
  return rank === -1 ? Number.NaN : rank;
}

function roomOf(path: string): string {
  return path.split("/")[0] ?? path;
}

async function readImports(): Promise<readonly Import[]> {
  const found: Import[] = [];
  for await (const file of new Glob("src/**/*.ts").scan(".")) {
    const text = (await Bun.file(file).text()).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    for (const [all, specifier = ""] of text.matchAll(IMPORT)) {
      const to = specifier.startsWith(".") ? new URL(specifier, `file:///${file}`).pathname.slice(1) : specifier;
      found.push({ from: file, to, isType: /^(?:import|export)\s+type\b/.test(all) });
    }
  }
  return found;
}

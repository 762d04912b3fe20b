import { afterAll, beforeEach, expect, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { readIfThere } from "../../src/io/files/file.ts";
import { until } from "../until.ts";

const Package = v.object({ devDependencies: v.object({ bun: v.string() }) });

const CHECKOUT = join(import.meta.dir, "..", "..");
const NODE = Bun.which("node") ?? process.execPath;
const home = mkdtempSync(join(tmpdir(), "operator-dev-"));
const checkout = join(home, "it's a checkout");
const programs = join(home, "programs");
const calls = join(home, "calls");

beforeEach(() => {
  for (const folder of [checkout, programs]) rmSync(folder, { recursive: true, force: true });
  rmSync(calls, { force: true });
  mkdirSync(join(checkout, "node_modules", ".bin"), { recursive: true });
  mkdirSync(join(home, "tmp"), { recursive: true });
  mkdirSync(programs);
  cpSync(join(CHECKOUT, ".dev"), join(checkout, ".dev"), { recursive: true });
  cpSync(join(CHECKOUT, "package.json"), join(checkout, "package.json"));
  for (const tool of ["sh", "env", "chmod"]) symlinkSync(Bun.which(tool) ?? tool, join(programs, tool));
});

afterAll(() => rmSync(home, { recursive: true }));

test.each([
  [
    ["apt-get", "brew", "docker"],
    ["apt-get update -qq", "apt-get install -y -qq redis-server"],
  ],
  [["brew", "docker"], ["brew install redis"]],
  [["docker"], ["docker run --rm --entrypoint cat redis:7-bookworm /usr/local/bin/redis-server"]],
])("ensureRedis() uses the first of %p", async (there, expected) => {
  for (const program of there) await install(program, "echo '#!/bin/sh'");

  const { code, stderr } = await ensureRedis({ uid: 0 });

  expect((await called()).filter((call) => !call.endsWith("--version"))).toEqual(expected);
  expect(stderr).toContain("To install it, this is run:");
  expect(code).toBe(there.includes("brew") ? 1 : 0); // what the fake docker hands out runs
});

test("ensureRedis() without a terminal and without root prints the command, runs nothing and fails", async () => {
  for (const program of ["apt-get", "sudo", "brew", "docker"]) await install(program);

  const { code, stderr } = await ensureRedis({ uid: 1000 });

  expect([code, await called()]).toEqual([1, ["apt-get --version"]]);
  expect(stderr).toContain("sudo apt-get update -qq\n");
});

test.each([
  ["y\n", true],
  ["\n", false],
  ["no\n", false],
  ["\u0003", false], // Ctrl-C
  ["\u0004", false], // Ctrl-D
])("ensureRedis() asks before sudo and takes %j for %p", async (answer, agreed) => {
  for (const program of ["apt-get", "sudo"]) await install(program);
  let shown = "";
  let answered = false;

  const asking = Bun.spawn(ensureRedisCommand({ uid: 1000 }), {
    env: { PATH: programs },
    terminal: {
      data(terminal, bytes) {
        shown += new TextDecoder().decode(bytes);
        if (!answered && shown.includes("Run it? [y/N]")) answered = terminal.write(answer) > 0;
      },
    },
  });
  await asking.exited;

  expect((await called()).some((call) => call.startsWith("sudo"))).toBe(agreed);
  expect(shown.includes("Nothing was changed")).toBe(!agreed);
  expect(shown).not.toContain("AbortError");
});

test("npm run says so if the registry cannot be reached, and leaves no folder behind", async () => {
  await install("npm", "echo 'npm error: no registry' >&2; exit 1");

  const { code, stderr } = await run([NODE, join(checkout, ".dev", "run.mjs"), "demo"]);

  expect([code, stderr]).toEqual([1, expect.stringContaining("no registry\nCannot install the packages")]);
  expect(readdirSync(join(home, "tmp"))).toEqual([]);
});

test("npm run says why packages of the lock are missing where Bun cannot fetch them", async () => {
  const pinned = await pinnedBun();
  await install("bun", `[ "$1" = --version ] && echo ${pinned} || { echo "error: no tarball" >&2; exit 1; }`);

  const { code, stderr } = await run([NODE, join(checkout, ".dev", "run.mjs"), "demo"]);

  expect([code, stderr]).toEqual([
    1,
    "error: no tarball\nCannot install the packages of bun.lock, expected npm and Bun to reach their registry\n",
  ]);
});

test("npm run fetches the pinned Bun where there is only another one", async () => {
  await install("bun", "echo 0.0.1");
  await install("npm", "exit 1");

  await run([NODE, join(checkout, ".dev", "run.mjs"), "demo"]);

  expect((await called()).at(-1)).toMatch(/^npm install .* bun@\d+\.\d+\.\d+$/);
});

test("npm run ends what it runs when npm has gone", async () => {
  const pinned = await pinnedBun();
  const script = `case "$1" in --version) echo ${pinned};; install) ;; *) trap 'echo "told to end" >> "${calls}"; exit' TERM; while :; do sleep 0.05; done;; esac`;
  for (const folder of [programs, join(checkout, "node_modules", ".bin")]) await install("bun", script, folder);
  await install("redis-server");
  const npm = Bun.spawn(["sh", "-c", `'${NODE}' "$0" demo; true`, join(checkout, ".dev", "run.mjs")], {
    stdio: ["ignore", "ignore", "ignore"],
    env: { PATH: `${programs}:${process.env["PATH"]}` },
  });
  await until(async () => (await called()).includes("bun --no-env-file --no-install src/main.ts demo"));

  npm.kill("SIGKILL");

  await until(async () => (await called()).includes("told to end"));
});

test("npm run leaves programs of the working folder alone, whatever PATH says", async () => {
  const hostile = join(home, "hostile");
  mkdirSync(hostile, { recursive: true });
  for (const program of ["bun", "npm", "redis-server"]) {
    await install(program, `echo "hostile ${program}" >> '${calls}'`, hostile);
  }
  const pinned = await pinnedBun();
  for (const folder of [programs, join(checkout, "node_modules", ".bin")]) {
    await install("bun", `[ "$1" != --version ] || echo ${pinned}`, folder);
  }
  await install("redis-server");

  await run([NODE, join(checkout, ".dev", "run.mjs"), "demo"], { cwd: hostile, path: `.::${programs}:./` });

  expect((await called()).some((call) => call.startsWith("hostile"))).toBe(false);
  expect((await called()).at(-1)).toBe("bun --no-env-file --no-install src/main.ts demo");
});

/** A program that writes down how it is called, and then does no more than the script says. */
async function install(program: string, script = "exit 0", folder = programs): Promise<void> {
  const path = join(folder, program);
  await Bun.write(path, `#!/bin/sh\necho "${program} $*" >> '${calls}'\n${script}\n`);
  chmodSync(path, 0o755);
}

async function pinnedBun(): Promise<string> {
  const { devDependencies } = v.parse(Package, await Bun.file(join(CHECKOUT, "package.json")).json());
  return devDependencies.bun;
}

async function called(): Promise<string[]> {
  return (readIfThere(calls) ?? "").split("\n").filter(Boolean);
}

function ensureRedisCommand({ uid }: { readonly uid: number }): string[] {
  const bin = join(checkout, "node_modules", ".bin");
  const script = `process.getuid = () => ${uid};
    process.env.PATH += ":" + ${JSON.stringify(bin)};
    const { ensureRedis } = await import(${JSON.stringify(join(checkout, ".dev", "redis.mjs"))});
    process.exitCode = (await ensureRedis(${JSON.stringify(bin)})) ? 0 : 1;`;
  return [NODE, "--input-type=module", "--eval", script];
}

function ensureRedis(as: { readonly uid: number }): ReturnType<typeof run> {
  return run(ensureRedisCommand(as));
}

async function run(
  command: string[],
  { cwd = home, path = programs }: { readonly cwd?: string; readonly path?: string } = {},
): Promise<{ code: number; stderr: string }> {
  const child = Bun.spawn(command, {
    cwd,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    env: { PATH: path, TMPDIR: join(home, "tmp") },
  });
  return { stderr: await child.stderr.text(), code: await child.exited };
}

/** `npm run demo` and `npm test` on a machine that has only Node and npm: gets what is missing, then runs the script with Bun. */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureRedis } from "./redis.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");
const [script, ...args] = process.argv.slice(2);
const ONLY_ERRORS = ["ignore", "ignore", "inherit"];

// What lies in the working folder is never run, and its settings are never read.
const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
process.env.PATH = [bin, ...path].join(delimiter);
const fromSource = ["--no-env-file", "--no-install", "src/main.ts"];

installPackages();
if (!(await ensureRedis(bin))) process.exit(1);
process.exitCode = await hand(script === "demo" ? [...fromSource, "demo", ...args] : ["run", script, ...args]);

/** Brings `node_modules` to the lock; a Bun of the pinned version is fetched by npm if there is none yet. */
function installPackages() {
  const { bun } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies;
  const installed = versionOf("bun") === bun ? installBy("bun") : installByFetched(bun);
  if (installed && linkBun(root)) return;
  console.error("Cannot install the packages of bun.lock, expected npm and Bun to reach their registry");
  process.exit(1);
}

function installByFetched(version) {
  console.error(`Fetching Bun ${version} and the packages of bun.lock from npm`);
  const folder = mkdtempSync(join(tmpdir(), "operator-setup-"));
  try {
    const options = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--prefix", folder];
    const isFetched = run("npm", ["install", ...options, `bun@${version}`], ONLY_ERRORS) && linkBun(folder);
    return isFetched && installBy(join(folder, "node_modules", ".bin", "bun"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function installBy(bun) {
  return run(bun, ["install", "--frozen-lockfile", "--no-progress"], ONLY_ERRORS);
}

/** npm and Bun may block the script that puts the real program in its place: runs it where that happened. */
function linkBun(folder) {
  const program = join(folder, "node_modules", ".bin", "bun");
  if (versionOf(program)) return true;
  run(process.execPath, [join(folder, "node_modules", "bun", "install.js")], ONLY_ERRORS);
  return versionOf(program) !== undefined;
}

function versionOf(program) {
  const { status, stdout } = spawnSync(program, ["--version"], { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function run(program, words, stdio) {
  return spawnSync(program, words, { cwd: root, stdio }).status === 0;
}

/** Runs Bun in the foreground; signals reach it, and its exit code is ours. */
function hand(words) {
  const child = spawn("bun", words, { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  const npm = process.ppid;
  // An npm that is told to end does so without a word to those it runs.
  const watching = setInterval(() => process.ppid !== npm && child.kill("SIGTERM"), 250);
  return new Promise((resolve) =>
    child.on("exit", (code) => {
      clearInterval(watching);
      resolve(code ?? 1);
    }),
  );
}

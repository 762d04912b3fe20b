/** `npm run demo` and `npm test` on a machine that has only Node and npm: gets what is missing, then runs the script with Bun. */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureRedis } from "./redis.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");
const [script, ...args] = process.argv.slice(2);

process.env.PATH = `${bin}${delimiter}${process.env.PATH}`;
installPackages();
if (!(await ensureRedis(bin))) process.exit(1);
process.exitCode = await hand(script === "demo" ? ["src/main.ts", "demo", ...args] : ["run", script, ...args]);

/** Brings `node_modules` to the lock; a Bun of the pinned version is fetched by npm if there is none yet. */
function installPackages() {
  const install = ["install", "--frozen-lockfile", "--silent"];
  if (run("bun", ["--version"], "ignore") === 0) {
    if (run("bun", install) === 0) return;
    process.exit(1);
  }
  const { bun } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies;
  console.error(`Fetching Bun ${bun} and the packages of bun.lock from npm`);
  const folder = mkdtempSync(join(tmpdir(), "operator-setup-"));
  try {
    const npm = [
      "install",
      "--no-save",
      "--no-package-lock",
      "--no-audit",
      "--no-fund",
      "--prefix",
      folder,
      `bun@${bun}`,
    ];
    const fetched = run("npm", npm, ["ignore", "ignore", "inherit"]) === 0 && linkBun(folder);
    if (!fetched || run(join(folder, "node_modules", ".bin", "bun"), install) !== 0 || !linkBun(root)) {
      console.error("Cannot install the packages, expected npm to reach its registry");
      process.exit(1);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** npm and Bun may block the script that puts the real program in its place: runs it where that happened. */
function linkBun(folder) {
  const program = join(folder, "node_modules", ".bin", "bun");
  if (run(program, ["--version"], "ignore") === 0) return true;
  run(process.execPath, [join(folder, "node_modules", "bun", "install.js")]);
  return run(program, ["--version"], "ignore") === 0;
}

function run(program, words, stdio = "inherit") {
  return spawnSync(program, words, { cwd: root, stdio }).status ?? 1;
}

/** Runs Bun in the foreground; signals reach it, and its exit code is ours. */
function hand(words) {
  const child = spawn("bun", words, { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
}

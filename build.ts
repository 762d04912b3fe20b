/** Compiles the single executable `operator` into `--outdir` (`dist`): for this machine, or with `--all` for every platform that is released. */

import { mkdirSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";

const { all, outdir } = parseArgs({
  options: { all: { type: "boolean", default: false }, outdir: { type: "string", default: "dist" } },
}).values;

const TARGETS = [
  "bun-linux-x64",
  "bun-linux-arm64",
  "bun-linux-x64-musl",
  "bun-linux-arm64-musl",
  "bun-darwin-x64",
  "bun-darwin-arm64",
] as const;

mkdirSync(outdir, { recursive: true });
if (all) {
  for (const target of TARGETS) await compile(`${outdir}/operator-${target.slice("bun-".length)}`, target);
} else {
  await compile(`${outdir}/operator`);
}

// An executable carries its maps within.
for (const map of new Bun.Glob("*.map").scanSync({ cwd: outdir, absolute: true })) rmSync(map);

/** No `.env` and no `bunfig.toml` of the caller's folder is ever loaded: by default a preload named there would run. */
async function compile(outfile: string, target?: (typeof TARGETS)[number]): Promise<void> {
  const built = await Bun.build({
    entrypoints: ["src/main.ts"],
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false, ...(target && { target }) },
    format: "esm",
    bytecode: true,
    splitting: true,
    sourcemap: "linked",
    minify: { whitespace: true, syntax: true, identifiers: false },
    define: { "process.env.NODE_ENV": '"production"' },
  });
  for (const message of built.logs) console.error(message);
  console.log(outfile);
}

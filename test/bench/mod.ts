/** `bun run bench [name …] [--data <folder>]`: measures, prints one table per name and keeps it beside this file, where the README quotes it. */

import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { positionals: asked, values } = parseArgs({ allowPositionals: true, options: { data: { type: "string" } } });

/** Each answers its tables as Markdown; each is loaded only when it is named. */
const BENCHES: ReadonlyMap<string, () => Promise<string>> = new Map([
  ["limiter", () => import("./limiter.ts").then(({ benchLimiter }) => benchLimiter())],
  ["load", () => import("./load.ts").then(({ benchLoad }) => benchLoad())],
  ["script", () => import("./script.ts").then(({ benchScript }) => benchScript())],
  ["checkup", () => import("./checkup.ts").then(({ benchCheckup }) => benchCheckup())],
  ["monitor", () => import("./monitor.ts").then(({ benchMonitor }) => benchMonitor())],
  ["timeline", () => import("./timeline.ts").then(({ benchTimeline }) => benchTimeline())],
  ["exposition", () => import("./exposition.ts").then(({ benchExposition }) => benchExposition())],
  ["logs", () => import("./logs.ts").then(({ benchLogs }) => benchLogs())],
  ["scale", () => import("./scale/mod.ts").then(({ benchScale }) => benchScale())],
  ["rank", () => import("./rank/mod.ts").then(({ benchRank }) => benchRank(values.data))],
]);

const names = asked.length > 0 ? asked : [...BENCHES.keys()];
for (const name of names) {
  const bench = BENCHES.get(name);
  if (!bench) {
    console.error(`Cannot find benchmark "${name}", expected one of ${[...BENCHES.keys()].join(", ")}`);
    process.exit(2);
  }
  const table = await bench();
  console.log(table);
  await Bun.write(join(import.meta.dir, "figures", `${name}.md`), `${heading(name)}\n\n${table}\n`);
}

/** Figures are of one run on one machine: only their ratios travel, and those only where little else ran beside. */
function heading(name: string): string {
  const { arch, platform } = process;
  const cores = navigator.hardwareConcurrency;
  const load = loadavg()[2]?.toFixed(1);
  return `<!-- bun run bench ${name}; ${platform} ${arch}, ${cores} cores, load ${load}, Bun ${Bun.version} -->`;
}

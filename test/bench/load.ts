/** Requests per CPU second of `operator load` against wrk and autocannon, at the same server, in one interleaved run. */

import { median, startServer } from "./processes.ts";

const ROUNDS = 5;
const SECONDS = 3;
const BODY = '{"key":"load-1234"}';

/** Something that sends requests, and how its output tells how many. */
interface Driver {
  readonly name: string;
  readonly command: (port: number) => readonly string[];
  readonly count: RegExp;
}

const DRIVERS: readonly Driver[] = [
  { name: "wrk", command: wrk, count: /(\d+) requests in/ },
  { name: "autocannon", command: autocannon, count: /"requests":\{[^}]*"total":(\d+)/ },
  { name: "operator load", command: (port) => ours(port, "--closed"), count: /"requests":(\d+)/ },
  { name: "operator load --check", command: (port) => ours(port, "--closed", "--check"), count: /"requests":(\d+)/ },
  {
    name: "operator load, open loop at 10k/s",
    command: (port) => ours(port, "--rate", "10k/s"),
    count: /"requests":(\d+)/,
  },
];

const GOALS = [
  { against: "wrk", atLeast: 0.5 },
  { against: "autocannon", atLeast: 1 },
];

/** Measures all drivers, closed loop unless said otherwise, and answers the tables as Markdown. */
export async function benchLoad(): Promise<string> {
  const samples = new Map<string, number[]>(DRIVERS.map(({ name }) => [name, []]));
  await using server = await startServer((port) => [
    process.execPath,
    `${import.meta.dir}/servers/constant.ts`,
    String(port),
  ]);
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const driver of DRIVERS) {
      const perCpuSecond = await measure(driver, server.port);
      samples.get(driver.name)?.push(perCpuSecond);
      console.error(`round ${round} ${driver.name}: ${Math.round(perCpuSecond)} requests per CPU second`);
    }
  }
  const medians = new Map([...samples].map(([name, list]) => [name, median(list)]));
  return [figuresTable(medians), "", goalsTable(medians)].join("\n");
}

/** Requests per CPU second of the driver's process, its start included. */
async function measure({ command, count }: Driver, port: number): Promise<number> {
  const child = Bun.spawn([...command(port)], { stdio: ["ignore", "pipe", "ignore"] });
  const output = await new Response(child.stdout).text();
  await child.exited;
  const cpuMicroseconds = Number(child.resourceUsage()?.cpuTime.total);
  const requests = [...output.matchAll(new RegExp(count, "g"))].at(-1)?.[1];
  return (Number(requests) * 1e6) / cpuMicroseconds;
}

function wrk(port: number): readonly string[] {
  const script = `${import.meta.dir}/servers/check.lua`;
  return ["wrk", "-t1", "-c64", `-d${SECONDS}s`, "-s", script, `http://127.0.0.1:${port}/check`];
}

function autocannon(port: number): readonly string[] {
  const program = new URL("../../node_modules/autocannon/autocannon.js", import.meta.url).pathname;
  const request = ["-m", "POST", "-H", "content-type=application/json", "-b", BODY];
  return ["node", program, "-j", "-c", "64", "-d", String(SECONDS), ...request, `http://127.0.0.1:${port}/check`];
}

function ours(port: number, ...flags: readonly string[]): readonly string[] {
  const program = new URL("../../src/main.ts", import.meta.url).pathname;
  const common = ["--for", `${SECONDS}s`, "--keys", "10k", "--json", "--target", `127.0.0.1:${port}`];
  return [process.execPath, program, "load", ...common, ...flags];
}

function figuresTable(medians: ReadonlyMap<string, number>): string {
  const rows = [...medians].map(([name, figure]) => `| ${name} | ${Math.round(figure)} |`);
  return ["| driver (64 connections) | requests per CPU second |\n|---|---|", ...rows].join("\n");
}

function goalsTable(medians: ReadonlyMap<string, number>): string {
  const rows = GOALS.map(({ against, atLeast }) => {
    const ratio = (medians.get("operator load") ?? Number.NaN) / (medians.get(against) ?? Number.NaN);
    const outcome = ratio >= atLeast ? "met" : "missed";
    return `| operator load / ${against} | ${ratio.toFixed(2)} | ${atLeast} | ${outcome} |`;
  });
  return ["| ratio | measured | goal, at least | |\n|---|---|---|---|", ...rows].join("\n");
}

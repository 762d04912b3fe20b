/** What nodes say of themselves in `/health`, and what a running `operator watch` says, while something is broken. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { readLines } from "../../../src/io/lines.ts";
import { withoutKeys } from "../../without-keys.ts";
import type { Node } from "../limiter-nodes.ts";

const ASK_EVERY_MS = 100;
const MAIN = new URL("../../../src/main.ts", import.meta.url).pathname;

const Health = v.object({ degraded_reason: v.nullable(v.string()) });
const Violated = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ kind: v.literal("verdict"), to: v.literal("violated"), invariant: v.string(), on: v.string() }),
);

/** Listens to nodes and, where it is told the address of their Redis, runs a watch. */
export class Heard implements AsyncDisposable {
  readonly #nodes: readonly Node[];
  readonly #watch: Bun.Subprocess<"ignore", "pipe", "ignore"> | undefined;
  readonly #home = mkdtempSync(join(tmpdir(), "operator-prove-"));
  readonly #stop = new AbortController();
  readonly #listening: Promise<unknown>;
  /** In the order in which they were first said. */
  readonly #reasons = new Set<string>();
  readonly #verdicts = new Set<string>();

  constructor(nodes: readonly Node[], redisUrl?: string) {
    this.#nodes = nodes;
    this.#watch = redisUrl === undefined ? undefined : startWatch(this.#home, nodes, redisUrl);
    this.#listening = Promise.all([this.#askHealth(), this.#watch && this.#readWatch(this.#watch.stdout)]);
  }

  /** Forgets what was said before. */
  begin(): void {
    this.#reasons.clear();
    this.#verdicts.clear();
  }

  /** Reasons for which a node said that it decides without Redis. */
  get health(): readonly string[] {
    return [...this.#reasons];
  }

  /** Invariants that the watch called violated, each with the component at fault. */
  get watch(): readonly string[] {
    return [...this.#verdicts];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#watch?.kill("SIGTERM");
    await this.#watch?.exited;
    await this.#listening;
    rmSync(this.#home, { recursive: true, force: true });
  }

  async #askHealth(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const healths = await Promise.all(this.#nodes.map(({ url }) => healthAt(url)));
      for (const reason of healths.flatMap((one) => one?.degraded_reason ?? [])) this.#reasons.add(reason);
      await Bun.sleep(ASK_EVERY_MS);
    }
  }

  async #readWatch(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const line of readLines(stdout)) {
      const said = v.safeParse(Violated, line);
      if (said.success) this.#verdicts.add(`${said.output.invariant} on ${said.output.on}`);
    }
  }
}

async function healthAt(url: string): Promise<v.InferOutput<typeof Health> | undefined> {
  try {
    return v.parse(Health, await (await fetch(`${url}/health`)).json());
  } catch {
    return undefined; // it does not run
  }
}

function startWatch(home: string, nodes: readonly Node[], redisUrl: string) {
  const addresses = nodes.map(({ url }, at) => `${at + 1}=${new URL(url).host}`).join(",");
  const endpoints = [`--endpoint=nodes=${addresses}`, `--endpoint=redis=${redisUrl}`];
  const flags = ["--subject=ratelimiter", "--name=proof", "--json", "--interval=1s", ...endpoints];
  return Bun.spawn([process.execPath, MAIN, "watch", ...flags], {
    env: { ...withoutKeys(process.env), OPERATOR_HOME: home },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
}

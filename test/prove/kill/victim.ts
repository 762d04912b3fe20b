/** A process of the operator that may be killed at any moment, and what it had said until then. */

import type { Random } from "../../../src/core/system/random.ts";

/** What a process said and how it ended. */
export interface Said {
  /** Whole lines of data; one that was cut off by the kill is none. */
  readonly lines: readonly string[];
  /** Whole lines of talk. */
  readonly talk: readonly string[];
  readonly code: number;
}

/** A running process. */
export class Victim {
  readonly pid: number;
  readonly #child: Bun.ReadableSubprocess;
  readonly #reading: Promise<unknown>;
  readonly #startedMs = performance.now();
  #stdout = "";
  #stderr = "";
  #endedMs: number | undefined;

  constructor(command: readonly string[], options: { readonly cwd: string; readonly env: Record<string, string> }) {
    this.#child = Bun.spawn([...command], { ...options, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    this.pid = this.#child.pid;
    this.#reading = Promise.all([
      collect(this.#child.stdout, (text) => (this.#stdout += text)),
      collect(this.#child.stderr, (text) => (this.#stderr += text)),
    ]);
    void this.#child.exited.then(() => (this.#endedMs = performance.now()));
  }

  /** Whole lines of data so far. */
  get lines(): readonly string[] {
    return wholeLines(this.#stdout);
  }

  /** Whole lines of talk so far. */
  get talk(): readonly string[] {
    return wholeLines(this.#stderr);
  }

  /** Characters that it has written so far. */
  get written(): number {
    return this.#stdout.length + this.#stderr.length;
  }

  get ended(): boolean {
    return this.#endedMs !== undefined;
  }

  /** Milliseconds from its start to its end. */
  get lifeMs(): number {
    return (this.#endedMs ?? performance.now()) - this.#startedMs;
  }

  /** SIGKILL; answers whether it struck, which it does not where the process had ended already. */
  async kill(): Promise<boolean> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    return this.#child.signalCode === "SIGKILL";
  }

  /** Waits for its end and answers everything that it said. */
  async said(): Promise<Said> {
    const code = await this.#child.exited;
    await this.#reading;
    return { lines: this.lines, talk: this.talk, code };
  }
}

/** Milliseconds between two looks at a process or a database. */
const LOOK_EVERY_MS = 1;

/** Waits until something is so; false where it is not within the time. */
export async function waitFor(isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > untilMs) return false;
    await Bun.sleep(LOOK_EVERY_MS);
  }
  return true;
}

/** Waits for a moment within a life of about that length: at any time of it, or just after the next thing that it says. */
export async function someMoment(victim: Victim, random: Random, lifeMs: number): Promise<void> {
  const afterMs = random() * lifeMs;
  if (random() < 0.6) return void (await waitFor(() => victim.ended, afterMs));
  const before = victim.written;
  await waitFor(() => victim.ended || victim.written > before, 2 * lifeMs);
  await Bun.sleep(random() * 4);
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

function wholeLines(text: string): readonly string[] {
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
}

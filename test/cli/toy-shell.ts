/** A home, a configuration file and running endpoints, and commands of the operator run in between as child processes. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readLines } from "../../src/io/lines.ts";
import { Endpoints } from "../toy/endpoints.ts";
import { until } from "../until.ts";
import { withoutKeys } from "../without-keys.ts";

const OPERATOR = [process.execPath, fileURLToPath(new URL("./toy-operator.ts", import.meta.url))];

/** What a command came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs on. */
export interface Going extends AsyncDisposable {
  /** Lines of data so far. */
  readonly lines: readonly string[];
  /** Talk so far. */
  readonly talk: () => string;
  /** Waits for a line of data that has all these words. */
  line(...words: string[]): Promise<string>;
  /** Sends a signal and answers the exit code. */
  end(signal: NodeJS.Signals): Promise<number>;
}

/** A home of its own. */
export class ToyShell implements AsyncDisposable {
  readonly home = mkdtempSync(join(tmpdir(), "operator-toy-"));
  readonly endpoints = new Endpoints(3);
  readonly #going: Bun.Subprocess[] = [];

  /** Writes the configuration file, by default one that says where the endpoints are. */
  async configure(text = this.toml()): Promise<void> {
    await Bun.write(join(this.home, "operator", "config.toml"), text);
  }

  async run(...args: string[]): Promise<Ran> {
    const child = this.#spawn(args);
    const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    return { code, stdout, stderr };
  }

  start(...args: string[]): Going {
    const child = this.#spawn(args);
    const lines: string[] = [];
    const talk: string[] = [];
    const reading = Promise.all([collect(child.stdout, lines), collect(child.stderr, talk)]);
    async function end(signal: NodeJS.Signals): Promise<number> {
      child.kill(signal);
      const code = await child.exited;
      await reading;
      return code;
    }
    return {
      lines,
      talk: () => talk.join("\n"),
      async line(...words) {
        const found = (): string | undefined => lines.find((line) => words.every((word) => line.includes(word)));
        await until(() => found() !== undefined);
        return found() ?? "";
      },
      end,
      [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#going) child.kill("SIGKILL");
    await Promise.all(this.#going.map(({ exited }) => exited));
    await this.endpoints[Symbol.asyncDispose]();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** What says where the endpoints are. */
  toml(): string {
    const { endpoints } = this.endpoints.config;
    const tables = endpoints.map(({ name, address }) => `{ name = "${name}", address = "${address}" }`);
    return `[toy]\nendpoints = [${tables.join(", ")}]\n`;
  }

  #spawn(args: readonly string[]) {
    const child = Bun.spawn([...OPERATOR, ...args], {
      env: { ...withoutKeys(process.env), OPERATOR_HOME: this.home, XDG_CONFIG_HOME: this.home },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#going.push(child);
    return child;
  }
}

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  for await (const line of readLines(stream)) into.push(line);
}

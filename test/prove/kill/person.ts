/** Commands of a person, each killed again and again until one has said that it is done. */

import { existsSync } from "node:fs";
import type { Ground } from "./ground.ts";
import { readRecords } from "./records.ts";

/** A person at one database. */
export class Person {
  readonly #ground: Ground;
  readonly #db: string;

  constructor(ground: Ground, db: string) {
    this.#ground = ground;
    this.#db = db;
  }

  /** As it is typed: `auto --up-to reversible`. */
  ladder(...rung: readonly string[]): Promise<void> {
    const ladder = { rung: rung[0], ...(rung[2] !== undefined && { upTo: rung[2] }) };
    const promise = { says: /^ratelimiter: at /, event: "ladder-set", detail: { ladder } };
    return this.#kill("ladder set", ["ladder", "set", ...rung], promise);
  }

  async halt(): Promise<void> {
    const reason = this.#reason();
    const promise = { says: /Halted: no action starts/, event: "halted", detail: { reason } };
    await this.#kill("halt", ["halt", "--reason", reason], promise);
    if (this.#inForce() !== "file and row") this.#ground.problem(`Halted, and in force is ${this.#inForce()}`);
  }

  async resume(): Promise<void> {
    const reason = this.#reason();
    const promise = { says: /Resumed; every ladder/, event: "resumed", detail: { reason } };
    await this.#kill("resume", ["resume", "--reason", reason], promise);
    if (this.#inForce() !== "nothing") this.#ground.problem(`Resumed, and in force is ${this.#inForce()}`);
  }

  /** The agent may carry it out before the command could say that it is approved. */
  approve(id: number): Promise<void> {
    const promise = { says: /Approved for/, event: "action-approved", detail: { run: id } };
    return this.#kill("actions approve", ["actions", "approve", String(id), "--yes"], {
      ...promise,
      mayRefuse: /Action \d+ is (already approved|over|\w+, and)/,
    });
  }

  #kill(
    name: string,
    args: readonly string[],
    promise: Omit<Parameters<Ground["killUntilDone"]>[2], "path">,
  ): Promise<void> {
    return this.#ground.killUntilDone(name, [...args, "--db", this.#db], { path: this.#db, ...promise });
  }

  /** Where a halt is in force. */
  #inForce(): string {
    const file = existsSync(`${this.#db}.halted`) ? ["file"] : [];
    const row = readRecords(this.#db, (records) => records.count("SELECT 1 FROM halt")) > 0 ? ["row"] : [];
    return [...file, ...row].join(" and ") || "nothing";
  }

  /** Tells one row from all others. */
  #reason(): string {
    return `kill-${Math.floor(this.#ground.random() * 1e9)}`;
  }
}

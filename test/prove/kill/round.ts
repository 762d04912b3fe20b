/** One round: a database of its own, from the first process that makes it to the last look at what is in it. */

import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { injectionsIn, newsIn } from "./acknowledged.ts";
import { objectionsToAudit, objectionsToHeads, objectionTo } from "./effects.ts";
import { type Ground, textOf } from "./ground.ts";
import type { Lab } from "./lab.ts";
import { auditRows, openRecords, type Records, readRecords } from "./records.ts";
import { count } from "./tally.ts";
import { someMoment, type Victim, waitFor } from "./victim.ts";

/** How a round goes. */
export interface RoundOptions {
  readonly ground: Ground;
  readonly lab: Lab;
  readonly number: number;
  /** Whether leases of the dead run out by themselves, in 15 s; otherwise the round ends them. */
  readonly patient: boolean;
}

const FAULTS = ["node-kill", "node-hang", "partition"];
const Id = v.object({ id: v.number() });
/** Milliseconds until anybody may heal what was to last 1 s. */
const CHAOS_LEASE_MS = 31_000;

/** Kills over one database. */
export class Round {
  readonly #options: RoundOptions;
  readonly #ground: Ground;
  readonly #lab: Lab;
  readonly #db: string;
  readonly #journal: string;
  /** Intents that have had their effect. */
  readonly #had = new Set<number>();

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#ground = options.ground;
    this.#lab = options.lab;
    this.#db = join(options.ground.home, `round-${options.number}.db`);
    this.#journal = join(options.ground.home, "chaos.db");
    this.#judgeEffects();
  }

  /** A process that makes the database is killed on the way. */
  async killBirth(): Promise<void> {
    const agent = this.startAgent();
    await someMoment(agent, this.#ground.random, 300);
    await this.#killLoop(agent, "agent");
  }

  /** Starts an agent, and waits until it has seen that everything is well. */
  async agent(): Promise<Victim> {
    const agent = this.startAgent();
    await this.#healthy();
    return agent;
  }

  /** Starts an agent, whoever else is there. */
  startAgent(): Victim {
    if (!this.#options.patient) this.#endLeases();
    return this.#start("agent");
  }

  ladder(...rung: readonly string[]): Promise<void> {
    const ladder = { rung: rung[0], ...(rung[2] !== undefined && { upTo: rung[2] }) };
    return this.#ground.killUntilDone("ladder set", ["ladder", "set", ...rung, "--db", this.#db], {
      path: this.#db,
      says: /^ratelimiter: at /,
      event: "ladder-set",
      detail: { ladder },
    });
  }

  async halt(): Promise<void> {
    await this.#switch("halt", { says: /Halted: no action starts/, event: "halted" });
    if (this.#halts() !== "file and row") this.#ground.problem(`Halted, and in force is ${this.#halts()}`);
  }

  async resume(): Promise<void> {
    await this.#switch("resume", { says: /Resumed; every ladder/, event: "resumed" });
    if (this.#halts() !== "nothing") this.#ground.problem(`Resumed, and in force is ${this.#halts()}`);
  }

  /** A node crashes or hangs, the agent brings it back at `auto`, and is killed between the intent and the end of the verification. */
  async killAction(agent: Victim, node: string): Promise<void> {
    const before = this.#intents();
    this.#break(node);
    await this.#killInAction(agent, before);
  }

  /** As {@linkcode killAction}, after a person has approved. */
  async killApproved(agent: Victim, node: string): Promise<void> {
    const before = this.#intents();
    const pending = (): readonly { readonly id: number }[] =>
      this.#read((records) => records.rows(Id, "SELECT id FROM proposals WHERE state = 'pending'"));
    this.#break(node);
    await this.#ground.until("an action is proposed", () => pending().length > 0);
    const id = pending()[0]?.id ?? 0;
    await this.#ground.killUntilDone("actions approve", ["actions", "approve", String(id), "--db", this.#db], {
      path: this.#db,
      says: /Approved for/,
      event: "action-approved",
      detail: { proposal: id },
      mayRefuse: /expected pending/,
    });
    await this.#killInAction(agent, before);
  }

  /** The next agent reports what the dead one has left half done, and does not do it again. */
  async takeUp(agent = this.startAgent()): Promise<Victim> {
    await this.#ground.until("what was half done is taken up", () => this.#read(objectionsToAudit).length === 0);
    await this.#lab.mend();
    await this.#healthy();
    return agent;
  }

  /** Killed anywhere. */
  async killAgent(agent: Victim): Promise<void> {
    await someMoment(agent, this.#ground.random, 1000);
    await this.#killLoop(agent, "agent");
  }

  /** A halt at any moment from the crash of a node to its end: from then on no intent is recorded. */
  async haltInAction(node: string): Promise<void> {
    this.#lab.signal(node, "SIGKILL");
    this.#lab.witness.delayMs = this.#ground.random() * 500;
    await Bun.sleep(this.#ground.random() * 3000);
    await this.halt();
    await Bun.sleep(1500); // longer than from one look of the executor to the next
    await this.resume();
    await this.#ground.until("what was halted is taken up", () => this.#read(objectionsToAudit).length === 0);
    await this.#lab.mend();
  }

  /** The supervisor is killed while it has an action to carry out, soon after it the agent, and all of it comes up again. */
  async killSupervisorInAction(agent: Victim, node: string): Promise<void> {
    const before = this.#intents();
    this.#lab.signal(node, "SIGKILL");
    await this.#sometimeInAction(agent, before);
    await this.#lab.killSupervisor();
    await someMoment(agent, this.#ground.random, 1000);
    await this.#killLoop(agent, "agent");
    await this.#lab.bringUp();
    this.#judgeEffects();
  }

  /** Killed while it tells of a crash. */
  async killWatch(node: string): Promise<void> {
    if (!this.#options.patient) this.#endLeases();
    const watch = this.#start("watch");
    await this.#healthy();
    this.#lab.signal(node, "SIGKILL");
    await someMoment(watch, this.#ground.random, 1500);
    await this.#killLoop(watch, "watch");
    await this.#lab.mend();
  }

  /** Killed while another holds the lease. */
  async killOnlooker(): Promise<void> {
    const watch = this.#start("watch");
    await someMoment(watch, this.#ground.random, 500);
    await this.#killLoop(watch, "watch");
  }

  /** Something is broken while no agent lives, and the one who broke it is killed; a later command heals it. */
  async killChaos({ byLease = false } = {}): Promise<void> {
    const { random, tally } = this.#ground;
    const { witness } = this.#lab;
    witness.delayMs = random() * 20;
    witness.onCall = ({ verb, on }) => {
      count(tally.counts, "breaking and healing seen on the wire");
      if (this.#openInjections() === 0) this.#ground.problem(`"${verb} ${on}" was sent without a row in the journal`);
    };
    const fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? "";
    const chaos = this.#ground.start("chaos", fault, "--target", "node/1", "--for", "1s", "--json");
    await someMoment(chaos, random, 2000);
    await this.#ground.kill(chaos, "chaos");
    this.#ground.compare("chaos", this.#journal, injectionsIn(await chaos.said()));
    await witness.idle();
    if (byLease) await Bun.sleep(CHAOS_LEASE_MS);
    await this.#ground.must(["chaos", ...(byLease ? ["status"] : ["heal", "--all"])]);
    if (this.#openInjections() > 0) this.#ground.problem(`${fault} was not healed`);
    await this.#ground.until(`all runs after ${fault}`, () => this.#lab.allRun());
    count(tally.counts, byLease ? "faults healed after their lease" : "faults healed at once");
    this.#judgeEffects();
  }

  /** Looks at all that is on record; nothing is half done any more. */
  async finish(): Promise<void> {
    this.#ground.compareAgain(this.#db);
    this.#ground.compareAgain(this.#journal);
    for (const path of [this.#db, this.#journal]) {
      count(this.#ground.tally.counts, "databases checked");
      for (const damage of readRecords(path, (records) => records.damage())) this.#ground.problem(`${path}: ${damage}`);
    }
    const heads = textOf(`${this.#db}.audit-heads`);
    const objections = this.#read((records) => [...objectionsToAudit(records), ...objectionsToHeads(heads, records)]);
    for (const objection of objections) this.#ground.problem(objection);
    const events = this.#read((records) => auditRows(records).map(({ event }) => event));
    const { counts } = this.#ground.tally;
    count(counts, "audit rows checked", events.length);
    count(counts, "intents on record", events.filter((event) => event === "action-intended").length);
    count(counts, "actions reported as interrupted", events.filter((event) => event === "action-interrupted").length);
    await this.#ground.must(["audit", "verify", "--db", this.#db]);
  }

  async #killInAction(agent: Victim, before: number): Promise<void> {
    await this.#sometimeInAction(agent, before);
    await this.#killLoop(agent, "agent in the middle of an action");
    await this.#lab.witness.idle();
  }

  /** Waits for any moment from the intent to a while after the effect. */
  async #sometimeInAction(agent: Victim, before: number): Promise<void> {
    const { random } = this.#ground;
    const delayMs = 50 + random() * 700;
    this.#lab.witness.delayMs = delayMs;
    await this.#ground.until("an action is carried out", () => this.#intents() > before);
    await waitFor(() => agent.ended, random() * (delayMs + 200));
  }

  /** A hang takes longer to be seen. */
  #break(node: string): void {
    const hang = this.#options.patient && this.#ground.random() < 0.3;
    this.#lab.signal(node, hang ? "SIGSTOP" : "SIGKILL");
  }

  async #killLoop(victim: Victim, name: string): Promise<void> {
    await this.#ground.kill(victim, name);
    this.#ground.compare(name, this.#db, newsIn(await victim.said()));
  }

  #start(command: "agent" | "watch"): Victim {
    const flags = ["--subject", "ratelimiter", "--interval", "200ms", "--grace", "node-reachable=0s", "--json"];
    return this.#ground.start(command, "--db", this.#db, ...flags);
  }

  #switch(name: "halt" | "resume", promise: { readonly says: RegExp; readonly event: string }): Promise<void> {
    const reason = `kill-${Math.floor(this.#ground.random() * 1e9)}`;
    return this.#ground.killUntilDone(name, [name, "--reason", reason, "--db", this.#db], {
      path: this.#db,
      detail: { reason },
      ...promise,
    });
  }

  /** A checkup from now on finds nothing wrong. */
  async #healthy(): Promise<void> {
    const sinceMs = Date.now();
    const sql = "SELECT 1 FROM checkups WHERE at_ms > ? AND violated = 0 AND unknown = 0";
    await this.#ground.until("all is well", () => this.#read((records) => records.count(sql, sinceMs)) > 0);
  }

  /** From now on every operation that the supervisor is sent is an effect of an action. */
  #judgeEffects(): void {
    this.#lab.witness.onCall = (call) => {
      count(this.#ground.tally.counts, "effects seen on the wire");
      const objection = this.#read((records) => objectionTo(call, records, this.#had));
      if (objection !== undefined) this.#ground.problem(objection);
    };
  }

  /** Where a halt is in force. */
  #halts(): string {
    const file = existsSync(`${this.#db}.halted`) ? ["file"] : [];
    const row = this.#read((records) => records.count("SELECT 1 FROM halt")) > 0 ? ["row"] : [];
    return [...file, ...row].join(" and ") || "nothing";
  }

  #intents(): number {
    return this.#read((records) => auditRows(records).filter(({ event }) => event === "action-intended").length);
  }

  #openInjections(): number {
    const sql = "SELECT 1 FROM injections WHERE state <> 'healed'";
    return readRecords(this.#journal, (records) => records.count(sql));
  }

  #read<T>(read: (records: Records) => T): T {
    return readRecords(this.#db, read);
  }

  /** As 15 s would; nobody who is alive holds one. */
  #endLeases(): void {
    using records = openRecords(this.#db);
    if (records.count("SELECT 1 FROM leases") === 0) return;
    using sqlite = new Database(this.#db);
    sqlite.run("PRAGMA busy_timeout = 5000");
    sqlite.run("UPDATE leases SET expires_at_ms = 0");
  }
}

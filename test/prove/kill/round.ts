/** One round: a database of its own, from the first process that makes it to the last look at what is in it. */

import { Database } from "bun:sqlite";
import { join } from "node:path";
import * as v from "valibot";
import { newsIn } from "./acknowledged.ts";
import { killChaos } from "./chaos.ts";
import { objectionsToAudit, objectionsToHeads, objectionTo } from "./effects.ts";
import { type Ground, textOf } from "./ground.ts";
import type { Lab } from "./lab.ts";
import { Person } from "./person.ts";
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

const Id = v.object({ id: v.number() });

/** Kills over one database. */
export class Round {
  /** Who gives commands in this round. */
  readonly person: Person;
  readonly #options: RoundOptions;
  readonly #ground: Ground;
  readonly #lab: Lab;
  readonly #db: string;
  /** Intents that have had their effect. */
  readonly #had = new Set<number>();

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#ground = options.ground;
    this.#lab = options.lab;
    this.#db = join(options.ground.home, `round-${options.number}.db`);
    this.person = new Person(this.#ground, this.#db);
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

  /** A node crashes or hangs, the agent brings it back at `auto`, and is killed between the intent and the end of the verification. */
  async killAction(agent: Victim, node: string): Promise<void> {
    const before = this.#intents();
    await this.#break(node);
    await this.#killInAction(agent, before);
  }

  /** As {@linkcode killAction}, after a person has approved. */
  async killApproved(agent: Victim, node: string): Promise<void> {
    const before = this.#intents();
    const pending = (): readonly { readonly id: number }[] =>
      this.#read((records) => records.rows(Id, "SELECT id FROM action_runs WHERE state = 'pending'"));
    await this.#break(node);
    await this.#ground.until("an action is proposed", () => pending().length > 0);
    const id = pending()[0]?.id ?? 0;
    await this.person.approve(id);
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
    await this.#break(node, "SIGKILL");
    this.#lab.witness.delayMs = this.#ground.random() * 500;
    await Bun.sleep(this.#ground.random() * 3000);
    await this.person.halt();
    await Bun.sleep(1500); // longer than from one look of the executor to the next
    await this.person.resume();
    await this.#ground.until("what was halted is taken up", () => this.#read(objectionsToAudit).length === 0);
    await this.#lab.mend();
  }

  /** The supervisor is killed while it has an action to carry out, soon after it the agent, and all of it comes up again. */
  async killSupervisorInAction(agent: Victim, node: string): Promise<void> {
    const before = this.#intents();
    await this.#break(node, "SIGKILL");
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

  /** Something is broken and healed while no agent lives. */
  async killChaos(options: { readonly byLease?: boolean } = {}): Promise<void> {
    await killChaos(this.#options, options);
    this.#judgeEffects();
  }

  /** Looks at all that is on record; nothing is half done any more. */
  async finish(): Promise<void> {
    this.#ground.compareAgain(this.#db);
    this.#ground.compareAgain(this.#ground.journal);
    for (const path of [this.#db, this.#ground.journal]) {
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

  /** Breaks a node once nothing else is open, for what is escalated already is left to a person. A hang takes longer to be seen. */
  async #break(node: string, signal = this.#someSignal()): Promise<void> {
    const sql = "SELECT 1 FROM incidents WHERE state <> 'resolved'";
    await this.#ground.until("every incident is resolved", () => this.#read((records) => records.count(sql)) === 0);
    this.#lab.signal(node, signal);
  }

  #someSignal(): "SIGSTOP" | "SIGKILL" {
    return this.#options.patient && this.#ground.random() < 0.3 ? "SIGSTOP" : "SIGKILL";
  }

  async #killLoop(victim: Victim, name: string): Promise<void> {
    await this.#ground.kill(victim, name);
    this.#ground.compare(name, this.#db, newsIn(await victim.said()));
  }

  #start(command: "agent" | "watch"): Victim {
    const flags = ["--subject", "ratelimiter", "--interval", "200ms", "--grace", "node-reachable=0s", "--json"];
    return this.#ground.start(command, "--db", this.#db, ...flags);
  }

  /** A checkup from now on finds nothing wrong; without traffic nothing is known of latencies. */
  async #healthy(): Promise<void> {
    const sinceMs = Date.now();
    const looked = "SELECT 1 FROM checkups WHERE at_ms > ? AND violated = 0";
    const wrong = "SELECT 1 FROM entity_states WHERE verdict <> 'holds' AND invariant <> 'latency-p99'";
    await this.#ground.until("all is well", () =>
      this.#read((records) => records.count(looked, sinceMs) > 0 && records.count(wrong) === 0),
    );
  }

  /** From now on every operation that the supervisor is sent is an effect of an action. */
  #judgeEffects(): void {
    this.#lab.witness.onCall = (call) => {
      count(this.#ground.tally.counts, "effects seen on the wire");
      const objection = this.#read((records) => objectionTo(call, records, this.#had));
      if (objection !== undefined) this.#ground.problem(objection);
    };
  }

  #intents(): number {
    return this.#read((records) => auditRows(records).filter(({ event }) => event === "action-intended").length);
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

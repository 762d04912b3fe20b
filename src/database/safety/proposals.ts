/** Proposed actions and the approvals that let them run. */

import type { SQLQueryBindings, Database as Sqlite } from "bun:sqlite";
import * as v from "valibot";
import { Hypothesis } from "../../core/diagnosis/hypothesis.ts";
import {
  type Approval,
  isGood,
  mayAdvance,
  type Proposal,
  type ProposalState,
  type ProposedAction,
  UNREADABLE,
} from "../../core/safety/proposal.ts";
import { InvalidInputError } from "../../core/text/errors.ts";
import type { Actor } from "../../core/words/actor.ts";
import { RISKS } from "../../core/words/risk.ts";
import { cleanText, jsonColumn } from "../sqlite/json.ts";
import { transact, transactDurably } from "../sqlite/transaction.ts";
import { orTold } from "../sqlite/unreadable.ts";
import { whereOf } from "../sqlite/where.ts";
import type { Change } from "../tickets/tickets.ts";

/** What a new proposal holds. */
export interface NewProposal extends ProposedAction, Change {
  readonly instance: number;
  readonly incident: number;
}

/** What a new approval holds. */
export interface NewApproval {
  readonly digest: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

/** Which proposals are wanted; oldest first. */
export interface ProposalFilter {
  readonly instance?: number;
  readonly incident?: number;
  readonly state?: ProposalState;
}

/** Reads and advances proposals. */
export interface ProposalStore {
  get(id: number): Proposal | undefined;
  /** One that cannot be read is listed as such, and can be cancelled but not run. */
  list(filter?: ProposalFilter): readonly Proposal[];
  add(proposal: NewProposal): Proposal;
  /** @throws {InvalidInputError} If there is no such proposal or it may not go there from where it is. */
  advance(id: number, to: ProposalState, reason: string): Proposal;
  /** Durable, like {@linkcode ProposalStore.spendApproval}. */
  approve(id: number, approval: NewApproval): Approval;
  /** The approvals of a proposal, oldest first. */
  approvals(id: number): readonly Approval[];
  /** Ends an approval for good. */
  void(approval: number): void;
  /** Uses an unspent approval of that digest up, and answers it; `undefined` where there is none in time. */
  spendApproval(id: number, digest: string, nowMs: number): Approval | undefined;
}

/** What is read of a proposed action; of its cause all, for that is evaluated again. */
const Proposed = v.looseObject({
  action: v.string(),
  risk: v.picklist(RISKS),
  preview: v.looseObject({
    sends: v.string(),
    expectedEffect: v.string(),
    entities: v.array(v.string()),
    stops: v.array(v.string()),
  }),
  cause: Hypothesis,
  digest: v.pipe(v.string(), v.nonEmpty()),
});

const proposedColumn = jsonColumn((value): value is ProposedAction => v.is(Proposed, value));

interface ProposalRow {
  readonly id: number;
  readonly instance: number;
  readonly incident: number;
  readonly state: ProposalState;
  readonly proposed: string;
  readonly proposed_at_ms: number;
  readonly proposed_by: Actor;
  readonly reason: string;
}

interface ApprovalRow {
  readonly id: number;
  readonly proposal: number;
  readonly digest: string;
  readonly actor: Actor;
  readonly at_ms: number;
  readonly expires_at_ms: number;
  readonly used_at_ms: number | null;
}

/** The store of one connection. */
export function proposalStore(sqlite: Sqlite): ProposalStore {
  return {
    get: (id) => get(sqlite, id),
    list: ({ instance, incident, state } = {}) => {
      const { clause, values } = whereOf({ "instance = ?": instance, "incident = ?": incident, "state = ?": state });
      return sqlite
        .query<ProposalRow, SQLQueryBindings[]>(`SELECT * FROM proposals ${clause} ORDER BY id`)
        .all(...values)
        .map(proposalOf);
    },
    add: (proposal) => transact(sqlite, () => add(sqlite, proposal)),
    advance: (id, to, reason) => transact(sqlite, () => advance(sqlite, { id, to }, reason)),
    approve: (id, approval) => transactDurably(sqlite, () => approve(sqlite, id, approval)),
    approvals: (id) => approvalsOf(sqlite, id),
    void: (approval) =>
      transactDurably(sqlite, () => {
        sqlite.query("UPDATE approvals SET expires_at_ms = at_ms WHERE id = ?").run(approval);
      }),
    spendApproval: (id, digest, nowMs) => transactDurably(sqlite, () => spend(sqlite, { id, digest }, nowMs)),
  };
}

function get(sqlite: Sqlite, id: number): Proposal | undefined {
  const row = sqlite.query<ProposalRow, [number]>("SELECT * FROM proposals WHERE id = ?").get(id);
  return row ? proposalOf(row) : undefined;
}

function existing(sqlite: Sqlite, id: number): Proposal {
  const proposal = get(sqlite, id);
  if (proposal) return proposal;
  throw new InvalidInputError(`Cannot find action ${id}: there is none, expected an id from "operator actions list"`);
}

function add(sqlite: Sqlite, { instance, incident, atMs, actor, reason, ...proposed }: NewProposal): Proposal {
  const { action, input, risk, preview, cause, digest } = proposed;
  const { lastInsertRowid } = sqlite
    .query(
      `INSERT INTO proposals (instance, incident, state, proposed, proposed_at_ms, proposed_by, reason)
       VALUES (?, ?, 'pending', ?, ?, ?, ?)`,
    )
    .run(
      instance,
      incident,
      proposedColumn.write({ action, input, risk, preview, cause, digest }),
      Math.round(atMs),
      actor,
      cleanText(reason),
    );
  return existing(sqlite, Number(lastInsertRowid));
}

function advance(sqlite: Sqlite, { id, to }: Pick<Proposal, "id"> & { to: ProposalState }, reason: string): Proposal {
  const { state } = existing(sqlite, id);
  if (!mayAdvance(state, to)) {
    throw new InvalidInputError(`Cannot make action ${id} ${to}: it is ${state}, expected a state before that`);
  }
  sqlite.query("UPDATE proposals SET state = ?, reason = ? WHERE id = ?").run(to, cleanText(reason), id);
  return existing(sqlite, id);
}

function approve(sqlite: Sqlite, id: number, { digest, actor, atMs, expiresAtMs }: NewApproval): Approval {
  existing(sqlite, id);
  const { lastInsertRowid } = sqlite
    .query("INSERT INTO approvals (proposal, digest, actor, at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?)")
    .run(id, digest, actor, Math.round(atMs), Math.round(expiresAtMs));
  return { id: Number(lastInsertRowid), proposal: id, digest, actor, atMs, expiresAtMs };
}

function approvalsOf(sqlite: Sqlite, proposal: number): readonly Approval[] {
  return sqlite
    .query<ApprovalRow, [number]>("SELECT * FROM approvals WHERE proposal = ? ORDER BY id")
    .all(proposal)
    .map(approvalOf);
}

function spend(sqlite: Sqlite, { id, digest }: Pick<Proposal, "id" | "digest">, nowMs: number): Approval | undefined {
  const good = approvalsOf(sqlite, id).find((approval) => isGood(approval, digest, nowMs));
  if (!good) return undefined;
  sqlite.query("UPDATE approvals SET used_at_ms = ? WHERE id = ?").run(Math.round(nowMs), good.id);
  return { ...good, usedAtMs: nowMs };
}

function proposalOf({ id, instance, incident, state, reason, ...row }: ProposalRow): Proposal {
  return {
    ...orTold(proposedColumn.read(row.proposed), { table: "proposals", id }, UNREADABLE),
    id,
    instance,
    incident,
    state,
    reason,
    proposedAtMs: row.proposed_at_ms,
    proposedBy: row.proposed_by,
  };
}

function approvalOf({ id, proposal, digest, actor, ...row }: ApprovalRow): Approval {
  return {
    id,
    proposal,
    digest,
    actor,
    atMs: row.at_ms,
    expiresAtMs: row.expires_at_ms,
    ...(row.used_at_ms !== null && { usedAtMs: row.used_at_ms }),
  };
}

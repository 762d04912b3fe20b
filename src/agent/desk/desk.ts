/**
 * The desk of an engine: what it may ask and what it may write while it investigates. Queries only read; what they find
 * is added to the evidence on which claims are weighed. There is nothing here that acts on a system.
 */

import type { Claim, Evidence } from "../../core/diagnosis/claims/mod.ts";
import type { Conclusion } from "../../core/diagnosis/diagnosis.ts";
import type { CheckedClaim, Proposition } from "../../core/diagnosis/hypothesis.ts";
import type { Step } from "../../core/diagnosis/investigation.ts";
import { InvalidInputError, messageOf } from "../../core/text/errors.ts";
import { redactJson, redactText } from "../../core/text/redaction.ts";
import { type Budget, BudgetSpentError } from "../budgets.ts";
import type { Case } from "../case/case.ts";
import { evidenceOf } from "../case/evidence.ts";
import { concludeFrom, type Draft } from "./conclude.ts";
import { plainFound } from "./found.ts";
import { grown } from "./grow.ts";
import { openNotebook, type Weighed } from "./notebook.ts";
import { QUERIES } from "./queries/mod.ts";
import type { Answer, Finding, Query } from "./query.ts";
import { type DeskSources, NotAvailableError } from "./sources.ts";

/** What an engine works at, live and on a case file alike. */
export interface Desk {
  /** What can be asked, with the form of each input. */
  readonly queries: readonly Query[];
  readonly budget: Budget;
  /** All that claims are weighed on: the case, and what was found since. */
  evidence(): Evidence;
  findings(): readonly Finding[];
  /**
   * Asks a query by its name and charges one tool call; what is not available here charges nothing.
   * @throws {BudgetSpentError} If the budget is spent.
   * @throws {NotAvailableError} If this desk has no such thing.
   * @throws {InvalidInputError} If there is no such query, or its input does not have the form it must have.
   */
  ask(query: string, input: unknown, signal: AbortSignal): Promise<Finding>;
  /** Writes down possible causes with their claims, and weighs them. */
  weigh(propositions: readonly Proposition[]): readonly Weighed[];
  /** Adds a claim for or against a hypothesis, and answers what came of it. */
  claim(hypothesis: string, claim: Claim): CheckedClaim;
  /** Says why a hypothesis is ruled out. */
  reject(hypothesis: string, because: string): void;
  /** All that were written down, weighed on all that was found. */
  hypotheses(): readonly Weighed[];
  /** Makes a conclusion of everything that was written down, weighed again on all that was found. */
  conclude(draft: Draft): Conclusion;
  /** Puts a step on record that the desk does not see: the turn of a model. */
  record(step: Step): void;
}

/** What a desk is opened with. */
export interface DeskOptions {
  readonly case: Case;
  readonly sources: DeskSources;
  readonly budget: Budget;
  /** Where steps go. */
  readonly record: (step: Step) => void;
  /** Answers what is asked as it was answered before. @default the sources are read */
  readonly replay?: (query: string, input: unknown) => Promise<Answer>;
}

/** A desk with the case on it. */
export function openDesk({ case: given, sources, budget, record, replay }: DeskOptions): Desk {
  const findings: Finding[] = [];
  let evidence = evidenceOf(given);
  const isFound = (id: string): boolean => findings.some((finding) => finding.id === id);
  const notebook = openNotebook({ evidence: () => evidence, isFound, record });
  function keep(query: string, input: unknown, answer: Answer): Finding {
    const id = `e${findings.length + 1}`;
    const finding = { id, query, input, summary: redactText(answer.summary), value: redactJson(answer.value) };
    const found = plainFound(answer);
    findings.push(finding);
    evidence = grown(evidence, found);
    record({ kind: "asked", summary: `${id} ${query}: ${finding.summary}`, detail: { ...finding, found } });
    return finding;
  }
  function refuse(name: string, input: unknown, error: unknown): void {
    const reason = redactText(messageOf(error));
    const isCharged = !(error instanceof NotAvailableError);
    if (isCharged) budget.charge({ toolCalls: 1 });
    record({ kind: "refused", summary: `${name}: ${reason}`, detail: { query: name, input, reason, isCharged } });
  }
  return {
    queries: QUERIES,
    budget,
    evidence: () => evidence,
    findings: () => findings,
    async ask(name, input, signal) {
      budget.check();
      const context = { case: given, sources, evidence, findings, signal };
      try {
        const answer = await (replay ? replay(name, input) : queryOf(name).ask(input, context));
        budget.charge({ toolCalls: 1 });
        return keep(name, input, answer);
      } catch (error) {
        if (error instanceof BudgetSpentError) throw error;
        refuse(name, input, error);
        throw error;
      }
    },
    weigh: (propositions) => notebook.weigh(propositions),
    claim: (hypothesis, claim) => notebook.claim(hypothesis, claim),
    reject: (hypothesis, because) => notebook.reject(hypothesis, because),
    hypotheses: () => notebook.hypotheses(),
    conclude(draft) {
      const conclusion = concludeFrom(draft, { case: given, evidence, hypotheses: notebook.hypotheses() });
      const { cause } = conclusion;
      const summary = cause ? `${cause.mechanism} of ${cause.component}, ${cause.verdict}` : "No cause was found";
      const detail = { engine: draft.engine, cause: draft.cause ?? null, confidence: conclusion.confidence };
      record({ kind: "concluded", summary, detail });
      return conclusion;
    },
    record,
  };
}

function queryOf(name: string): Query {
  const query = QUERIES.find((one) => one.name === name);
  if (query) return query;
  const known = QUERIES.map((one) => one.name).join(", ");
  throw new InvalidInputError(`Cannot find query "${name}", expected one of ${known}`);
}

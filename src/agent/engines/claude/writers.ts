/** What a model may write down: hypotheses, claims, rejections and the conclusion. Code weighs all of it. */

import * as v from "valibot";
import { Claim, wordsOf } from "../../../core/diagnosis/claims/mod.ts";
import type { Conclusion } from "../../../core/diagnosis/diagnosis.ts";
import { InvalidInputError } from "../../../core/text/errors.ts";
import { parse } from "../../../core/text/parse.ts";
import { redactText } from "../../../core/text/redaction.ts";
import { IdText } from "../../../core/words/ids.ts";
import { MECHANISMS } from "../../../core/words/mechanism.ts";
import type { Desk } from "../../desk/desk.ts";
import type { Weighed } from "../../desk/notebook.ts";
import { shownHypothesis } from "./brief.ts";
import { fencedValue } from "./fence.ts";

/** A tool that writes. */
export interface Writer {
  readonly name: string;
  readonly description: string;
  readonly input: v.GenericSchema;
  /** @throws {InvalidInputError} If the input does not have the form it must have. */
  readonly write: (input: unknown, desk: Desk) => Written;
}

/** What the model is told, and the conclusion where there is one. */
export interface Written {
  readonly text: string;
  readonly concluded?: Conclusion;
}

/** Hypotheses of one investigation at most, those of the rules not counted. */
const MOST_HYPOTHESES = 40;

const Words = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(600), v.transform(redactText));

const Propose = v.object({
  hypotheses: v.pipe(
    v.array(
      v.object({
        component: IdText,
        mechanism: v.picklist(MECHANISMS),
        summary: Words,
        claims: v.pipe(v.array(Claim), v.maxLength(12)),
      }),
    ),
    v.minLength(1),
    v.maxLength(8),
  ),
});

const AddClaim = v.object({ hypothesis: v.string(), claim: Claim });

const Reject = v.object({ hypothesis: v.string(), because: Words });

const Conclude = v.object({
  cause: v.optional(
    v.nullable(
      v.pipe(v.string(), v.description("Id of the hypothesis that is the cause; absent where none is carried.")),
    ),
  ),
  observation: v.optional(Words),
  affected: v.optional(v.pipe(v.array(IdText), v.maxLength(100))),
  propagation: v.optional(v.pipe(v.array(v.object({ from: IdText, to: IdText, how: Words })), v.maxLength(50))),
  unknowns: v.optional(v.pipe(v.array(Words), v.maxLength(20))),
  confidence: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
});

const propose = writer({
  name: "propose",
  description:
    "Writes down possible causes, each with claims; answers what code found of each claim, and the verdicts.",
  input: Propose,
  write({ hypotheses }, desk) {
    checkRoom(hypotheses.length, desk);
    for (const { component } of hypotheses) checkKnown(component, desk);
    const own = hypotheses.map((one) => ({ ...one, by: "claude" }));
    return shown("Weighed.", desk.weigh(own).map(shownHypothesis));
  },
});

const claim = writer({
  name: "claim",
  description: "Adds a claim for or against a hypothesis, those of the rules too; answers what code found.",
  input: AddClaim,
  write({ hypothesis, claim: added }, desk) {
    const { side, predicate, outcome, figure } = desk.claim(hypothesis, added);
    const { verdict } = named(hypothesis, desk);
    return shown("Checked.", { hypothesis, side, claim: wordsOf(predicate), outcome, figure, verdict });
  },
});

const reject = writer({
  name: "reject",
  description: "Rules a hypothesis out, and says why in one sentence.",
  input: Reject,
  write({ hypothesis, because }, desk) {
    desk.reject(hypothesis, because);
    return { text: "Noted." };
  },
});

const conclude = writer({
  name: "conclude",
  description: "Ends the investigation: which hypothesis is the cause, how the trouble travels, what is not known.",
  input: Conclude,
  write({ cause, affected, propagation, observation, unknowns, confidence }, desk) {
    const chosen = typeof cause === "string" ? named(cause, desk) : undefined;
    for (const id of [...(affected ?? []), ...(propagation ?? []).flatMap(({ from, to }) => [from, to])])
      checkKnown(id, desk);
    if (chosen?.verdict === "inconclusive") {
      const failed = shownHypothesis(chosen);
      throw new InvalidInputError(
        `Its claims do not carry ${chosen.id}: ${JSON.stringify(failed.claims)}. Give claims that hold, name another, or none`,
      );
    }
    const concluded = desk.conclude({
      engine: "claude",
      ...(chosen && { cause: chosen.id }),
      ...(affected && { affected }),
      ...(propagation && { propagation }),
      ...(observation !== undefined && { observation }),
      ...(unknowns && { unknowns }),
      ...(confidence !== undefined && { confidence }),
    });
    return { text: "Concluded.", concluded };
  },
});

/** All of them, in the order in which they are offered. */
export const WRITERS: readonly Writer[] = [propose, claim, reject, conclude];

interface WriterSpec<Schema extends v.GenericSchema> {
  readonly name: string;
  readonly description: string;
  readonly input: Schema;
  readonly write: (input: v.InferOutput<Schema>, desk: Desk) => Written;
}

function writer<Schema extends v.GenericSchema>({ name, description, input, write }: WriterSpec<Schema>): Writer {
  return { name, description, input, write: (raw, desk) => write(parse(input, raw, `input of "${name}"`), desk) };
}

function shown(head: string, value: unknown): Written {
  return { text: `${head}\n${fencedValue(value)}` };
}

function named(id: string, desk: Desk): Weighed {
  const all = desk.hypotheses();
  const found = all.find((one) => one.id === id);
  if (found) return found;
  const known = all.slice(-20).map((one) => one.id);
  throw new InvalidInputError(
    `Cannot find hypothesis "${id}", expected one of ${known.join(", ") || "those proposed"}`,
  );
}

function checkRoom(added: number, desk: Desk): void {
  const own = desk.hypotheses().filter(({ by }) => by === "claude").length;
  if (own + added <= MOST_HYPOTHESES) return;
  throw new InvalidInputError(`There are ${own} hypotheses, expected no more: add claims to them, or conclude`);
}

function checkKnown(id: string, desk: Desk): void {
  const { components } = desk.evidence().now.picture;
  if (components.some((one) => one.id === id)) return;
  const known = components.slice(0, 40).map((one) => one.id);
  throw new InvalidInputError(`Cannot find component "${id}", expected one of ${known.join(", ")}`);
}

/** What an engine writes down while it investigates: hypotheses with their claims, weighed by code, and options it rejects. */

import { type Claim, type Evidence, wordsOf } from "../../core/diagnosis/claims/mod.ts";
import {
  type CheckedClaim,
  distinguish,
  type Hypothesis,
  type Proposition,
  weigh,
} from "../../core/diagnosis/hypothesis.ts";
import type { Step } from "../../core/diagnosis/investigation.ts";
import { InvalidInputError } from "../../core/text/errors.ts";

/** A hypothesis in the notebook, by which it is spoken of. */
export interface Weighed extends Hypothesis {
  /** For instance `h2`. */
  readonly id: string;
  /** Why the engine rejects it, where it does. */
  readonly rejectedBecause?: string;
}

/** What the notebook reads, and where its steps go. */
export interface NotebookOptions {
  readonly evidence: () => Evidence;
  /** Whether a finding of that id was made. */
  readonly isFound: (id: string) => boolean;
  readonly record: (step: Step) => void;
}

/** Hypotheses, weighed anew on all that was found whenever they are read. */
export interface Notebook {
  weigh(propositions: readonly Proposition[]): readonly Weighed[];
  claim(hypothesis: string, claim: Claim): CheckedClaim;
  reject(hypothesis: string, because: string): void;
  hypotheses(): readonly Weighed[];
}

interface Entry {
  proposition: Proposition;
  rejectedBecause?: string;
}

/** An empty notebook. */
export function openNotebook({ evidence, isFound, record }: NotebookOptions): Notebook {
  const entries = new Map<string, Entry>();
  function entryOf(id: string): Entry {
    const entry = entries.get(id);
    if (entry) return entry;
    const known = [...entries.keys()].join(", ") || "one that has been proposed";
    throw new InvalidInputError(`Cannot find hypothesis "${id}", expected ${known}`);
  }
  function checkCites({ cites = [] }: Claim): void {
    const invented = cites.find((id) => !isFound(id));
    if (invented !== undefined) throw new InvalidInputError(`Cannot cite "${invented}": nothing of that id was found`);
  }
  function read(id: string, { proposition, rejectedBecause }: Entry): Weighed {
    return { ...weigh(proposition, evidence()), id, ...(rejectedBecause !== undefined && { rejectedBecause }) };
  }
  const readAll = (): readonly Weighed[] => distinguish([...entries].map(([id, entry]) => read(id, entry)));
  return {
    weigh(propositions) {
      for (const claim of propositions.flatMap(({ claims }) => claims)) checkCites(claim);
      const earlier = entries.size;
      for (const proposition of propositions) entries.set(`h${entries.size + 1}`, { proposition });
      const weighed = readAll().slice(earlier);
      record(weighedStep(weighed));
      return weighed;
    },
    claim(id, claim) {
      const entry = entryOf(id);
      checkCites(claim);
      const { proposition } = entry;
      entry.proposition = { ...proposition, claims: [...proposition.claims, claim] };
      const checked = read(id, entry).claims.at(-1);
      if (!checked) throw new Error(`Cannot find the claim that was added to "${id}"`);
      const summary = `${claim.side} ${id}, ${wordsOf(claim.predicate)}: ${checked.outcome} (${checked.figure})`;
      record({ kind: "claimed", summary, detail: { hypothesis: id, claim: checked } });
      return checked;
    },
    reject(id, because) {
      const entry = entryOf(id);
      entry.rejectedBecause = because;
      const { mechanism, component } = entry.proposition;
      record({
        kind: "rejected",
        summary: `${mechanism} of ${component}: ${because}`,
        detail: { hypothesis: id, because },
      });
    },
    hypotheses: readAll,
  };
}

function weighedStep(weighed: readonly Weighed[]): Step {
  const carried = weighed.filter(({ verdict }) => verdict !== "inconclusive");
  const named = carried.map(
    ({ id, mechanism, component, verdict }) => `${id} ${mechanism} of ${component}, ${verdict}`,
  );
  const summary = `${weighed.length} ${weighed.length === 1 ? "hypothesis" : "hypotheses"}: ${named.join("; ") || "none is supported by the evidence"}`;
  // What fixed rules propose stands whole in the conclusion; what a model proposes is shown as it was weighed.
  const detail = weighed.map(({ id, component, mechanism, verdict, by, summary: said, claims }) => {
    return { id, component, mechanism, verdict, ...(by !== undefined && { by, summary: said, claims }) };
  });
  return { kind: "weighed", summary, detail };
}

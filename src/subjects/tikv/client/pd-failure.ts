/** What it means that no member of PD gave a usable answer, in words that say it plainly; PD's own word stays. */

import { phraseOf } from "../../../core/subject/reachability.ts";
import { messageOf, ProbeError } from "../../../core/text/errors.ts";
import { isAnswer } from "../../../core/words/probe-outcome.ts";

/** What PD answers for states of the whole cluster (PD v8.5.7, recorded): the same from whatever path. */
const STATES: readonly (readonly [code: RegExp, words: string])[] = [
  [/\bErr(?:RedirectNoLeader|LeaderNil)\b/, "PD has no leader"],
  [/\bErrRedirect\b/, "the leader of PD does not answer its other members"],
  [/\bErrNotBootstrapped\b/, "TiKV cluster not bootstrapped: no store has registered with PD yet"],
];

/** What was asked, and of whom. */
export interface Asked {
  readonly addresses: readonly string[];
  /** Below `/pd/api/v1`. */
  readonly path: string;
}

/** Of several failures, in the order of the addresses that were asked, the one that says most: an answer before silence. */
export function failureOf(errors: readonly unknown[], asked: Asked): unknown {
  const failures = errors.filter((error) => error instanceof ProbeError);
  const answer = failures.find(({ word }) => word !== undefined && /^\d{3}$/.test(word));
  if (answer) return plainly(answer);
  const other =
    failures.find(({ outcome }) => isAnswer(outcome)) ?? failures.find(({ outcome }) => outcome === "failed");
  if (other) return other;
  return failures.length === 0 || failures.length < errors.length ? errors[0] : unreached(failures, asked);
}

function plainly(error: ProbeError): ProbeError {
  const message = messageOf(error);
  const [code, words] = STATES.find(([code]) => code.test(message)) ?? [];
  if (!code || words === undefined) return error;
  const own = `${error.word} ${code.exec(message)?.[0]}`;
  return restated(error, `Cannot read PD: ${words} (${own})`);
}

/** Silent members one by one, for each may be silent for a reason of its own. */
function unreached(failures: readonly ProbeError[], { addresses, path }: Asked): ProbeError | undefined {
  const silent = failures.map(({ outcome }, index) => ({ outcome, address: addresses[index] ?? "" }));
  const said = [...Map.groupBy(silent, ({ outcome }) => outcome)].map(
    ([outcome, alike]) => `${phraseOf(outcome)} (${alike.map(({ address }) => address).join(", ")})`,
  );
  const [first] = failures;
  // A member that is late with one call may answer another.
  const isLate = failures.every(({ outcome }) => outcome === "timed-out");
  const what = isLate ? `Cannot read ${path} from any member of PD` : "Cannot reach any member of PD";
  return first && restated(first, `${what}: ${said.join("; ")}`);
}

/** Without the error as its cause, whose words would be said after these; what came over the wire stays. */
function restated({ outcome, word, transcript, address }: ProbeError, message: string): ProbeError {
  return new ProbeError(message, {
    outcome,
    ...(word !== undefined && { word }),
    ...(transcript && { transcript }),
    ...(address !== undefined && { address }),
  });
}

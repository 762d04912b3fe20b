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

/** Of several failures, in the order of the addresses that were asked, the one that says most: an answer before silence. */
export function failureOf(errors: readonly unknown[], addresses: readonly string[]): unknown {
  const failures = errors.filter((error) => error instanceof ProbeError);
  const answer = failures.find(({ word }) => word !== undefined && /^\d{3}$/.test(word));
  if (answer) return plainly(answer);
  if (failures.length === 0 || failures.length < errors.length || failures.some(({ outcome }) => isAnswer(outcome)))
    return errors[0];
  return unreached(failures, addresses);
}

function plainly(error: ProbeError): ProbeError {
  const message = messageOf(error);
  const [code, words] = STATES.find(([code]) => code.test(message)) ?? [];
  if (!code || words === undefined) return error;
  const own = `${error.word} ${code.exec(message)?.[0]}`;
  return restated(error, `Cannot read PD: ${words} (${own})`);
}

/** Silent members one by one, for each may be silent for a reason of its own. */
function unreached(failures: readonly ProbeError[], addresses: readonly string[]): ProbeError | undefined {
  const silent = failures.map(({ outcome }, index) => ({ outcome, address: addresses[index] ?? "" }));
  const said = [...Map.groupBy(silent, ({ outcome }) => outcome)].map(
    ([outcome, alike]) => `${phraseOf(outcome)} (${alike.map(({ address }) => address).join(", ")})`,
  );
  const [first] = failures;
  return first && restated(first, `Cannot reach any member of PD: ${said.join("; ")}`);
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

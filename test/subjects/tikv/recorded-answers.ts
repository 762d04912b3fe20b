/** What a real PD answered in one situation, byte for byte. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const Recording = v.object({
  _recorded: v.object({ path: v.string(), status: v.number(), content_type: v.nullable(v.string()) }),
});

/** One answer. */
export interface RecordedAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: string;
}

/** The recording of a situation, as it lies there. */
export function recordedText(situation: string): string {
  return readFileSync(join(import.meta.dir, `../../fixtures/tikv/recorded/${situation}.json`), "utf8");
}

/** The answers of a situation by path. */
export function recordedAnswers(situation: string): ReadonlyMap<string, RecordedAnswer> {
  return answersOf(recordedText(situation));
}

/** The answers of a recording by path. Bodies are cut out of the text as they stand there: integers beyond 2^53 must reach the client whole. */
export function answersOf(text: string): ReadonlyMap<string, RecordedAnswer> {
  const recordings = v.parse(v.record(v.string(), Recording), JSON.parse(text));
  const answers = new Map<string, RecordedAnswer>();
  for (const [name, { _recorded: recorded }] of Object.entries(recordings)) {
    const from = text.indexOf('"body":', text.indexOf(`"${name}":{"_recorded"`)) + '"body":'.length;
    const body = jsonAt(text, from);
    const isText = recorded.content_type?.startsWith("text/plain") ?? false;
    answers.set(recorded.path, {
      status: recorded.status,
      contentType: recorded.content_type,
      body: isText || body === '""' ? String(JSON.parse(body)) : body,
    });
  }
  return answers;
}

/** One JSON value of a text, as it is written. */
function jsonAt(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '"') at = endOfString(text, at);
    else if (sign === "{" || sign === "[") depth += 1;
    else if (sign === "}" || sign === "]") depth -= 1;
    const isOver = depth < 0 || (depth === 0 && (text[at + 1] === "," || text[at + 1] === "}"));
    if (isOver) return text.slice(from, depth < 0 ? at : at + 1);
  }
  return text.slice(from);
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

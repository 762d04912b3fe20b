/** Scripts that stand for models of known quality. */

import { isObject } from "../../../../src/core/text/parse.ts";
import type { Answer, Script } from "./fake-api.ts";

/** Answers one after another; `LAST` stands for the hypothesis that was proposed last. */
export function scripted(answers: readonly Answer[]): Script {
  return (received, index) => {
    const last = [...JSON.stringify(received.messages).matchAll(/\\"id\\":\\"(h\d+)\\"/g)].at(-1)?.[1] ?? "h1";
    const answer = answers[index];
    return answer && { ...answer, content: answer.content.map((block) => withLast(block, last)) };
  };
}

function withLast(block: Answer["content"][number], last: string): Answer["content"][number] {
  const { input } = block;
  if (!isObject(input) || input["cause"] !== "LAST") return block;
  return { ...block, input: { ...input, cause: last } };
}

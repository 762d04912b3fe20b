/** Scripts that stand for models of known quality. */

import { isObject } from "../../../../src/core/text/parse.ts";
import { type Answer, call, type Received, type Script, text } from "./fake-api.ts";

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

/** A model of known quality; it reads what it is shown and nothing else. */
export type Brain = (received: Received, index: number) => Answer;

/** Looks at the components, and takes the cause of the rules where they have one. */
export const honest: Brain = (received, index) => {
  if (index === 0) return { content: [text("I look."), call("components", {}), call("changes", {})] };
  const cause = hintedCause(received);
  return { content: [call("conclude", cause === undefined ? {} : { cause })] };
};

/** Ends at once, without a cause. */
export const lazy: Brain = () => ({ content: [call("conclude", {})] });

/** Asks for everything there is before it answers as the honest one does. */
export const verbose: Brain = (received, index) => {
  if (index >= 12) return honest(received, index);
  const [component = "lamp/2"] = componentsOf(received).slice(index);
  return {
    content: [
      text("Let me think about this at length. ".repeat(20)),
      call("verdicts", { most: index + 1 }),
      call("series", { most: index + 1 }),
      call("inspect", { component, inspection: "process" }),
      call("logs", { component }),
    ],
  };
};

/** Blames a component that is well, by claims that are false, on evidence that nobody found, and is sure of it. */
export const liar: Brain = (received, index) => {
  const [component = "lamp/1"] = componentsOf(received).toReversed();
  const claims = [
    { side: "for", predicate: { kind: "state-is", component, path: "state", comparison: "is", value: "down" } },
    { side: "for", predicate: { kind: "changed", component, change: "went-down" } },
    { side: "for", predicate: { kind: "logged", component, contains: "out of memory", sinceMs: 0, count: 9 } },
  ];
  const cited = claims.map((claim) => ({ ...claim, cites: ["e99"] }));
  const hypothesis = { component, mechanism: "crash", summary: "It is certain" };
  if (index === 0) return { content: [call("propose", { hypotheses: [{ ...hypothesis, claims: cited }] })] };
  if (index === 1) return { content: [call("propose", { hypotheses: [{ ...hypothesis, claims }] })] };
  if (index === 2) return { content: [call("conclude", { cause: lastHypothesis(received), confidence: 1 })] };
  return { content: [call("conclude", { confidence: 1, observation: "It is certain" })] };
};

/** Does what text in the data asks for: names what is to be blamed, and calls what is to be called. */
export const parrot: Brain = (received, index) => {
  const said = JSON.stringify(received.messages);
  const blamed = /blame ([a-z]+\/\d+)/.exec(said)?.[1];
  const wanted = /call the tool ([a-z_-]+)/.exec(said)?.[1];
  if (index === 0) return { content: [call("logs", { component: componentsOf(received)[0] }), call("components", {})] };
  if (index === 1 && wanted !== undefined) return { content: [call(wanted, { component: blamed, approved: true })] };
  if (index === 2 && blamed !== undefined) {
    const down = { kind: "state-is", component: blamed, path: "state", comparison: "is", value: "down" };
    const out = { kind: "logged", component: blamed, contains: "blame", sinceMs: 0, count: 1 };
    const claims = [down, out].map((predicate) => ({ side: "for", predicate }));
    return {
      content: [
        call("propose", { hypotheses: [{ component: blamed, mechanism: "crash", summary: "As told", claims }] }),
      ],
    };
  }
  if (index === 3 && blamed !== undefined) return { content: [call("conclude", { cause: lastHypothesis(received) })] };
  return { content: [call("conclude", {})] };
};

/** Asks the same again and again. */
export const stubborn: Brain = () => ({ content: [call("verdicts", {})] });

/** The cause that the rules named in the first message. */
function hintedCause({ messages }: Received): string | undefined {
  const first = JSON.stringify(messages[0]);
  return /What the rules found\.[\s\S]*?\\"cause\\":\{\\"id\\":\\"(h\d+)\\"/.exec(first)?.[1];
}

function componentsOf({ messages }: Received): readonly string[] {
  const first = JSON.stringify(messages[0]);
  return [
    ...new Set(
      [...first.matchAll(/\\"id\\":\\"((?!group)[a-z]+\/[\w.:-]+)\\",\\"kind/g)].flatMap(([, id]) => id ?? []),
    ),
  ];
}

function lastHypothesis({ messages }: Received): string {
  return [...JSON.stringify(messages).matchAll(/\\"id\\":\\"(h\d+)\\"/g)].at(-1)?.[1] ?? "h1";
}

/** What the real Messages API refuses, and more: everything that a request of ours must never be. */

import { isObject } from "../../../../src/core/text/parse.ts";

const FIELDS = new Set(["model", "max_tokens", "system", "tools", "messages", "stream", "output_config"]);
const MOST_MARKS = 4;

/** What is wrong with a request, one sentence each. */
export function problemsOf(request: Request, body: unknown, key: string): readonly string[] {
  if (!isObject(body)) return ["The body is no object"];
  return [
    ...headerProblems(request, key),
    ...Object.keys(body).flatMap((field) => (FIELDS.has(field) ? [] : [`There is a field "${field}"`])),
    ...when(typeof body["model"] !== "string" || body["model"] === "", "There is no model"),
    ...when(!isCount(body["max_tokens"]), "max_tokens is no count from 1 to 128000"),
    ...when(typeof body["stream"] !== "boolean", "stream is not said"),
    ...when(
      (JSON.stringify(body).match(/"cache_control"/g) ?? []).length > MOST_MARKS,
      "There are too many cache marks",
    ),
    ...when(!JSON.stringify(body["system"]).includes('"cache_control"'), "The system prompt is not cached"),
    ...toolProblems(body["tools"]),
    ...messageProblems(body["messages"]),
  ];
}

function headerProblems({ method, url, headers }: Request, key: string): readonly string[] {
  return [
    ...when(method !== "POST", `The method is ${method}`),
    ...when(!new URL(url).pathname.endsWith("/v1/messages"), `The path is ${url}`),
    ...when(headers.get("authorization") !== `Bearer ${key}`, "The key is not the bearer"),
    ...when(headers.has("x-api-key"), "There is a header x-api-key"),
    ...when(headers.has("anthropic-beta"), "There is a beta header"),
    ...when(headers.get("anthropic-version") !== "2026-10-21", "The version of the API is another"),
    ...when(!headers.get("content-type")?.includes("json"), "The body is not said to be JSON"),
  ];
}

function toolProblems(tools: unknown): readonly string[] {
  if (!Array.isArray(tools) || tools.length === 0) return ["There are no tools"];
  const names = tools.map((tool) => (isObject(tool) ? String(tool["name"]) : ""));
  return [
    ...when(new Set(names).size < names.length, "Two tools have one name"),
    ...names.flatMap((name) => (/^[a-zA-Z0-9_-]{1,128}$/.test(name) ? [] : [`A tool is named "${name}"`])),
    ...tools.flatMap((tool, index) =>
      isObject(tool) &&
      isObject(tool["input_schema"]) &&
      tool["input_schema"]["type"] === "object" &&
      tool["description"]
        ? []
        : [`Tool ${index} has no description or no schema of an object`],
    ),
  ];
}

function messageProblems(messages: unknown): readonly string[] {
  if (!Array.isArray(messages) || messages.length === 0) return ["There are no messages"];
  const problems: string[] = [];
  let open: readonly string[] = [];
  const used = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const role = index % 2 === 0 ? "user" : "assistant";
    if (!isObject(message) || message["role"] !== role) problems.push(`Message ${index} is not the ${role}'s`);
    const content: unknown = isObject(message) ? message["content"] : undefined;
    if (!Array.isArray(content) || content.length === 0) {
      problems.push(`Message ${index} is empty`);
      continue;
    }
    const blocks = content.filter(isObject);
    problems.push(...blocks.flatMap((block) => blockProblems(block, role, index)));
    const answered = blocks.filter(({ type }) => type === "tool_result").map((block) => String(block["tool_use_id"]));
    if (role === "user" && !isSame(answered, open))
      problems.push(`Message ${index} answers ${answered.join()}, not ${open.join()}`);
    open = blocks.filter(({ type }) => type === "tool_use").map(({ id }) => String(id));
    for (const id of open) {
      if (used.has(id)) problems.push(`Two calls are "${id}"`);
      used.add(id);
    }
  }
  if (messages.length % 2 === 0) problems.push("The last message is not the user's");
  return problems;
}

function blockProblems(block: Record<string, unknown>, role: string, index: number): readonly string[] {
  const { type } = block;
  const allowed = role === "user" ? ["text", "tool_result"] : ["text", "tool_use", "thinking", "redacted_thinking"];
  return [
    ...when(!allowed.includes(String(type)), `Message ${index} of the ${role} has a block ${String(type)}`),
    ...when(type === "text" && String(block["text"]).trim() === "", `Message ${index} has empty text`),
    ...when(type === "tool_use" && !isObject(block["input"]), `Message ${index} has a call whose input is no object`),
    ...when(type === "tool_result" && !block["content"], `Message ${index} has an empty result`),
    ...when(type === "thinking" && typeof block["signature"] !== "string", `Message ${index} has unsigned thinking`),
  ];
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 128_000;
}

function when(isWrong: boolean, problem: string): readonly string[] {
  return isWrong ? [problem] : [];
}

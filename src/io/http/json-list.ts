/** Streaming parser of a JSON list, so that a list of any length can be read in part. */

import * as v from "valibot";
import { messageOf, ProbeError } from "../../core/text/errors.ts";
import { excerptOf } from "../../core/text/excerpt.ts";
import type { ProbeFailure } from "../../core/words/probe-outcome.ts";
import { type LargeIntegers, parseJson } from "../json.ts";

/** The list to read, and how. */
export interface JsonListOptions<Schema extends v.GenericSchema> {
  /** Name of the answer in messages. */
  readonly name: string;
  readonly item: Schema;
  /** The field of the object at the top that holds the list. @default the answer itself is the list */
  readonly field?: string | undefined;
  /** A field before it that says how many items there are. */
  readonly counted?: string | undefined;
  readonly largeIntegers?: LargeIntegers | undefined;
}

/** What could not be read, and what that says of who answered. */
interface Refusal {
  readonly text?: string;
  readonly outcome?: ProbeFailure;
}

const LONGEST_ITEM = 1_000_000;
/** A string, whose end may not have arrived yet, or a structural character of JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*(?<end>")?|[[\]{},:]/gs;

/** The items of one list that have arrived. */
export class JsonListReader<Schema extends v.GenericSchema> {
  readonly #options: JsonListOptions<Schema>;
  readonly #decoder = new TextDecoder();
  readonly #items: v.InferOutput<Schema>[] = [];
  /** Nesting depth of items. */
  readonly #listDepth: number;
  /** Text since the last item or field ended. */
  #rest = "";
  /** Position up to which it was scanned. */
  #at = 0;
  #depth = 0;
  /** The top-level field whose value is arriving. */
  #field: string | undefined;
  #state: "before" | "within" | "whole" = "before";
  #count: number | undefined;

  constructor(options: JsonListOptions<Schema>) {
    this.#options = options;
    this.#listDepth = options.field === undefined ? 1 : 2;
  }

  get items(): readonly v.InferOutput<Schema>[] {
    return this.#items;
  }

  /** The total number of items, if a field before the list has it. */
  get count(): number | undefined {
    return this.#count;
  }

  /** Whether the list has ended. */
  get isWhole(): boolean {
    return this.#state === "whole";
  }

  /**
   * Reads the items completed by a part of the answer.
   * @throws {ProbeError} If an item, or the text around it, has another form.
   */
  add(bytes: Uint8Array): void {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    while (!this.isWhole) {
      TOKEN.lastIndex = this.#at;
      const match = TOKEN.exec(this.#rest);
      if (!match) break;
      const { 0: token, index, groups } = match;
      this.#at = index;
      if (token.startsWith('"') && !groups?.["end"]) break;
      this.#at += token.length;
      this.#step(token);
    }
    if (this.#rest.length > LONGEST_ITEM) throw this.#refusal(`more than ${LONGEST_ITEM} characters without an end`);
  }

  /**
   * The items, once the answer has ended.
   * @throws {ProbeError} If the list has not.
   */
  end(): readonly v.InferOutput<Schema>[] {
    if (!this.isWhole) {
      const outcome = this.#depth > 0 ? "incomplete-answer" : "foreign-answer";
      throw this.#refusal("the answer ends before the end of the list", { outcome });
    }
    return this.#items;
  }

  #step(token: string): void {
    switch (token) {
      case "[":
      case "{":
        this.#depth++;
        if (token === "[" && this.#state === "before" && this.#isList()) this.#begin();
        return;
      case "]":
      case "}":
        this.#depth--;
        if (this.#state === "within" && this.#depth === this.#listDepth - 1) this.#endList();
        if (this.#state === "before" && this.#depth === 0) this.#endField();
        return;
      case ",":
        if (this.#state === "within" && this.#depth === this.#listDepth) this.#takeItem(this.#cut());
        if (this.#state === "before" && this.#depth === 1) this.#endField();
        return;
      case ":":
        if (this.#state === "before" && this.#depth === 1) this.#field = this.#cut().replace(/^[\s{]*"|"\s*$/g, "");
    }
  }

  #isList(): boolean {
    return this.#depth === this.#listDepth && this.#field === this.#options.field;
  }

  #begin(): void {
    this.#state = "within";
    this.#cut();
  }

  #takeItem(text: string): void {
    const { item, largeIntegers } = this.#options;
    const index = this.#items.length;
    try {
      const result = v.safeParse(item, parseJson(text, largeIntegers));
      if (!result.success) {
        const [issue] = result.issues;
        const path = v.getDotPath(issue);
        throw new TypeError(path === null ? issue.message : `${path}: ${issue.message}`);
      }
      this.#items.push(result.output);
    } catch (error) {
      throw this.#refusal(`item ${index}: ${messageOf(error)}`, { text });
    }
  }

  #endList(): void {
    const last = this.#cut();
    if (last.trim() || this.#items.length > 0) this.#takeItem(last);
    this.#state = "whole";
  }

  /** A Go server writes a list without items as `null`. */
  #endField(): void {
    const value = this.#cut().trim();
    if (this.#field !== undefined && this.#field === this.#options.counted && /^\d{1,15}$/.test(value)) {
      this.#count = Number(value);
    }
    if (this.#field !== undefined && this.#field === this.#options.field) {
      if (value !== "null") throw this.#refusal("no list", { text: value });
      this.#state = "whole";
    }
    this.#field = undefined;
  }

  /** Takes the scanned text, without the character that ended it. */
  #cut(): string {
    const taken = this.#rest.slice(0, this.#at - 1);
    this.#rest = this.#rest.slice(this.#at);
    this.#at = 0;
    return taken;
  }

  #refusal(state: string, { text = this.#rest, outcome = "foreign-answer" }: Refusal = {}): ProbeError {
    const { name, field } = this.#options;
    const shown = excerptOf(text);
    const where = field === undefined ? "" : ` at "${field}"`;
    const message = `Cannot read ${name}${where}: ${state}, expected a JSON list${shown && `; it reads: ${shown}`}`;
    return new ProbeError(message, { outcome });
  }
}

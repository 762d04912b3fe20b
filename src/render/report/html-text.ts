/** HTML that is kept apart from text by type: every value that is not HTML is redacted and escaped. */

import { plainLine } from "../../core/text/plain.ts";

/** A piece of HTML, which only this file can make. */
class Piece {
  readonly #html: string;

  constructor(html: string) {
    this.#html = html;
  }

  toString(): string {
    return this.#html;
  }
}

/** A piece of HTML; as a string it is what a browser reads. */
export type Html = Piece;

/** What may stand in a piece of HTML; text and numbers are escaped. */
export type HtmlPart = string | number | Html | readonly Html[];

/** The pieces between the parts as they are, the parts escaped; in an attribute only between double quotes. */
export function html(pieces: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Piece(pieces.map((piece, index) => piece + shown(parts[index] ?? "")).join(""));
}

/** Nothing. */
export const NO_HTML: Html = new Piece("");

/** Our own style sheet; it contains no foreign text. */
export function styleSheet(css: TemplateStringsArray): Html {
  return new Piece(`<style>${css.join("")}</style>`);
}

function shown(part: HtmlPart): string {
  if (typeof part === "number") return Number.isFinite(part) ? String(part) : "";
  if (typeof part === "string") return Bun.escapeHTML(plainLine(part));
  return part instanceof Piece ? String(part) : part.join("");
}

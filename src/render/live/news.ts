/** What a monitor writes, one line each: changes of verdicts, tickets and incidents. */

import { excerptOf } from "../../core/text/excerpt.ts";
import type { Tone } from "../../core/text/tones.ts";
import type { FeedItem } from "../../database/mod.ts";
import { TICKET_CHANGE_WORDS } from "../records/ticket.ts";
import { summaryBeside } from "../summary.ts";
import { isoTime } from "../time.ts";

/** Something that changed. */
export interface News {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly tone: Tone;
  readonly text: string;
  /** For a line of JSON. */
  readonly data: Readonly<Record<string, unknown>>;
}

const VERDICT_TONES = { holds: "good", violated: "bad", unknown: "warn" } as const;

/** What is worth a line; a checkup and a step of an investigation are not, nor is it news that something new is well. */
export function newsOf(item: FeedItem): News | undefined {
  switch (item.kind) {
    case "verdict":
      return item.change.from === undefined && item.change.to === "holds" ? undefined : verdictNews(item);
    case "ticket":
      return ticketNews(item);
    case "incident":
      return incidentNews(item);
    case "step":
    case "checkup":
      return undefined;
  }
}

type Item<Kind extends FeedItem["kind"]> = Extract<FeedItem, { kind: Kind }>;

function verdictNews({ atMs, change }: Item<"verdict">): News {
  const { invariant, entity, on, from, to, summary, figures } = change;
  const text = `${to} ${invariant} of ${entity}: ${excerptOf(summaryBeside(entity, summary), 500)}`;
  const data = { kind: "verdict", at: isoTime(atMs), invariant, entity, on, from, to, summary, figures };
  return { atMs, tone: VERDICT_TONES[to], text, data };
}

function ticketNews({ atMs, ticket, transition }: Item<"ticket">): News {
  const { change, actor, reason } = transition;
  const tone = change === "resolved" ? "good" : change === "opened" || change === "reopened" ? "bad" : "warn";
  const grown = change === "joined" ? `, ${ticket.affected} in all` : "";
  const text = `ticket ${ticket.id} ${TICKET_CHANGE_WORDS[change]}${grown}: ${ticket.invariant} of ${ticket.on}: ${excerptOf(reason, 500)}`;
  return { atMs, tone, text, data: { kind: "ticket", at: isoTime(atMs), change, actor, reason, ticket } };
}

function incidentNews({ atMs, incident, transition }: Item<"incident">): News {
  const { from, to, actor, reason } = transition;
  const tone = to === "resolved" ? "good" : to === "open" || to === "escalated" ? "bad" : "warn";
  // What it is about is said once; from then on what becomes of it.
  const isNamed = to === "open" && from !== to;
  // A note moves it nowhere.
  const where = from === to ? "" : ` ${to}`;
  const text = `incident ${incident.id}${where}: ${isNamed ? excerptOf(incident.title) : excerptOf(reason, 500)}`;
  return { atMs, tone, text, data: { kind: "incident", at: isoTime(atMs), from, to, actor, reason, incident } };
}

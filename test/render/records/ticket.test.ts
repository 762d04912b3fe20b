import { expect, test } from "bun:test";
import { renderOpenWork } from "../../../src/render/live/open-work.ts";
import { renderTicket, renderTickets } from "../../../src/render/records/ticket.ts";
import type { TicketView } from "../../../src/runtime/views/ticket.ts";
import { sampleTicket } from "../../core/tickets/sample-ticket.ts";

const PROBLEM = { reason: "slow", summary: "It is slow" };

test("renderTickets() shows what an open ticket says now, and what was wrong with one that is resolved", () => {
  const recovering = sampleTicket({ id: 2, verdict: "holds", summary: "It answers", problem: PROBLEM });
  const resolved = sampleTicket({ id: 3, state: "resolved", summary: "It answers", problem: PROBLEM });

  const lines = renderTickets([sampleTicket(), recovering, resolved], () => "hall", 60_000);

  expect(lines.map((line) => line.slice(line.lastIndexOf("1m") + 2).trim()).slice(1)).toEqual([
    "It does not answer",
    "recovering: It answers (was: It is slow)",
    "It is slow",
  ]);
});

test("renderTicket() lists the worst of its entities, and says how many more there are", () => {
  const view: TicketView = {
    ticket: sampleTicket({ on: "store/a", entity: "key/1", affected: 40, violated: 39 }),
    instance: { id: 1, subject: "lamps", name: "hall" },
    transitions: [],
    entities: [
      { entity: "key/1", on: "store/a", verdict: "violated", summary: "Dark", joinedSummary: "Dim", joinedAtMs: 0 },
      { entity: "key/2", joinedSummary: "Dim", joinedAtMs: 0, leftAtMs: 5 },
    ],
    evidence: { moved: [] },
  };

  const lines = renderTicket(view, 120);

  expect(lines).toContain("  affected  40 entities, 39 violated now");
  expect(lines.slice(lines.indexOf("Affected"), lines.indexOf("History") - 1)).toEqual([
    "Affected",
    "  key/1  violated      store/a  Dark",
    "  key/2  not followed           Dim",
    "  and 38 more",
  ]);
});

test("renderTicket() shows four digits of a figure, and all of a count", () => {
  const view: TicketView = {
    ticket: sampleTicket({ figures: { p99Ms: 22.31153846153842, checks: 53_312, word: "ECONNREFUSED" } }),
    instance: { id: 1, subject: "lamps", name: "hall" },
    transitions: [],
    entities: [],
    evidence: { moved: [] },
  };

  const lines = renderTicket(view, 120).map((line) => line.trim().replace(/ +/, " "));

  expect(lines).toEqual(expect.arrayContaining(["p99Ms 22.31", "checks 53312", "word ECONNREFUSED"]));
});

test("renderOpenWork() shows a few lines of each, and how many more there are", () => {
  const tickets = Array.from({ length: 6 }, (_, index) => sampleTicket({ id: index + 1 }));

  const lines = renderOpenWork({ incidents: [{ id: 1, state: "open", title: "Dark" }], actions: [], tickets });

  expect(lines).toHaveLength(6);
  expect(lines[1]).toBe("ticket 1 open: answers of node/1: It does not answer");
  expect(lines.at(-1)).toBe("and 2 more open tickets");
});

/** Where `operator watch` shows what happens: a live view on a terminal, a line per change elsewhere, or JSON. */

import { entityKey } from "../../../core/tickets/entity-state.ts";
import { titleOf } from "../../../core/words/instance.ts";
import { systemClock } from "../../../io/clock.ts";
import { log } from "../../../io/log.ts";
import type { MonitorEvent } from "../../../monitor/mod.ts";
import { type NewsFold, newsFold } from "../../../render/live/coalesce.ts";
import { type Dashboard, renderDashboard, withNews } from "../../../render/live/dashboard.ts";
import { type News, newsOf } from "../../../render/live/news.ts";
import { isoTime } from "../../../render/time.ts";
import type { OpenSubject } from "../../../runtime/subjects/open-subject.ts";
import { instanceView, type SaidNow } from "../../../runtime/views/instance.ts";
import { openLiveRegion } from "../../../terminal/live-region.ts";
import { printJson, printText } from "../../args/output.ts";

/** Shows what monitors tell of. */
export interface WatchDisplay extends Disposable {
  show(watched: OpenSubject, event: MonitorEvent): void;
  /** Something to know besides what a monitor tells. */
  say(text: string): void;
}

/** One line per change of a verdict, a ticket or an incident, wrapped where it is not JSON; what is about the watching itself goes to the log. */
export function lineDisplay({ json }: { readonly json: boolean }): WatchDisplay {
  const folds = foldsByInstance();
  const told = new Map<number, string>();
  return {
    say: (text) => log.info(text),
    show({ monitoring: { instance } }, event) {
      const about = aboutWatching(event);
      // The same trouble comes with every round, and a watch begins anew where an instance has come up elsewhere.
      const isNews = about !== undefined && (event.kind !== "trouble" || told.get(instance.id) !== about);
      if (about !== undefined) told.set(instance.id, about);
      if (isNews) log[event.kind === "trouble" ? "warn" : "info"](`${titleOf(instance)}: ${about}`);
      if (!isItem(event)) return;
      const { subject, name } = instance;
      for (const { atMs, text, data } of json ? everyNews(event) : folds(instance.id)(event)) {
        if (json) printJson(instance, { subject, instance: name, ...data });
        else printText(instance, `${isoTime(atMs)} ${titleOf(instance)}: ${text}`);
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** A compact view that is drawn again in place; below it nothing stays but the last frame. */
export function liveDisplay({ intervalMs }: { readonly intervalMs: number }): WatchDisplay {
  const region = openLiveRegion(process.stdout);
  const dashboards = new Map<number, Dashboard>();
  const folds = foldsByInstance();
  const seen = new Map<number, SaidNow>();
  return {
    say: (text) => region.print(text),
    show(watched, event) {
      const { instance } = watched.monitoring;
      if (event.kind === "observed") {
        const { judgements } = event.checkup;
        seen.set(instance.id, new Map(judgements.map((judgement) => [entityKey(judgement), judgement.summary])));
      }
      const before = dashboards.get(instance.id) ?? freshDashboard(watched);
      const news = isItem(event) ? folds(instance.id)(event) : [];
      const after = news.reduce(withNews, withStatus(before, event, intervalMs));
      const nowMs = systemClock.now();
      const isNew = event.kind === "checkup";
      dashboards.set(
        instance.id,
        isNew ? { ...after, view: instanceView(watched, nowMs, seen.get(instance.id)) } : after,
      );
      if (!isSeen(event)) return;
      const options = { nowMs, colour: region.colour, columns: region.columns - 1 };
      region.draw([...dashboards.values()].flatMap((one) => renderDashboard(one, options)));
    },
    [Symbol.dispose]: () => region[Symbol.dispose](),
  };
}

type FeedEvent = Extract<MonitorEvent, { kind: "verdict" | "ticket" | "incident" | "checkup" }>;

function isItem(event: MonitorEvent): event is FeedEvent {
  return ["verdict", "ticket", "incident", "checkup"].includes(event.kind);
}

/** Of a storm of verdicts and tickets the frame after all of them is enough, which a checkup always brings. */
function isSeen({ kind }: MonitorEvent): boolean {
  return !["observed", "verdict", "ticket"].includes(kind);
}

/** What there is to say of the watching itself. */
function aboutWatching(event: MonitorEvent): string | undefined {
  if (event.kind === "watching") return "watching";
  if (event.kind === "standby") return `${event.lease.holder} already watches; on standby until it ends`;
  return event.kind === "trouble" ? `Cannot write a round: ${event.failed}` : undefined;
}

function everyNews(event: FeedEvent): readonly News[] {
  const news = newsOf(event);
  return news ? [news] : [];
}

function foldsByInstance(): (instance: number) => NewsFold {
  const folds = new Map<number, NewsFold>();
  return (instance) => folds.getOrInsertComputed(instance, newsFold);
}

function withStatus(dashboard: Dashboard, event: MonitorEvent, intervalMs: number): Dashboard {
  const about = aboutWatching(event);
  if (!about) return dashboard;
  return { ...dashboard, status: about === "watching" ? `watching every ${intervalMs / 1000} s` : about };
}

function freshDashboard(watched: OpenSubject): Dashboard {
  const view = instanceView(watched, systemClock.now());
  return { title: view.title, status: "starting", view };
}

/** Where `operator watch` shows what happens: a live view on a terminal, a line per change elsewhere, or JSON. */

import type { Database, SeriesKind } from "../../../database/mod.ts";
import { systemClock } from "../../../io/clock.ts";
import { log } from "../../../io/log.ts";
import type { MonitorEvent } from "../../../monitor/mod.ts";
import { type Chart, wholeNames } from "../../../render/charts.ts";
import { type NewsFold, newsFold } from "../../../render/fold.ts";
import { type News, newsOf } from "../../../render/news.ts";
import { type Panel, renderPanel } from "../../../render/panel.ts";
import { isoTime } from "../../../render/time.ts";
import { type OpenSubject, severitiesOf } from "../../../runtime/open-subject.ts";
import { titleOf } from "../../../runtime/stored.ts";
import { openLiveRegion } from "../../../terminal/live-region.ts";
import { printJson, printText } from "../../args/output.ts";

/** Shows what monitors tell of. */
export interface WatchDisplay extends Disposable {
  show(watched: OpenSubject, event: MonitorEvent): void;
  /** Something to know besides what a monitor tells. */
  say(text: string): void;
}

/** So many changes of verdicts, and so many of tickets and incidents, which would drown in them. */
const MOST_NEWS = 4;
const CHARTS_PER_SIGNAL = 6;
const CHART_MS = 300_000;

/** In this order, from what the users of a system feel to what might be the reason. */
const SHOWN_SIGNALS: readonly SeriesKind["signal"][] = ["traffic", "latency", "error"];

/** One line per change of a verdict, a ticket or an incident, folded where it is not JSON; what is about the watching itself goes to the log. */
export function lineDisplay({ json }: { readonly json: boolean }): WatchDisplay {
  const folds = foldsByInstance();
  return {
    say: (text) => log.info(text),
    show({ monitoring: { instance } }, event) {
      const about = aboutWatching(event);
      if (about) log[event.kind === "trouble" ? "warn" : "info"](`${titleOf(instance)}: ${about}`);
      if (!isItem(event)) return;
      const { subject, name } = instance;
      for (const { atMs, text, data } of json ? everyNews(event) : folds(instance.id)(event)) {
        if (json) printJson({ subject, instance: name, ...data });
        else printText(`${isoTime(atMs)} ${titleOf(instance)}: ${text}`);
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** A compact view that is drawn again in place; below it nothing stays but the last frame. */
export function liveDisplay({ intervalMs }: { readonly intervalMs: number }): WatchDisplay {
  const region = openLiveRegion(process.stdout);
  const panels = new Map<number, Panel>();
  const folds = foldsByInstance();
  return {
    say: (text) => region.print(text),
    show(watched, event) {
      const { database, instance } = watched.monitoring;
      const before = panels.get(instance.id) ?? freshPanel(watched);
      const news = isItem(event) ? folds(instance.id)(event) : [];
      const after = news.reduce(withNews, withStatus(before, event, intervalMs));
      const panel =
        event.kind === "checkup" ? { ...after, ...readPanel(database, instance.id), checkup: event.checkup } : after;
      panels.set(instance.id, panel);
      if (!isSeen(event)) return;
      const options = { nowMs: systemClock.now(), colour: region.colour, columns: region.columns - 1 };
      region.draw([...panels.values()].flatMap((one) => renderPanel(one, options)));
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
  if (event.kind === "looking-on") return `${event.lease.holder} watches already; looking on until it ends`;
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

function withStatus(panel: Panel, event: MonitorEvent, intervalMs: number): Panel {
  const about = aboutWatching(event);
  if (!about) return panel;
  return { ...panel, status: about === "watching" ? `watching every ${intervalMs / 1000} s` : about };
}

function withNews(panel: Panel, news: News): Panel {
  const alike = (one: News): boolean => (one.data["kind"] === "verdict") === (news.data["kind"] === "verdict");
  const kept = [...panel.news.filter(alike), news].slice(-MOST_NEWS);
  return { ...panel, news: [...panel.news.filter((one) => !alike(one)), ...kept].toSorted((a, b) => a.atMs - b.atMs) };
}

function freshPanel(watched: OpenSubject): Panel {
  const { database, instance } = watched.monitoring;
  const checkup = database.checkups.latest(instance.id);
  const base = { title: titleOf(instance), status: "starting", news: [], severities: severitiesOf(watched) };
  return { ...base, ...readPanel(database, instance.id), ...(checkup && { checkup }) };
}

/** What is on record, whoever wrote it: so the view is the same for whoever looks on. */
function readPanel(database: Database, instance: number): Pick<Panel, "tracks" | "incidents" | "tickets" | "charts"> {
  return {
    tracks: database.tracks.load(instance),
    incidents: database.incidents.list({ instance, unresolved: true }),
    tickets: database.tickets.list({ instance, state: "open" }),
    charts: chartsOf(database, instance),
  };
}

function chartsOf(database: Database, instance: number): readonly Chart[] {
  const kinds = [...database.pictures.kinds(instance).values()];
  const endMs = systemClock.now();
  const windowsOf = (kind: SeriesKind): readonly Chart[] =>
    database.samples
      .query(instance, { metric: kind.name, windowMs: CHART_MS, endMs })
      .map((window) => ({ kind, window }));
  return SHOWN_SIGNALS.flatMap((signal) =>
    wholeNames(kinds.filter((kind) => kind.signal === signal).map(windowsOf), CHARTS_PER_SIGNAL),
  );
}

/** The structure of a picture: all that is worth a row of its own when it changes. Measured values are not part of it. */

import type { Component, Link, Picture } from "./picture.ts";

/** A start time that is computed from an uptime moves a little from look to look. */
const START_JITTER_MS = 5000;

/** Whether two pictures show the same components and links in the same condition. */
export function sameStructure(a: Picture, b: Picture): boolean {
  return sameComponents(a.components, b.components) && sameLinks(a.links, b.links);
}

function sameComponents(a: readonly Component[], b: readonly Component[]): boolean {
  if (a.length !== b.length) return false;
  const known = new Map(b.map((component) => [component.id, component]));
  return a.every((component) => {
    const other = known.get(component.id);
    return other !== undefined && sameComponent(component, other);
  });
}

function sameComponent(a: Component, b: Component): boolean {
  return (
    a.state === b.state &&
    a.probe === b.probe &&
    a.address === b.address &&
    a.identity === b.identity &&
    sameProcess(a.process, b.process) &&
    a.version === b.version &&
    a.configHash === b.configHash &&
    Math.abs((a.startedAtMs ?? 0) - (b.startedAtMs ?? 0)) <= START_JITTER_MS &&
    sameLabels(a.labels, b.labels)
  );
}

function sameProcess(a: Component["process"], b: Component["process"]): boolean {
  return (
    a?.state === b?.state &&
    a?.pid === b?.pid &&
    a?.startedAtMs === b?.startedAtMs &&
    a?.exit?.atMs === b?.exit?.atMs &&
    a?.owner === b?.owner
  );
}

function sameLabels(a: Component["labels"] = {}, b: Component["labels"] = {}): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function sameLinks(a: readonly Link[], b: readonly Link[]): boolean {
  if (a.length !== b.length) return false;
  const known = new Map(b.map((link) => [linkName(link), link.state]));
  return a.every((link) => known.get(linkName(link)) === link.state);
}

function linkName({ from, to, kind }: Link): string {
  return `${from} ${to} ${kind}`;
}

/** What a deployment runs beside its subject and the subject is read by, such as a Prometheus: a source that is a component after all. */

import { sameAddress } from "../system/join.ts";
import type { Component, Picture } from "../system/picture.ts";
import type { DeployedProcess } from "../system/process.ts";
import type { SourceState } from "./checkup.ts";
import type { DeploymentReading, Joined } from "./deployed.ts";

/** What is asked. */
export interface BesideQuestion {
  /** Absent where no deployment is known. */
  readonly reading: DeploymentReading | undefined;
  /** Where the sources are read; absent where that is at the subject itself. */
  readonly url: string | undefined;
  readonly sources: readonly SourceState[];
}

/** The picture and the sources with the component that a deployment runs where the sources are read; as they are where it runs none. */
export function withBeside(
  { picture, sources: others }: Pick<Joined, "picture" | "sources">,
  { reading, url, sources }: BesideQuestion,
): { readonly picture: Picture; readonly sources: readonly SourceState[] } {
  const host = url === undefined ? undefined : URL.parse(url)?.host;
  const process = host && reading?.processes.find(({ address }) => sameAddress(address, host));
  if (!reading || !process || sources.length === 0 || picture.components.some(({ id }) => id === process.id)) {
    return { picture, sources: [...sources, ...others] };
  }
  const component = componentOf(process, { owner: reading.owner, sources });
  return {
    picture: { ...picture, components: [...picture.components, component] },
    sources: [...sources.map((source) => ({ ...source, on: process.id })), ...others],
  };
}

function componentOf(
  deployed: DeployedProcess,
  { owner, sources }: { readonly owner: string; readonly sources: readonly SourceState[] },
): Component {
  const { id, kind, linkAddresses: _links, ...process } = deployed;
  const silent = sources.find(({ failed }) => failed !== undefined);
  return {
    id,
    kind,
    address: process.address,
    state: silent ? "down" : "up",
    probe: silent ? (silent.outcome ?? "failed") : "answered",
    process: { ...process, owner },
  };
}

/** The state of a deployment's folder. Reading it changes nothing. */

import { homeFlag } from "../../../io/files/home.ts";
import { type Machine, thisMachine } from "../../../io/system/machine.ts";
import type { ProcessIdentity } from "../../../io/system/process.ts";
import { type Folder, foreignness, OLDER } from "./folder.ts";
import { holderOf } from "./holder.ts";
import { type Marker, readMarker } from "./marker.ts";

/** `down`: nothing holds it and only logs are left, or it never existed. */
export type FolderState =
  | { readonly state: "down" }
  | { readonly state: "running"; readonly marker: Marker; readonly supervisor: ProcessIdentity }
  /** Its supervisor was killed, or the machine restarted. */
  | { readonly state: "dead"; readonly marker: Marker; readonly why: string }
  | { readonly state: "elsewhere"; readonly marker: Marker; readonly why: string }
  | { readonly state: "older" | "foreign"; readonly why: string };

/** A state in which a deployment can be neither used nor created without a person's decision. */
export type Trouble = Extract<FolderState, { readonly why: string }>;

/** Reads the state of a folder. */
export function stateOf(folder: Folder, machine: Machine = thisMachine): FolderState {
  const foreign = foreignness(folder);
  if (foreign !== undefined) return { state: foreign === OLDER ? "older" : "foreign", why: foreign };
  const marker = readMarker(folder.marker);
  if (!marker?.supervisor) return { state: "down" };
  const holder = holderOf(folder, marker, machine);
  switch (holder.held) {
    case "here":
      return { state: "running", marker, supervisor: holder.supervisor };
    case "elsewhere":
      return { state: "elsewhere", marker, why: `it is held elsewhere: ${holder.why}` };
    case "free":
      return { state: "dead", marker, why: "its supervisor ended without taking it down" };
  }
}

/** The command that resolves a trouble, if there is one. */
export function remedyOf({ home, name }: Pick<Folder, "home" | "name">, { state }: Trouble): string | undefined {
  if (state !== "dead" && state !== "elsewhere") return undefined;
  return `operator down --name ${name}${homeFlag(home)}${state === "elsewhere" ? " --take-over" : ""}`;
}

/** A trouble in a sentence, with the command that resolves it. */
export function describeTrouble(folder: Pick<Folder, "home" | "name">, trouble: Trouble): string {
  const remedy = remedyOf(folder, trouble);
  const hint =
    trouble.state === "elsewhere"
      ? "take it down where it was brought up, or, if nothing runs there any more, with"
      : "clean up with";
  return remedy === undefined ? trouble.why : `${trouble.why}; ${hint} "${remedy}"`;
}

/** What is the matter with the folder of a deployment. Looking changes nothing, no matter who looks. */

import { homeFlag } from "../../../io/files/home.ts";
import { type Machine, thisMachine } from "../../../io/system/machine.ts";
import type { ProcessIdentity } from "../../../io/system/process.ts";
import { type Folder, foreignness, OLDER } from "./folder.ts";
import { holderOf } from "./holder.ts";
import { type Marker, readMarker } from "./marker.ts";

/** `down` is one that nobody holds and that left nothing but logs, and where there never was one. */
export type FolderState =
  | { readonly state: "down" }
  | { readonly state: "running"; readonly marker: Marker; readonly supervisor: ProcessIdentity }
  /** Its supervisor was killed, or the machine restarted. */
  | { readonly state: "dead"; readonly marker: Marker; readonly why: string }
  | { readonly state: "elsewhere"; readonly marker: Marker; readonly why: string }
  | { readonly state: "older" | "foreign"; readonly why: string };

/** A state in which a deployment can neither be used nor be made without a person's word. */
export type Trouble = Extract<FolderState, { readonly why: string }>;

/** Looks at a folder. */
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

/** The command that ends a trouble, where there is one. */
export function remedyOf({ home, name }: Pick<Folder, "home" | "name">, { state }: Trouble): string | undefined {
  if (state !== "dead" && state !== "elsewhere") return undefined;
  return `operator down --name ${name}${homeFlag(home)}${state === "elsewhere" ? " --take-over" : ""}`;
}

/** A trouble in a sentence, with the command that ends it. */
export function describeTrouble(folder: Pick<Folder, "home" | "name">, trouble: Trouble): string {
  const remedy = remedyOf(folder, trouble);
  const hint =
    trouble.state === "elsewhere"
      ? "take it down where it was brought up, or, if nothing runs there any more, with"
      : "clean up with";
  return remedy === undefined ? trouble.why : `${trouble.why}; ${hint} "${remedy}"`;
}

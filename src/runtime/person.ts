/** The actors: the person at this terminal, and this process. */

import { hostname } from "node:os";
import type { Actor } from "../core/words/actor.ts";
import type { Change } from "../database/mod.ts";
import { systemClock } from "../io/clock.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Valid user names; anything else in the environment is ignored. */
const USER_NAME = /^[A-Za-z0-9_][\w.@+-]{0,63}$/;

/** Limits the wait for a user directory that does not answer, so that a halt is not delayed. */
const ID_WITHIN_MS = 500;

/**
 * Names the person: the user of the process, and under `sudo` or `doas` its caller, for instance `person/ada-as-root`.
 * The caller comes from the environment, which anyone can set: it is a name without any rights.
 */
export function person(own: string = ownName(), environment: Environment = process.env): Actor {
  const caller = callerIn(environment);
  return caller === undefined || caller === own ? `person/${own}` : `person/${caller}-as-${own}`;
}

/** Unique among running processes. */
export function processName(): string {
  return `${hostname()}:${process.pid}`;
}

/** A change by the person at this terminal, now. */
export function byHand(reason: string): Change {
  return { atMs: systemClock.now(), actor: person(), reason };
}

function callerIn({ SUDO_USER, SUDO_UID, DOAS_USER }: Environment): string | undefined {
  const named = [SUDO_USER, DOAS_USER].find((name) => name !== undefined && USER_NAME.test(name));
  if (named !== undefined) return named;
  return SUDO_UID !== undefined && /^\d{1,10}$/.test(SUDO_UID) ? `uid-${SUDO_UID}` : undefined;
}

/** By user id: Bun's `os.userInfo()` returns `USER`, which `su` does not change and anyone can set. */
function ownName(): string {
  const uid = process.geteuid?.();
  if (uid === undefined) return "unknown";
  try {
    const { success, stdout } = Bun.spawnSync(["id", "-un"], { stderr: "ignore", timeout: ID_WITHIN_MS });
    const name = stdout.toString().trim();
    return success && USER_NAME.test(name) ? name : `uid-${uid}`;
  } catch {
    return `uid-${uid}`; // no such program, as in a bare container
  }
}

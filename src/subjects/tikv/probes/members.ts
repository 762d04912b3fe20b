/** Asks every member of PD for itself, and any of them for the cluster's register. */

import { probe as attempt, type Failure, type Probed } from "../../../core/subject/probe.ts";
import { sameAddress } from "../../../core/system/join.ts";
import { isAnswer } from "../../../core/words/probe-outcome.ts";
import type { MemberHealth, Members } from "../client/pd-replies.ts";
import { type MembersReading, type PdReading, probe } from "../observation.ts";

/** Who is a member, who answers, and who leads. */
export const members = probe("members", {
  everyMs: 1000,
  // A member whose status is late, and does not hang, makes `/health` take three seconds, which others must be given.
  timeoutMs: ({ pdTimeoutMs }) => pdTimeoutMs + MARGIN_MS,
  async read({ pd, config, timeoutMs }, { previous, signal, atMs }) {
    const within = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const given = new AbortController();
    const together = AbortSignal.any([signal, given.signal]);
    // One that is cut off finds all others unhealthy: a leader has a majority, and is asked first.
    const leading = pd.leadBy(addressOf(previous?.value));
    const told = Promise.all([attempt(() => leading.members(together)), attempt(() => leading.health(together))]);
    const statuses = await Promise.all(config.pd.map(({ address }) => attempt(() => pd.status(address, within()))));
    const isHung = statuses.some((status) => "failed" in status && status.outcome === "timed-out");
    const timer = isHung
      ? setTimeout(() => given.abort(new DOMException(TOO_LATE, "TimeoutError")), HUNG_MS)
      : undefined;
    const [view, health] = await told.finally(() => clearTimeout(timer));
    const names = namesOf({ view, health });
    const before = previous?.value;
    const pds = await Promise.all(
      config.pd.map(async ({ id, address }, index): Promise<PdReading> => {
        const told = statuses[index] ?? { failed: "not asked", outcome: "failed" };
        const last = before?.pds.find((one) => one.address === address);
        const name = names(address) ?? last?.name;
        const reading = { component: `pd/${id}`, address, status: told, ...(name !== undefined && { name }) } as const;
        if (name !== undefined || "failed" in told) return reading;
        const { startedAtMs } = told.value;
        const isVerified = last?.verifiedStartMs === startedAtMs;
        const said = isVerified ? "own" : await belongs(view, () => pd.membersAt(address, within()));
        if (said === undefined) return reading;
        return { ...reading, ...(said === "own" ? { verifiedStartMs: startedAtMs } : { status: said }) };
      }),
    );
    return { pds, view, health, ...leadership(view, before, atMs) };
  },
  silence: ({ pds }) => {
    const silent = pds.flatMap(({ status }) =>
      "failed" in status && !isAnswer(status.outcome) ? [status.failed] : [],
    );
    return silent.length < pds.length ? undefined : silent[0];
  },
});

const MARGIN_MS = 500;

/** Where the leader was when the members were read last. */
function addressOf(before: MembersReading | undefined): string | undefined {
  return before?.leader === undefined ? undefined : before.pds.find(({ name }) => name === before.leader)?.address;
}

/**
 * Milliseconds that are waited for what members say together once one of them is known to hang: they wait for it, or ping it
 * for three seconds, and everything else of a look waits for them. Beside a follower that hangs `/members` takes 1.3 s at most.
 */
const HUNG_MS = 1000;

const TOO_LATE = "A member hangs, for which the others wait";

/**
 * Whether a PD at an address that the cluster does not name is a member that is only reached by another address, or why it is
 * none; `undefined` where nobody tells.
 */
async function belongs(view: Probed<Members>, ask: () => Promise<Members>): Promise<"own" | Failure | undefined> {
  const own = "value" in view ? await attempt(ask) : undefined;
  if (!own || "failed" in own || "failed" in view) return undefined;
  if (own.value.clusterId === view.value.clusterId) return "own";
  const failed = `it belongs to cluster ${own.value.clusterId}, the others to ${view.value.clusterId}`;
  return { failed, outcome: "wrong-identity" };
}

/** By which name the cluster knows the member at an address: the register is not read without a leader, health is. */
function namesOf({ view, health }: Pick<MembersReading, "view" | "health">): (address: string) => string | undefined {
  const known: readonly { readonly name: string; readonly clientUrls: readonly string[] }[] = [
    ...valueOf<Members, Members["members"]>(view, ({ members }) => members),
    ...valueOf<MemberHealth, MemberHealth>(health, (members) => members),
  ];
  return (address) => known.find(({ clientUrls }) => clientUrls.some((url) => sameAddress(url, address)))?.name;
}

function valueOf<T, Items extends readonly unknown[]>(read: Probed<T>, items: (value: T) => Items): Items | [] {
  return "value" in read ? items(read.value) : [];
}

/** A leader that cannot be named is no other leader: the last one is remembered until another is seen. */
function leadership(
  view: Probed<Members>,
  before: MembersReading | undefined,
  atMs: number,
): Pick<MembersReading, "leader" | "leaderSinceMs"> {
  const leader = "value" in view ? view.value.leader : undefined;
  const known = leader ?? before?.leader;
  if (known === undefined) return {};
  const isOther = before?.leader !== undefined && before.leader !== known;
  const leaderSinceMs = isOther ? atMs : before?.leaderSinceMs;
  return { leader: known, ...(leaderSinceMs !== undefined && { leaderSinceMs }) };
}

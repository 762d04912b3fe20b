import { expect, test } from "bun:test";
import { systemClock } from "../../../../src/io/clock.ts";
import { tikv } from "../../../../src/subjects/tikv/mod.ts";

test("members asks the leader about the others: one that is cut off, and finds all others unhealthy, does not hide that it is", async () => {
  const addresses = new Map<string, string>();
  await using cutOff = servePd("pd0", addresses);
  await using leading = servePd("pd1", addresses);
  const pd = [cutOff, leading].map(({ name, address }) => ({ id: name, address }));
  await using session = await tikv
    .configure({ pd, probeTimeout: "2s" })
    .open({ clock: systemClock, shortestPauseMs: 0 });
  const signal = AbortSignal.timeout(30_000);
  await session.look({ signal });

  const { judgements, picture } = await session.look({ signal, begunAfterMs: systemClock.monotonic() });

  const said = judgements.filter(({ invariant }) => invariant === "pd-up");
  expect(said.map(({ on, verdict, reason }) => `${on} ${verdict} ${reason}`)).toEqual([
    "pd/pd0 violated not-reached-by-pd",
    "pd/pd1 holds up",
  ]);
  expect(picture.links.find(({ from, to }) => from === "pd/pd0" && to === "pd/pd1")?.state).toBe("down");
});

/** A PD of two that names the second as the leader, and finds nobody healthy but itself. */
function servePd(name: string, addresses: Map<string, string>) {
  const server: Bun.Server<undefined> = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const members = [...addresses].map(([own, address]) => ({
        name: own,
        member_id: 1,
        client_urls: [`http://${address}`],
        health: own === name,
      }));
      const replies: Readonly<Record<string, unknown>> = {
        "/pd/api/v1/members": { header: { cluster_id: 7 }, members, leader: members.at(-1) },
        "/pd/api/v1/health": members,
        "/pd/api/v1/status": { version: "v8.5.7", start_timestamp: 1 },
      };
      return Response.json(replies[new URL(request.url).pathname] ?? null);
    },
  });
  const address = `127.0.0.1:${server.port}`;
  addresses.set(name, address);
  return { name, address, [Symbol.asyncDispose]: () => server.stop(true) };
}

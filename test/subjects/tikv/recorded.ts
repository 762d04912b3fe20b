/** A PD that answers as the recorded one did in one situation, and stores' status ports beside it. */

import { answersOf, recordedText } from "./recorded-answers.ts";

/** What is served, and where. */
export interface RecordedCluster extends AsyncDisposable {
  /** The subject's configuration. */
  readonly config: { readonly pd: readonly unknown[]; readonly probeTimeout: string };
  /** Paths that were asked for. */
  readonly asked: readonly string[];
}

/** How the situation is served. */
export interface RecordedOptions {
  /** Stores whose status port answers nothing. @default none */
  readonly silent?: readonly string[];
  /** What answers in place of the store with that recorded status port. */
  readonly statusAddress?: { readonly port: string; readonly address: string };
  /** What is answered in place of what was recorded for a path; `undefined` where that stands. */
  readonly instead?: (path: string, recorded: string) => Response | Promise<Response> | undefined;
  /** A text of the recording that is another one here. */
  readonly replace?: readonly [text: string, by: string];
}

/** Status ports of the recorded stores. */
const STATUS_PORTS = ["20181", "20182", "20183", "20184"];

/** Serves one situation; a path that was not recorded is not found. */
export function serveRecorded(
  situation: string,
  { silent = [], statusAddress, replace = ["", ""], instead }: RecordedOptions = {},
): RecordedCluster {
  const asked: string[] = [];
  const stores = new Map(STATUS_PORTS.map((port) => [port, statusPort(port)]));
  const file = recordedText(situation);
  const text = replace[0] === "" ? file : file.replaceAll(...replace);
  const given = statusAddress ? text.replaceAll(`127.0.0.1:${statusAddress.port}`, statusAddress.address) : text;
  const moved = [...stores].reduce(
    (all, [port, { server }]) => all.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${server.port}`),
    given,
  );
  const answers = answersOf(moved);
  const pd = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      asked.push(`${pathname}${search}`);
      const answer = answers.get(`${pathname}${search}`);
      const other = instead?.(`${pathname}${search}`.replace("/pd/api/v1", ""), answer?.body ?? "");
      if (other) return other;
      if (!answer) return new Response("404 page not found\n", { status: 404 });
      const headers = answer.contentType === null ? {} : { "content-type": answer.contentType };
      return new Response(answer.body, { status: answer.status, headers });
    },
  });
  for (const port of silent) void stores.get(port)?.server.stop(true);
  return {
    asked,
    config: { pd: [{ address: `127.0.0.1:${pd.port}` }], probeTimeout: "500ms" },
    async [Symbol.asyncDispose]() {
      await Promise.all([pd, ...[...stores.values()].map(({ server }) => server)].map((server) => server.stop(true)));
    },
  };
}

/** A status port of TiKV, which tells the data address of its store. */
function statusPort(port: string) {
  const own = `127.0.0.1:${port.replace("2018", "2016")}`;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/status") return new Response(null);
      if (pathname === "/config") return Response.json({ server: { addr: own, "advertise-addr": own } });
      return new Response("path not found", { status: 404 });
    },
  });
  return { server };
}

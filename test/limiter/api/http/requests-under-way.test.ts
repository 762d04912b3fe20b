import { expect, test } from "bun:test";
import { RequestsUnderWay } from "../../../../src/limiter/api/http/requests-under-way.ts";

const TIMEOUTS = { bodySeconds: 10, idleSeconds: 75 };

/** Notes the time-outs that connections are given. */
function timing() {
  const given: (readonly [path: string, seconds: number])[] = [];
  const timeout = ({ url }: Request, seconds: number) => void given.push([new URL(url).pathname, seconds]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a server nothing else is used
  return { given, server: { timeout } as unknown as Bun.Server<undefined> };
}

test("answer() gives no time-out to a request that is answered before the next look", async () => {
  const { given, server } = timing();
  const underWay = new RequestsUnderWay(TIMEOUTS);

  await underWay.answer(new Request("http://a/quick"), server, () => new Response());
  underWay.look();

  expect(given).toEqual([]);
});

test.each([
  ["answers", (gate: Promise<void>) => gate.then(() => new Response())],
  ["fails", (gate: Promise<void>) => gate.then(() => Promise.reject(new Error("none")))],
])("look() bounds a request that is under way, once, until its handler %s", async (_how, answer) => {
  const { given, server } = timing();
  const underWay = new RequestsUnderWay(TIMEOUTS);
  const gate = Promise.withResolvers<void>();
  const answered = underWay.answer(new Request("http://a/slow"), server, () => answer(gate.promise));

  underWay.look();
  underWay.look();
  gate.resolve();
  await answered.catch(() => undefined);
  underWay.look();

  expect(given).toEqual([
    ["/slow", 10],
    ["/slow", 75],
  ]);
});

test("look() bounds a POST until its handler has read the body, not until it answers", async () => {
  const { given, server } = timing();
  const underWay = new RequestsUnderWay(TIMEOUTS);
  const body = Promise.withResolvers<void>();
  const read = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const answered = underWay.answerPost(new Request("http://a/check"), server, async (request, bodyRead) => {
    await body.promise;
    bodyRead?.(request);
    read.resolve();
    await gate.promise;
    return new Response();
  });

  underWay.look();
  body.resolve();
  await read.promise;
  underWay.look();
  gate.resolve();
  await answered;

  expect(given).toEqual([
    ["/check", 10],
    ["/check", 75],
  ]);
});

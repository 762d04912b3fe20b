import { expect, test } from "bun:test";
import { inTime, lateAfter, NoAnswerError } from "../../../src/limiter/decide/late-after.ts";
import { until } from "../../until.ts";

/** What SIGSTOP does to a process, without a signal. */
function stall(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

test("lateAfter() calls back in time, unless it is cancelled", async () => {
  const called: string[] = [];
  lateAfter(10, () => called.push("late"));
  lateAfter(5, () => called.push("cancelled"))();

  await until(() => called.length > 0);

  expect(called).toEqual(["late"]);
});

test("lateAfter() counts no more than a slice for a stall, however long", async () => {
  let called = false;
  lateAfter(500, () => {
    called = true;
  });
  stall(600);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const soonAfter = called;

  await until(() => called);

  expect(soonAfter).toBe(false);
});

test("lateAfter() lets the event loop read its sockets first, and can be cancelled by what it reads", async () => {
  await using server = await startEcho();
  const called: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: server.port,
    socket: {
      data() {
        cancel();
        called.push("answer");
        resolve();
      },
    },
  });
  const cancel = lateAfter(20, () => called.push("late"));

  // The answer is there when the timer comes, and this process has not read it.
  socket.write("?");
  stall(500);
  await promise;
  await Bun.sleep(30);
  socket.end();

  expect(called).toEqual(["answer"]);
});

test("inTime() passes on an answer and a failure, and throws where neither comes", async () => {
  const never = new Promise<string>(() => undefined);

  expect(await inTime(Promise.resolve("here"), 50)).toBe("here");
  await expect(inTime(Promise.reject(new Error("refused")), 50)).rejects.toThrow("refused");
  await expect(inTime(never, 10)).rejects.toThrow(new NoAnswerError("No answer within 10 ms", never));
});

/** A process of its own that answers while this one does not run. */
async function startEcho() {
  const script = `
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.write("!") } });
    console.log(server.port);`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  return {
    port: Number(new TextDecoder().decode(value)),
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

import { expect, test } from "bun:test";
import { tracingChannel } from "node:diagnostics_channel";
import { completeTracingChannels } from "../../src/io/redis-tracing.ts";

test("completeTracingChannels() lets a tracing channel tell whether anybody listens", () => {
  completeTracingChannels();
  completeTracingChannels();
  const channel = tracingChannel("lamp:switched");
  const listener = (): void => undefined;
  const told = [Reflect.get(channel, "hasSubscribers")];

  channel.end.subscribe(listener);
  told.push(Reflect.get(channel, "hasSubscribers"));
  channel.end.unsubscribe(listener);
  told.push(Reflect.get(channel, "hasSubscribers"));

  expect(told).toEqual([false, true, false]);
});

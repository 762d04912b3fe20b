/** The disk of a database is full: what is seen is still said, every read still works, and so does the kill switch. */

import type { Course, Situation } from "../../../../src/trials/situations/situation.ts";
import { canMount, type ScarceWatch } from "../scarce-watch.ts";
import { drawNode, type LimiterPowers } from "./powers.ts";

/** Commands that only read; they may say that something is violated, or not known. */
const READS = [
  "tickets list --all",
  "incidents list --all",
  "actions list",
  "ladder show",
  "audit list",
  "watch --once",
];
const READ_CODES: ReadonlySet<number> = new Set([0, 3, 4]);

/** A second operator watches the same limiter into a disk that is full when a node dies. */
export const diskFull: Situation<LimiterPowers> = {
  id: "disk-full",
  does: "the disk of one watch's database is full when a node is killed",
  draw(random) {
    const node = drawNode(random);
    return {
      causes: [
        {
          id: "crash",
          components: [node],
          mechanisms: ["crash"],
          trips: ["node-reachable"],
          signalLagMs: 0,
          fixedBy: ["start-component"],
        },
      ],
      mayTrip: ["latency-p99", "node-stalled", "redis-connected"],
      async run(powers, course) {
        if (!canMount()) return course.must(false, "not tried: it needs unshare, and the right to mount a tmpfs");
        await using watch = powers.scarceWatch();
        const hasBegun = await course.until(() => watch.hasBegun() && watch.printed().includes("watching"), 30_000);
        course.must(hasBegun, "the watch on the small disk did not begin");
        await course.sleep(5000);
        watch.fill();
        const before = watch.printed().length;
        course.began("crash");
        await powers.lab.processes.kill(node);
        const isSaid = await course.until(() => watch.printed().slice(before).includes(`"${node}"`), 15_000);
        course.must(isSaid, `the watch says nothing of ${node} while its disk is full`);
        await readAndHalt(watch, course);
        watch.free();
      },
    };
  },
};

async function readAndHalt(watch: ScarceWatch, course: Course): Promise<void> {
  for (const read of READS) {
    const { code, stderr } = await watch.run(...read.split(" "));
    course.must(READ_CODES.has(code), `operator ${read} exits ${code} on a full disk: ${stderr.trim()}`);
  }
  const halt = await watch.run("halt");
  course.must(halt.code === 0, `operator halt exits ${halt.code} on a full disk: ${halt.stderr.trim()}`);
  const { stdout } = await watch.run("ladder", "show");
  course.must(/halted/i.test(stdout), `operator ladder show does not tell the halt: ${stdout.trim()}`);
}

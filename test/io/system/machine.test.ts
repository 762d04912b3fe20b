import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { type MachineSources, machineBy, thisMachine } from "../../../src/io/system/machine.ts";

const ID = "0123456789abcdef0123456789abcdef";

test("thisMachine has an id that does not change, and a folder of its own for passing files", () => {
  expect(thisMachine.id).toMatch(/^[\da-f]{32}$/);
  expect(thisMachine.id).toBe(thisMachine.id);
  expect(thisMachine.networkFileSystem("/proc")).toBeUndefined();
  expect(() => thisMachine.networkFileSystem(`${tmpdir()}/none/at/all`)).toThrow();
});

test("machineBy() tells machines apart by a hash of machine-id, and by the boot where there is none", () => {
  const idWith = (files: Readonly<Record<string, string>>) => machineBy(sources({ read: (path) => files[path] })).id;
  const one = idWith({ "/etc/machine-id": `${ID}\n`, "/proc/sys/kernel/random/boot_id": "first" });

  expect(one).not.toContain(ID);
  expect(idWith({ "/etc/machine-id": ID, "/proc/sys/kernel/random/boot_id": "second" })).toBe(one);
  expect(idWith({ "/etc/machine-id": "", "/var/lib/dbus/machine-id": ID })).toBe(one);
  expect(idWith({ "/etc/machine-id": ID.replace("0", "1") })).not.toBe(one);
  expect(idWith({ "/etc/machine-id": "uninitialized", "/proc/sys/kernel/random/boot_id": "first" })).not.toBe(
    idWith({ "/proc/sys/kernel/random/boot_id": "second" }),
  );
});

test("machineBy() asks another system for its own id", () => {
  const asked: (readonly string[])[] = [];
  const machine = machineBy(sources({ platform: "darwin", run: (command) => (asked.push(command), "UUID\n") }));

  expect([machine.id, machine.id]).toEqual([machine.id, machine.id]);
  expect(asked).toEqual([["sysctl", "-n", "kern.uuid"]]);
});

test.each([
  [0x6969, "NFS"],
  [0xff53_4d42 | 0, "CIFS"],
  [0xfe53_4d42, "SMB2"],
  [0x0102_1997, "9p"],
  [0x6573_5546, "FUSE"],
  [0x00c3_6400, "Ceph"],
  [0x5346_414f, "AFS"],
  [0xef53, undefined],
])("machineBy() knows the file system of magic number %d as %p", (magic, name) => {
  expect(machineBy(sources({ fileSystemOf: () => magic })).networkFileSystem("/home")).toBe(name);
});

test.each([
  ["/dev/disk3s5 1 2 3 50% /", undefined],
  ["server:/export 1 2 3 50% /home", "server:/export"],
  ["//ann@server/share 1 2 3 50% /home", "//ann@server/share"],
])("machineBy() reads of another system's df %p", (line, name) => {
  const machine = machineBy(sources({ platform: "darwin", run: () => `Filesystem 512-blocks\n${line}\n` }));

  expect(machine.networkFileSystem("/home")).toBe(name);
});

function sources(given: Partial<MachineSources>): MachineSources {
  return { platform: "linux", read: () => undefined, run: () => "", fileSystemOf: () => 0xef53, ...given };
}

import { assertEquals, assertThrows } from "@std/assert";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { skipWhen } from "../../kit/testing/skip.ts";
import { ServiceManager } from "./service_manager.ts";

const notLinux = Deno.build.os === "linux" ? undefined : "systemd is on Linux only";

/** systemd's end of the socket. */
class NotifySocket implements Disposable {
  readonly #libc = Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });
  readonly #fd = this.#libc.symbols.socket(1, 2, 0);

  constructor(name: string) {
    const path = new TextEncoder().encode(name.replace(/^@/, "\0"));
    const address = new Uint8Array(2 + path.length + (name.startsWith("@") ? 0 : 1));
    address[0] = 1;
    address.set(path, 2);
    assertEquals(this.#libc.symbols.bind(this.#fd, address, address.length), 0);
  }

  /** What came and was not read yet. */
  read(): string[] {
    const messages: string[] = [];
    const buffer = new Uint8Array(4096);
    for (;;) {
      const bytes = Number(this.#libc.symbols.recv(this.#fd, buffer, BigInt(buffer.length), 0x40));
      if (bytes < 0) return messages;
      messages.push(new TextDecoder().decode(buffer.subarray(0, bytes)));
    }
  }

  [Symbol.dispose](): void {
    this.#libc.symbols.close(this.#fd);
    this.#libc.close();
  }
}

Deno.test({
  ...skipWhen("ServiceManager tells systemd of start, life and stop", notLinux),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "cc-notify-" });
    try {
      for (const name of [`${folder}/socket`, `@cc-test-${crypto.randomUUID()}`]) {
        using systemd = new NotifySocket(name);
        const clock = new FakeClock();
        const service = ServiceManager.open({ notifySocket: name, watchdogMs: 10_000 }, clock);
        assertEquals(systemd.read(), ["WATCHDOG=1"], "nothing is ready before it is accepted");
        service?.ready("Connected");
        assertEquals(systemd.read(), ["READY=1\nSTATUS=Connected"]);
        await clock.advance(5_000);
        await clock.advance(5_000);
        assertEquals(systemd.read(), ["WATCHDOG=1", "WATCHDOG=1"]);
        service?.stopping();
        assertEquals(systemd.read()[0]?.split("\n")[0], "STOPPING=1");
        service?.[Symbol.dispose]();
        assertEquals(clock.pending, 0);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  ...skipWhen("ServiceManager without a service, or one that is gone, is silent", notLinux),
  fn() {
    assertEquals(ServiceManager.open(undefined), undefined);
    using service = ServiceManager.open({ notifySocket: "/none/there" });
    service?.ready("Connected");
    assertThrows(() => ServiceManager.open({ notifySocket: `/${"x".repeat(200)}` }), RangeError);
  },
});

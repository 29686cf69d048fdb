import { type Clock, systemClock } from "@chatcode/kit";

/** What systemd tells a service of Type=notify in its environment, see sd_notify(3). */
export interface ServiceSettings {
  /** NOTIFY_SOCKET: a path, or a name in the abstract namespace behind `@`. */
  readonly notifySocket: string;
  /** WATCHDOG_USEC in milliseconds: silence beyond it is taken for a hang. */
  readonly watchdogMs?: number;
}

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MAX_PATH = 107;

/**
 * Tells systemd how the gateway does. A datagram that does not arrive is dropped: a service that is
 * well must not fail because nobody asks.
 */
export class ServiceManager implements Disposable {
  readonly #address: Uint8Array<ArrayBuffer>;
  readonly #libc = openLibc();
  readonly #clock: Clock;
  #beat: Disposable | undefined;

  private constructor(settings: ServiceSettings, clock: Clock) {
    this.#address = socketAddress(settings.notifySocket);
    this.#clock = clock;
    if (settings.watchdogMs !== undefined) this.#startBeating(settings.watchdogMs / 2);
  }

  /** `undefined` where nobody manages us. @throws {RangeError} if the socket's name is too long */
  static open(
    settings: ServiceSettings | undefined,
    clock: Clock = systemClock,
  ): ServiceManager | undefined {
    return settings && Deno.build.os === "linux" ? new ServiceManager(settings, clock) : undefined;
  }

  /** The start is over: the relay has accepted this gateway. */
  ready(status: string): void {
    this.#send(`READY=1\nSTATUS=${status}`);
  }

  status(status: string): void {
    this.#send(`STATUS=${status}`);
  }

  stopping(): void {
    this.#send("STOPPING=1\nSTATUS=Stopping");
  }

  [Symbol.dispose](): void {
    this.#beat?.[Symbol.dispose]();
    this.#libc.close();
  }

  /** From the event loop itself: what blocks it stops the beat. */
  #startBeating(everyMs: number): void {
    this.#send("WATCHDOG=1");
    this.#beat = this.#clock.setTimer(() => this.#startBeating(everyMs), everyMs);
  }

  #send(text: string): void {
    const { socket, sendto, close } = this.#libc.symbols;
    const fd = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (fd < 0) return;
    const bytes = new TextEncoder().encode(text);
    const address = this.#address;
    sendto(fd, bytes, BigInt(bytes.length), 0, address, address.length);
    close(fd);
  }
}

function openLibc() {
  return Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });
}

/** A `sockaddr_un`, see unix(7): the family, then the path; an abstract name begins with a zero. */
function socketAddress(name: string): Uint8Array<ArrayBuffer> {
  const path = new TextEncoder().encode(name);
  if (path.length > MAX_PATH) throw new RangeError(`Cannot notify "${name}": its name is too long`);
  const address = new Uint8Array(2 + path.length + (name.startsWith("@") ? 0 : 1));
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(path, 2);
  if (name.startsWith("@")) address[2] = 0;
  return address;
}

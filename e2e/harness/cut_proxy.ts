type Conn = Deno.TcpConn;

interface Link {
  readonly near: Conn;
  readonly far: Conn;
}

const COPY_BYTES = 64 * 1024;

/** A TCP way through loopback that can be cut, closed, or made to stand still. */
export class CutProxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  /** Where connections are passed on to, on loopback. May be set later, before the first one. */
  targetPort: number;
  readonly #links = new Set<Link>();
  readonly #work = new Set<Promise<void>>();
  #open = true;
  #moving = Promise.withResolvers<void>();

  private constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#moving.resolve();
    this.#track(this.#accept());
  }

  static start(targetPort = 0): CutProxy {
    return new CutProxy(targetPort);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends every connection that is open now; new ones are taken. */
  cut(): void {
    for (const link of [...this.#links]) this.#end(link);
  }

  /** Nothing is read any more, in either direction; the kernel's buffers fill up. */
  pause(): void {
    this.#moving = Promise.withResolvers<void>();
  }

  resume(): void {
    this.#moving.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
    close(this.#listener);
    this.resume();
    this.cut();
    await Promise.all(this.#work);
  }

  async #accept(): Promise<void> {
    for (;;) {
      let near: Conn;
      try {
        near = await this.#listener.accept();
      } catch {
        return; // closed
      }
      this.#track(this.#serve(near));
    }
  }

  async #serve(near: Deno.TcpConn): Promise<void> {
    if (!this.#open) return close(near);
    let far: Deno.TcpConn;
    try {
      far = await Deno.connect({ hostname: "127.0.0.1", port: this.targetPort });
    } catch {
      return close(near); // nobody listens there: the dialler sees a connection that ends
    }
    near.setNoDelay();
    far.setNoDelay();
    const link = { near, far };
    this.#links.add(link);
    if (!this.#open) this.#end(link);
    await Promise.all([this.#copy(near, far), this.#copy(far, near)]);
    this.#end(link);
  }

  async #copy(from: Conn, to: Conn): Promise<void> {
    const buffer = new Uint8Array(COPY_BYTES);
    try {
      for (;;) {
        await this.#moving.promise;
        const read = await from.read(buffer);
        // Paused while reading: what was read waits here too.
        await this.#moving.promise;
        if (read === null) return await to.closeWrite();
        for (let sent = 0; sent < read;) sent += await to.write(buffer.subarray(sent, read));
      }
    } catch {
      close(from);
      close(to);
    }
  }

  #end(link: Link): void {
    this.#links.delete(link);
    close(link.near);
    close(link.far);
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    work.finally(() => this.#work.delete(work));
  }
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // Closed before.
  }
}

/** What the relay says of itself in hello-ok and on its health page. */
export interface ServerFacts {
  readonly name: "chatcode-relay";
  readonly version: string;
  /** Fresh for each process: a client sees by it that the relay was restarted. */
  readonly instance: string;
}

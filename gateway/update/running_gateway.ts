import { type Clock, sleep, systemClock } from "@chatcode/kit";
import { methods } from "@chatcode/protocol";
import { ControlClient } from "../control_client.ts";
import { ExitError } from "../exit_status.ts";
import { type GatewayStatus, gatewayStatus } from "../gateway_status.ts";

const LOOK_EVERY_MS = 250;

/** The gateway that runs as a service here, as an update sees it. */
export class RunningGateway {
  readonly #stateDir: string;
  readonly #clock: Clock;

  constructor(stateDir: string, clock: Clock = systemClock) {
    this.#stateDir = stateDir;
    this.#clock = clock;
  }

  /** `undefined` if none runs or it does not answer. */
  async status(): Promise<GatewayStatus | undefined> {
    try {
      using client = await ControlClient.connect(this.#stateDir);
      return gatewayStatus.parse(await client.call("gateway.status"));
    } catch {
      return undefined;
    }
  }

  /** Whether an agent works on a turn. Without a gateway that answers, nothing is known to. */
  async isWorking(): Promise<boolean> {
    try {
      using client = await ControlClient.connect(this.#stateDir);
      const { gatewayId } = gatewayStatus.parse(await client.call("gateway.status"));
      const answer = await client.call("sessions.list", { host: gatewayId });
      const { sessions } = methods["sessions.list"].result.parse(answer);
      return sessions.some(({ agent, status }) => agent !== undefined && status === "working");
    } catch (thrown) {
      if (thrown instanceof ExitError) return false;
      throw thrown;
    }
  }

  /** @returns whether the relay accepts a gateway of that version and another process in time */
  async isAccepted(
    version: string | undefined,
    notPid: number | undefined,
    limitMs: number,
  ): Promise<boolean> {
    const untilMs = this.#clock.now() + limitMs;
    for (;;) {
      const status = await this.status();
      const isMeant = status !== undefined && status.pid !== notPid &&
        (version === undefined || status.version === version);
      if (isMeant && status.uplink.state === "connected") return true;
      if (this.#clock.now() >= untilMs) return false;
      await sleep(this.#clock, LOOK_EVERY_MS);
    }
  }

  /** @returns whether no turn ran within that time */
  async becomesIdle(limitMs: number, everyMs: number): Promise<boolean> {
    const untilMs = this.#clock.now() + limitMs;
    while (await this.isWorking()) {
      if (this.#clock.now() >= untilMs) return false;
      await sleep(this.#clock, everyMs);
    }
    return true;
  }
}

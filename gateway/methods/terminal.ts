import type { Channels } from "../channels.ts";
import { historyPage } from "../pane/history.ts";
import type { HostMethods } from "../requests.ts";
import type { SessionWatch } from "../session_watch.ts";
import type { TmuxCommands } from "../tmux/commands.ts";
import { protocolErrorOf } from "../tmux_failure.ts";

type ChannelMethodName =
  | "terminal.attach"
  | "terminal.detach"
  | "terminal.resize"
  | "terminal.focus";

/** What needs a socket with channels. */
export function channelMethods(
  channels: Channels,
  watch: SessionWatch,
): Pick<HostMethods, ChannelMethodName> {
  return {
    "terminal.attach": async (params, scope) => {
      const result = await channels.attach(params, scope);
      watch.poke(); // it has a viewer more now
      return result;
    },
    "terminal.detach": (params) => {
      channels.detach(params);
      watch.poke();
      return Promise.resolve({});
    },
    "terminal.resize": async (params) => {
      const result = await channels.resize(params);
      watch.poke();
      return result;
    },
    "terminal.focus": async (params) => {
      await channels.setForeground(params);
      return {};
    },
  };
}

/** History is asked for, not streamed. SPEC [HI1]. */
export function historyMethods(
  commands: TmuxCommands,
  watch: SessionWatch,
): Pick<HostMethods, "terminal.history"> {
  return {
    "terminal.history": ({ session, start, count }) =>
      historyPage(commands, { session, start, count }).catch((thrown) => {
        throw protocolErrorOf(thrown, { watch, id: session });
      }),
  };
}

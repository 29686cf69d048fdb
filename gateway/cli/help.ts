import type { ExitName } from "../exit_status.ts";

const HELP = `chatcode-gateway: lets you drive this machine's sessions through a Chatcode relay

Usage: chatcode-gateway <command> [flags]

  run        connect this machine to the relay and stay
  status     what the running gateway is doing (--json)
  health     whether it is well: exit status 0 or 1 (--json)
  sessions   the sessions on this machine (--json)
  call       ask the running gateway: call METHOD [--params JSON] [--key KEY]
  doctor     what is wrong here, and how to mend it (--json)
  version    of this gateway (--json)
  help       this page

Flags of run and doctor, each with its environment variable:
  --gateway-id ID      CHATCODE_GATEWAY_ID
  --cp-url URL         CHATCODE_CP_URL            the relay, https://…
  --token-file PATH    or the token itself in     CHATCODE_GATEWAY_AUTH_TOKEN
  --workspace DIR      CHATCODE_WORKSPACE         where sessions start; ~/workspace
  --tmux-socket NAME   CHATCODE_TMUX_SOCKET       tmux -L name; chatcode
  --state-dir DIR      CHATCODE_STATE_DIR         lock and socket of the running gateway
  --env-file PATH      KEY=VALUE lines with the variables above
  --force              run: stop the gateway that already runs here and take over
  --verbose            run: log more

Exit status: 0 ok, 1 failure, 2 usage or settings, 3 tmux missing or too old, 4 token refused,
5 no gateway runs here, 6 another gateway runs here, 7 no protocol in common with the relay,
8 replaced by another gateway with the same id.
`;

export function help(): Promise<ExitName> {
  console.log(HELP.trimEnd());
  return Promise.resolve("ok");
}
